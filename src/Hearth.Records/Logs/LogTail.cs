using Hearth.Records.Rotation;

namespace Hearth.Records.Logs;

/// <summary>
/// Where the last lines of a log begin, found from its end. Streams are interleaved and a line of one may consist of many
/// records, so each stream has a place of its own: of each, the records from there on make whole lines.
/// </summary>
internal sealed class LogTail
{
    private const int Kinds = 3;

    private readonly LinePlace[] starts;
    private readonly bool[] isWithinLine = new bool[Kinds];
    private int left;

    private LogTail(int lines, LinePlace end)
    {
        left = lines;
        starts = [.. Enumerable.Repeat(end, Kinds)];
    }

    /// <summary>The first place of all.</summary>
    public LinePlace First => starts.Min();

    /// <param name="files">The oldest first.</param>
    /// <param name="lines">How many, of those streams that the query wants.</param>
    /// <param name="query">Its streams count; its times do not.</param>
    public static LogTail Find(IReadOnlyList<LineCursor> files, int lines, LogQuery query)
    {
        LogTail? tail = null;
        for (int number = files.Count - 1; number >= 0 && tail?.IsComplete != true; number--)
        {
            var backward = new BackwardLines(files[number].File);
            tail ??= new LogTail(lines, new LinePlace(number, backward.End));
            while (!tail.IsComplete && backward.TryRead(out ReadOnlyMemory<byte> line, out long offset))
            {
                if (LogFormat.TryParse(line, out LogRecord record) && (record.Stream == LogStream.StandardOutput ? query.StandardOutput : query.StandardError))
                {
                    tail.Take(record, new LinePlace(number, offset));
                }
            }
        }

        return tail ?? new LogTail(lines, default);
    }

    /// <summary>Whether a record is of the last lines, or came later.</summary>
    public bool Holds(in LogRecord record, LinePlace place) => place >= starts[KindOf(record)];

    private bool IsComplete => left == 0 && !isWithinLine.Contains(true);

    private static int KindOf(in LogRecord record) => record.IsNote ? 2 : (int)record.Stream;

    /// <summary>Going back, a line is met at its last record, and left at the one that begins it.</summary>
    private void Take(in LogRecord record, LinePlace place)
    {
        int kind = KindOf(record);

        // Its beginning may be missing: then the line before shows by its end.
        bool isSameLine = isWithinLine[kind] && !record.EndsLine;
        if (!isSameLine && left == 0)
        {
            isWithinLine[kind] = false;
            return;
        }

        left -= isSameLine ? 0 : 1;
        isWithinLine[kind] = !record.BeginsLine;
        starts[kind] = place;
    }
}
