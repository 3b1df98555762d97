using System.Buffers.Text;
using System.Text;

namespace Hearth.Records.Logs;

/// <summary>
/// Records of a log as lines, for readers on other hosts: each as <see cref="LogFormat"/> stores it, and a last line after the
/// last record, without which lines are missing.
/// <code>
/// end MALFORMED GAPS
/// </code>
/// </summary>
public static class LogLine
{
    /// <summary>The longest line, with its end.</summary>
    public const int MostBytes = LogFormat.MostHeaderBytes + LogFormat.MostContentBytes + 1;

    private static ReadOnlySpan<byte> EndWord => "end "u8;

    /// <summary>A record with its line end.</summary>
    public static byte[] Compose(in LogRecord record)
    {
        Span<byte> start = stackalloc byte[LogFormat.StartBytes];
        LogFormat.WriteStart(start, record.Timestamp, record.Stream);
        return [.. start, .. record.IsNote ? LogFormat.NoteTag : LogFormat.Tag(record.BeginsLine, record.EndsLine), .. record.Content.Span, (byte)'\n'];
    }

    /// <summary>The last line.</summary>
    /// <param name="malformed">How many lines were damaged.</param>
    /// <param name="gaps">How often files were removed before they were read.</param>
    public static byte[] ComposeEnd(long malformed, long gaps) => Encoding.ASCII.GetBytes($"end {malformed} {gaps}\n");

    /// <summary>Reads a record; false if the line is not one.</summary>
    /// <param name="line">Without its line end.</param>
    /// <param name="record">Its content is part of the line.</param>
    public static bool TryParse(ReadOnlyMemory<byte> line, out LogRecord record) => LogFormat.TryParse(line, out record);

    /// <summary>Reads the last line; null if the line is another.</summary>
    /// <param name="line">Without its line end.</param>
    public static (long Malformed, long Gaps)? TryParseEnd(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith(EndWord) || !Utf8Parser.TryParse(line[EndWord.Length..], out long malformed, out int taken))
        {
            return null;
        }

        ReadOnlySpan<byte> rest = line[(EndWord.Length + taken)..];
        return rest is [(byte)' ', ..] && Utf8Parser.TryParse(rest[1..], out long gaps, out int last) && last == rest.Length - 1 ? (malformed, gaps) : null;
    }
}
