using System.Runtime.CompilerServices;
using Hearth.Containers;
using Hearth.Records.Rotation;

namespace Hearth.Records.Logs;

/// <summary>
/// Reads a container's log as <see cref="ContainerLog"/> writes it, whether or not anybody writes it now. One reader is for
/// one reading.
/// </summary>
public sealed class LogReader(TimeProvider clock)
{
    private RotatedLines? lines;
    private long malformed;

    /// <summary>Lines that are no records and were left out: torn when their writer was killed, or not Hearth's. To be read at the end.</summary>
    public long Malformed => malformed + (lines?.Skipped ?? 0);

    /// <summary>How often files went away before they were read, so that records may be missing. To be read at the end.</summary>
    public long Gaps => lines?.Gaps ?? 0;

    /// <summary>The records in the order in which they arrived.</summary>
    /// <param name="directory">The one that the log was opened in; where it is not there, there are no records.</param>
    /// <param name="query">Which of them.</param>
    /// <param name="cancellationToken">Ends reading at once.</param>
    /// <exception cref="HearthException">The files cannot be read.</exception>
    public async IAsyncEnumerable<LogRecord> ReadAsync(string directory, LogQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using RotatedLines source = RotatedLines.Open(LogFormat.NameIn(directory), query.Follow, LogFormat.TimeOf);
        lines = source;
        LogTail? tail = query.Tail is { } count ? LogTail.Find(source.Files, count, query) : null;
        if (tail is not null)
        {
            source.StartAt(tail.First);
        }

        using var deadline = new ReadingDeadline(query.Ended, query.Until, clock);
        await foreach (RotatedLine line in source.ReadAsync(deadline.Reached, cancellationToken).ConfigureAwait(false))
        {
            if (!LogFormat.TryParse(line.Bytes, out LogRecord record))
            {
                malformed++;
            }
            else if (query.Wants(record) && (tail is null || tail.Holds(record, line.Place)))
            {
                yield return record;
            }
        }
    }
}
