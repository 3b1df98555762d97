using System.Text;
using Hearth.Records.Logs;
using Hearth.Rendering;
using Hearth.Worker.Docker.Streams;

namespace Hearth.Worker.Docker.Containers;

/// <summary>Records of a log as docker sends them.</summary>
internal static class LogLines
{
    private const string NoteStart = "hearth: ";

    public static byte[] Make(in LogRecord record, bool hasTime)
    {
        string start = (hasTime && record.BeginsLine ? Timestamps.Utc(record.Timestamp) + " " : "")
            + (record.IsNote ? NoteStart : "");
        byte[] line = new byte[start.Length + record.Content.Length + (record.EndsLine ? 1 : 0)];
        Encoding.ASCII.GetBytes(start, line);
        record.Content.Span.CopyTo(line.AsSpan(start.Length));
        if (record.EndsLine)
        {
            line[^1] = (byte)'\n';
        }

        return line;
    }

    /// <returns>Null for a terminal, whose output has no frames.</returns>
    public static FrameStream? StreamOf(in LogRecord record, bool isTerminal) =>
        isTerminal ? null : record.Stream == LogStream.StandardOutput ? FrameStream.Output : FrameStream.Error;
}
