using System.Buffers;
using System.Text;
using Hearth.Control.Attachment;
using Hearth.Records.Logs;
using Hearth.Rendering;

namespace Hearth.Worker.Docker.Containers;

/// <summary>Records of a log as docker sends them.</summary>
internal static class LogLines
{
    private const string NoteStart = "hearth: ";

    public static byte[] Make(in LogRecord record)
    {
        ArrayBufferWriter<byte> line = new();
        Write(line, record, hasTime: false, hasDetails: false, frame: null);
        return line.WrittenSpan.ToArray();
    }

    /// <param name="target">Takes the line.</param>
    /// <param name="record">The record.</param>
    /// <param name="hasTime">Whether a line begins with its time.</param>
    /// <param name="hasDetails">Whether a line begins with the attributes that docker's log options can give it: there are none, and a space ends them.</param>
    /// <param name="frame">The line's frame; null for none.</param>
    public static void Write(IBufferWriter<byte> target, in LogRecord record, bool hasTime, bool hasDetails, FrameStream? frame)
    {
        string start = (hasTime && record.BeginsLine ? Timestamps.Utc(record.Timestamp) + " " : "")
            + (hasDetails && record.BeginsLine ? " " : "")
            + (record.IsNote ? NoteStart : "");
        if (frame is { } stream)
        {
            Frames.WriteHeader(target, start.Length + record.Content.Length + (record.EndsLine ? 1 : 0), stream);
        }

        if (start.Length > 0)
        {
            Encoding.ASCII.GetBytes(start, target);
        }

        target.Write(record.Content.Span);
        if (record.EndsLine)
        {
            target.Write("\n"u8);
        }
    }

    /// <returns>Null for a terminal, whose output has no frames.</returns>
    public static FrameStream? StreamOf(in LogRecord record, bool isTerminal) =>
        isTerminal ? null : record.Stream == LogStream.StandardOutput ? FrameStream.Output : FrameStream.Error;
}
