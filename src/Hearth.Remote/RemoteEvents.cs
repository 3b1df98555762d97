using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Records.Events;

namespace Hearth.Remote;

/// <summary>The events of another host, from docker's endpoint of its worker: the objects are the same.</summary>
/// <param name="worker">The caller closes it.</param>
public sealed class RemoteEvents(WorkerConnection worker) : IEvents
{
    public async IAsyncEnumerable<ContainerEvent> FollowAsync(EventQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, $"events?{Moment("since", query.Since)}&{Moment("until", query.Until)}");
        using HttpResponseMessage answer = await worker.OpenAsync(request, cancellationToken).ConfigureAwait(false);
        using StreamReader lines = new(await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        while (await ReadLineAsync(lines, cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (ContainerEvent.Parse(Encoding.UTF8.GetBytes(line)) is { } happened && query.Filter.Passes(happened))
            {
                yield return happened;
            }
        }

        if (query.Until is null)
        {
            throw Lost();
        }
    }

    private async Task<string?> ReadLineAsync(StreamReader lines, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException)
        {
            throw Lost();
        }
    }

    private HearthException Lost() => worker.Lost("'hearth events --since' shows what followed");

    private static string Moment(string name, DateTimeOffset? time) =>
        time is { } given ? string.Create(CultureInfo.InvariantCulture, $"{name}={(given - DateTimeOffset.UnixEpoch).Ticks / (decimal)TimeSpan.TicksPerSecond}") : $"{name}=";
}
