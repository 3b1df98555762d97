using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Hearth.Client;
using Hearth.Records.Logs;

namespace Hearth.Remote;

/// <summary>A reading of the log of a container of another host.</summary>
/// <param name="worker">The caller closes it.</param>
/// <param name="path">Of the log.</param>
internal sealed class RemoteLog(WorkerConnection worker, string path) : ILogReading
{
    public long Malformed { get; private set; }

    public long Gaps { get; private set; }

    public async IAsyncEnumerable<LogRecord> ReadAsync(LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, path + QueryOf(query));
        using HttpResponseMessage answer = await worker.OpenAsync(request, cancellationToken).ConfigureAwait(false);
        await using Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        PipeReader lines = PipeReader.Create(body);
        while (await ReadLineAsync(lines, cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (LogLine.TryParse(line, out LogRecord record))
            {
                yield return record;
            }
            else if (LogLine.TryParseEnd(line.Span) is { } end)
            {
                (Malformed, Gaps) = end;
                yield break;
            }
        }

        throw worker.Lost("'hearth logs --since' shows what followed");
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
