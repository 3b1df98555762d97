using System.Globalization;
using System.Text;
using Hearth.Records.Rotation;

namespace Hearth.Records.Logs;

/// <summary>
/// The log format that Kubernetes' container runtimes write (CRI), one record per line:
/// <code>
/// 2026-11-24T21:07:40.123456700Z stdout F a line
/// 2026-11-24T21:07:40.123456700Z stderr P the beginning of one,
/// 2026-11-24T21:07:41.000000000Z stderr F:C  and its end
/// TIMESTAMP                      STREAM TAG CONTENT
/// </code>
/// A tag is F if a line end followed the content, P if not. A colon may follow, which that format reserves for future tags.
/// After it, C says that the record continues a line, and N that it is Hearth's own note. Content is any bytes except newlines.
/// </summary>
internal static class LogFormat
{
    public const int TimestampBytes = 30;

    /// <summary>Longer lines are split into several records, as other readers of the format expect.</summary>
    public const int MostContentBytes = 16 << 10;

    /// <summary>Timestamp, stream and tag, each followed by a blank.</summary>
    public const int MostHeaderBytes = StartBytes + 4;

    /// <summary>Timestamp and stream, each followed by a blank.</summary>
    public const int StartBytes = TimestampBytes + 8;

    private const string TimestampPattern = "yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'";

    private const string FileName = "container.log";

    public static ReadOnlySpan<byte> NoteTag => "F:N "u8;

    /// <summary>The log's files in a container's directory.</summary>
    public static RotatedName NameIn(string directory) => new(directory, FileName);

    public static string Describe(DateTimeOffset time) => time.UtcDateTime.ToString(TimestampPattern, CultureInfo.InvariantCulture);

    /// <summary>Writes the beginning that all records of one moment and stream share.</summary>
    /// <param name="destination"><see cref="StartBytes"/> long.</param>
    /// <param name="time">When the bytes arrived.</param>
    /// <param name="stream">The stream they arrived on.</param>
    public static void WriteStart(Span<byte> destination, DateTimeOffset time, LogStream stream)
    {
        time.UtcDateTime.TryFormat(destination, out _, TimestampPattern, CultureInfo.InvariantCulture);
        (stream == LogStream.StandardOutput ? " stdout "u8 : " stderr "u8).CopyTo(destination[TimestampBytes..]);
    }

    public static ReadOnlySpan<byte> Tag(bool beginsLine, bool endsLine) => (beginsLine, endsLine) switch
    {
        (true, true) => "F "u8,
        (true, false) => "P "u8,
        (false, true) => "F:C "u8,
        (false, false) => "P:C "u8,
    };

    /// <summary>Reads a record; false if the line is not one.</summary>
    /// <param name="line">Without its line end.</param>
    /// <param name="record">Its content is part of the line.</param>
    public static bool TryParse(ReadOnlyMemory<byte> line, out LogRecord record)
    {
        record = default;
        ReadOnlySpan<byte> bytes = line.Span;
        if (bytes.Length < StartBytes + 2 || TryParseTime(bytes) is not { } time)
        {
            return false;
        }

        ReadOnlySpan<byte> stream = bytes[TimestampBytes..StartBytes];
        bool isOutput = stream.SequenceEqual(" stdout "u8);
        int blank = bytes[StartBytes..].IndexOf((byte)' ');
        if ((!isOutput && !stream.SequenceEqual(" stderr "u8)) || blank < 1)
        {
            return false;
        }

        ReadOnlySpan<byte> tags = bytes.Slice(StartBytes, blank);
        if (tags[0] is not ((byte)'F' or (byte)'P') || (blank > 1 && tags[1] != ':'))
        {
            return false;
        }

        record = new LogRecord
        {
            Stream = isOutput ? LogStream.StandardOutput : LogStream.StandardError,
            Timestamp = time,
            Content = line[(StartBytes + blank + 1)..],
            BeginsLine = tags.IndexOf(":C"u8) < 0,
            EndsLine = tags[0] == 'F',
            IsNote = tags.IndexOf(":N"u8) >= 0,
        };
        return true;
    }

    /// <summary>A record's time; null if the line is not a record.</summary>
    public static DateTimeOffset? TimeOf(ReadOnlyMemory<byte> line) => line.Length < TimestampBytes ? null : TryParseTime(line.Span);

    public static byte[] ComposeNote(DateTimeOffset time, string text)
    {
        Span<byte> start = stackalloc byte[StartBytes];
        WriteStart(start, time, LogStream.StandardError);
        return [.. start, .. NoteTag, .. Encoding.UTF8.GetBytes(text.ReplaceLineEndings(" ")), (byte)'\n'];
    }

    private static DateTimeOffset? TryParseTime(ReadOnlySpan<byte> text)
    {
        bool isShaped = text[4] == '-' && text[7] == '-' && text[10] == 'T' && text[13] == ':' && text[16] == ':' && text[19] == '.' && text[29] == 'Z';
        if (!isShaped
            || !TryNumber(text[..4], out int year) || !TryNumber(text[5..7], out int month) || !TryNumber(text[8..10], out int day)
            || !TryNumber(text[11..13], out int hour) || !TryNumber(text[14..16], out int minute) || !TryNumber(text[17..19], out int second)
            || !TryNumber(text[20..29], out int nanoseconds)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 59)
        {
            return null;
        }

        return new DateTimeOffset(new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc).AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick));
    }

    /// <summary>Reads digits only: every line of a log is read by this.</summary>
    private static bool TryNumber(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (byte digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            number = (10 * number) + (digit - '0');
        }

        return true;
    }
}
