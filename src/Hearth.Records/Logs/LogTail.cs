using Hearth.Records.Rotation;

namespace Hearth.Records.Logs;

/// <summary>
/// Finds where the last lines of a log begin, searching from its end. Streams are interleaved, and a line may consist of many
/// records. So each stream has its own place, from which its records make whole lines.
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

    /// <summary>The first of the streams' places.</summary>
    public LinePlace First => starts.Min();

    /// <param name="files">The files, the oldest first.</param>
    /// <param name="lines">The number of lines, counted in the streams that the query selects.</param>
    /// <param name="query">Its streams are used; its times are not.</param>
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

    /// <summary>Whether a record belongs to the last lines or came later.</summary>
    public bool Holds(in LogRecord record, LinePlace place) => place >= starts[KindOf(record)];

    private bool IsComplete => left == 0 && !isWithinLine.Contains(true);

    private static int KindOf(in LogRecord record) => record.IsNote ? 2 : (int)record.Stream;

    /// <summary>Going backward, a line starts at its last record and ends at the record that begins it.</summary>
    private void Take(in LogRecord record, LinePlace place)
    {
        int kind = KindOf(record);

        // The beginning may be missing. Then the end of the line before marks the boundary.
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
