using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Records.Events;

namespace Hearth.Remote;

/// <summary>
/// The events of another host, from docker's endpoint of its worker: the objects are the same. A reading goes on where it was after the worker's
/// restart.
/// </summary>
/// <param name="worker">The caller closes it.</param>
/// <param name="clock">Measures how long a worker may be away.</param>
public sealed class RemoteEvents(WorkerConnection worker, TimeProvider clock) : IEvents
{
    public async IAsyncEnumerable<ContainerEvent> FollowAsync(EventQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Reconnection reconnection = new(clock);
        SeenMoments seen = new();
        DateTimeOffset? since = query.Since;
        while (true)
        {
            using HttpResponseMessage answer = await reconnection.ConnectAsync(() => OpenAsync(since, query.Until, cancellationToken), cancellationToken).ConfigureAwait(false);
            since ??= BeginOf(answer);
            using StreamReader lines = new(await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
            while (await ReadLineAsync(lines, cancellationToken).ConfigureAwait(false) is { } line)
            {
                reconnection.NoteProgress();
                if (ContainerEvent.Parse(Encoding.UTF8.GetBytes(line)) is { } happened && seen.IsNew(happened.Time) && query.Filter.Passes(happened))
                {
                    yield return happened;
                }
            }

            if (query.Until is { } until && until <= clock.GetUtcNow())
            {
                yield break;
            }

            HearthException lost = worker.Lost("'hearth events --since' shows what followed");
            if (since is null)
            {
                throw lost;
            }

            await reconnection.PauseAsync(lost, cancellationToken).ConfigureAwait(false);
            since = seen.Last ?? since;
            seen.BeginAgain();
        }
    }

    private async Task<HttpResponseMessage> OpenAsync(DateTimeOffset? since, DateTimeOffset? until, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"events?{Moment("since", since)}&{Moment("until", until)}");
        return await worker.OpenAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Since when an answer has the events, by the worker's clock; null from a worker that does not say it.</summary>
    private static DateTimeOffset? BeginOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues(HostEvents.BeginHeader, out IEnumerable<string>? values)
        && DateTimeOffset.TryParse(values.First(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset begin)
            ? begin
            : null;

    /// <returns>Null at the end, and if the connection was lost.</returns>
    private static async Task<string?> ReadLineAsync(StreamReader lines, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            return null;
        }
    }

    private static string Moment(string name, DateTimeOffset? time) =>
        time is { } given ? string.Create(CultureInfo.InvariantCulture, $"{name}={(given - DateTimeOffset.UnixEpoch).Ticks / (decimal)TimeSpan.TicksPerSecond}") : $"{name}=";
}
