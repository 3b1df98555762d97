using System.Text;
using Hearth.Records.Logs;

namespace Hearth.Rendering.Tests;

/// <summary>A log's records as <c>logs</c> writes them.</summary>
public sealed class LogPrinterTests
{
    private static readonly DateTimeOffset start = new(2026, 11, 24, 21, 7, 40, 123, TimeSpan.Zero);

    private readonly List<string> written = [];

    [Fact]
    public void Bytes_are_unchanged_and_streams_apart()
    {
        Print(timestamps: false, Out("one"), Out("two, ", begins: true, ends: false), Err("oops"), Out("three", begins: false), Out("no end", ends: false));
        Assert.Equal(["1:one\ntwo, ", "2:oops\n", "1:three\nno end"], written);
    }

    [Fact]
    public void A_line_begins_with_the_time_of_its_first_byte()
    {
        Print(timestamps: true, Out("one"), Out("two, ", ends: false), Out("three", begins: false));
        Assert.Equal(["1:2026-11-24T21:07:40.123000000Z one\n2026-11-24T21:07:40.123000000Z two, three\n"], written);
    }

    [Fact]
    public void With_times_an_unfinished_line_is_ended()
    {
        Print(timestamps: true, Out("killed", ends: false), Out("restarted"));
        Assert.Equal(["1:2026-11-24T21:07:40.123000000Z killed\n2026-11-24T21:07:40.123000000Z restarted\n"], written);
    }

    [Fact]
    public void Without_times_it_stays_as_it_was()
    {
        Print(timestamps: false, Out("killed", ends: false), Out("restarted"));
        Assert.Equal(["1:killedrestarted\n"], written);
    }

    [Fact]
    public void A_note_has_a_line_of_its_own_on_standard_error()
    {
        Print(timestamps: false, Err("half", ends: false), Err("hearth: 5 lines are missing") with { IsNote = true }, Out("x"));
        Assert.Equal(["2:half\nhearth: 5 lines are missing\n", "1:x\n"], written);
    }

    [Fact]
    public void Any_bytes_pass()
    {
        byte[] bytes = [0, 255, 13, 27, 10, 128];
        using var output = new MemoryStream();
        var printer = new LogPrinter(output, Stream.Null, timestamps: false);
        printer.Print(Out("") with { Content = bytes, EndsLine = false });
        printer.Flush();
        Assert.Equal(bytes, output.ToArray());
    }

    private static LogRecord Out(string text, bool begins = true, bool ends = true) => new()
    {
        Stream = LogStream.StandardOutput, Timestamp = start, Content = Encoding.UTF8.GetBytes(text), BeginsLine = begins, EndsLine = ends,
    };

    private static LogRecord Err(string text, bool ends = true) => Out(text, ends: ends) with { Stream = LogStream.StandardError };

    private void Print(bool timestamps, params LogRecord[] records)
    {
        var printer = new LogPrinter(new Recorder("1:", written), new Recorder("2:", written), timestamps);
        Array.ForEach(records, record => printer.Print(record));
        printer.Flush();
    }

    /// <summary>Keeps each write as text.</summary>
    private sealed class Recorder(string prefix, List<string> written) : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => written.Add(prefix + Encoding.UTF8.GetString(buffer));
    }
}
