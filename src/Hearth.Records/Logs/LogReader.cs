using System.Runtime.CompilerServices;
using Hearth.Containers;
using Hearth.Records.Rotation;

namespace Hearth.Records.Logs;

/// <summary>
/// Reads a container's log as <see cref="ContainerLog"/> writes it, whether or not it is still being written. A reader is
/// used for one reading.
/// </summary>
public sealed class LogReader(TimeProvider clock)
{
    private RotatedLines? lines;
    private long malformed;

    /// <summary>
    /// Lines that were skipped because they are not records: torn when their writer was killed, or not written by Hearth. Valid
    /// after reading.
    /// </summary>
    public long Malformed => malformed + (lines?.Skipped ?? 0);

    /// <summary>How often files were removed before they were read, so that records may be missing. Valid after reading.</summary>
    public long Gaps => lines?.Gaps ?? 0;

    /// <summary>Reads the records in the order in which they arrived.</summary>
    /// <param name="directory">The directory of the log; if it does not exist, there are no records.</param>
    /// <param name="query">Selects the records.</param>
    /// <param name="cancellationToken">Ends the reading immediately.</param>
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
            else if (query.Matches(record) && (tail is null || tail.Holds(record, line.Place)))
            {
                yield return record;
            }
        }
    }
}
