using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Records.Logs;

namespace Hearth.Remote;

/// <summary>A reading of the log of a container of another host. One that follows it goes on where it was after the worker's restart.</summary>
/// <param name="worker">The caller closes it.</param>
/// <param name="path">Of the log.</param>
/// <param name="clock">Measures how long a worker may be away.</param>
internal sealed class RemoteLog(WorkerConnection worker, string path, TimeProvider clock) : ILogReading
{
    public long Malformed { get; private set; }

    public long Gaps { get; private set; }

    public async IAsyncEnumerable<LogRecord> ReadAsync(LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Reconnection reconnection = new(clock);
        SeenMoments seen = new();
        DateTimeOffset? begin = null;
        while (true)
        {
            using HttpResponseMessage answer = await reconnection.ConnectAsync(() => OpenAsync(query, cancellationToken), cancellationToken).ConfigureAwait(false);
            begin ??= answer.Headers.Date;
            await using Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
            PipeReader lines = PipeReader.Create(body);
            while (await ReadLineAsync(lines, cancellationToken).ConfigureAwait(false) is { } line)
            {
                reconnection.NoteProgress();
                if (LogLine.TryParse(line, out LogRecord record))
                {
                    if (seen.IsNew(record.Timestamp))
                    {
                        yield return record;
                    }
                }
                else if (LogLine.TryParseEnd(line.Span) is { } end)
                {
                    (Malformed, Gaps) = (Malformed + end.Malformed, Gaps + end.Gaps);
                    yield break;
                }
            }

            HearthException lost = worker.Lost("'hearth logs --since' shows what followed");
            if (!query.Follow)
            {
                throw lost;
            }

            await reconnection.PauseAsync(lost, cancellationToken).ConfigureAwait(false);
            // Without a record until now, there was none, or only later ones were wanted: those since the first connection, by the worker's clock.
            query = query with { Since = seen.Last ?? (query.Tail == 0 ? begin : null) ?? query.Since, Tail = null };
            seen.BeginAgain();
        }
    }

    private async Task<HttpResponseMessage> OpenAsync(LogQuery query, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path + QueryOf(query));
        return await worker.OpenAsync(request, cancellationToken).ConfigureAwait(false);
    }

    /// <returns>A line without its end; null if there is no other.</returns>
    private static async Task<ReadOnlyMemory<byte>?> ReadLineAsync(PipeReader lines, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read;
            try
            {
                read = await lines.ReadAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is IOException or HttpRequestException)
            {
                return null;
            }

            if (read.Buffer.PositionOf((byte)'\n') is { } end)
            {
                byte[] line = read.Buffer.Slice(0, end).ToArray();
                lines.AdvanceTo(read.Buffer.GetPosition(1, end));
                return line;
            }

            lines.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted || read.Buffer.Length > LogLine.MostBytes)
            {
                return null;
            }
        }
    }

    private static string QueryOf(LogQuery query)
    {
        string text = query.Follow ? "?follow=1" : "?follow=0";
        text += query.Tail is { } lines ? string.Create(CultureInfo.InvariantCulture, $"&tail={lines}") : "";
        return text + Moment("since", query.Since) + Moment("until", query.Until);
    }

    private static string Moment(string name, DateTimeOffset? time) =>
        time is { } given ? $"&{name}={Uri.EscapeDataString(given.ToString("O", CultureInfo.InvariantCulture))}" : "";
}
