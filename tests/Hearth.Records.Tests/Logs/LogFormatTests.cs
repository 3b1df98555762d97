using System.Text;
using Hearth.Containers;
using Hearth.Records.Logs;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests.Logs;

/// <summary>How records look in the file, and what is none.</summary>
public sealed class LogFormatTests : IDisposable
{
    private readonly LogPlace place = new();
    private readonly ManualClock clock = new();

    [Fact]
    public void Records_are_those_of_Kubernetes_runtimes()
    {
        using ContainerLog log = place.Open(clock);
        clock.Advance(1234.5678);
        log.Out("one\ntwo\n\nthr");
        clock.Advance(1);
        log.Err("oops\n");
        log.Out("ee\n");
        Assert.Equal(
            """
            1970-01-01T00:00:01.234567800Z stdout F one
            1970-01-01T00:00:01.234567800Z stdout F two
            1970-01-01T00:00:01.234567800Z stdout F 
            1970-01-01T00:00:01.234567800Z stdout P thr
            1970-01-01T00:00:01.235567800Z stderr F oops
            1970-01-01T00:00:01.235567800Z stdout F:C ee

            """,
            place.Text());
    }

    [Theory]
    [InlineData("2026-11-24T21:07:40.123456700Z stdout F hello world", true, true, false, "hello world")]
    [InlineData("2026-11-24T21:07:40.123456789Z stdout P ", true, false, false, "")]
    [InlineData("2026-11-24T21:07:40.123456700Z stderr F:C  x ", false, true, false, " x ")]
    [InlineData("2026-11-24T21:07:40.123456700Z stderr P:C x", false, false, false, "x")]
    [InlineData("2026-11-24T21:07:40.123456700Z stderr F:N x", true, true, true, "x")]
    [InlineData("2026-11-24T21:07:40.123456700Z stderr F:Later:C x", false, true, false, "x")]
    public void A_record_is_read(string line, bool begins, bool ends, bool isNote, string content)
    {
        Assert.True(LogFormat.TryParse(Encoding.UTF8.GetBytes(line), out LogRecord record));
        Assert.Equal((begins, ends, isNote, content), (record.BeginsLine, record.EndsLine, record.IsNote, Encoding.UTF8.GetString(record.Content.Span)));
        Assert.Equal(new DateTimeOffset(2026, 11, 24, 21, 7, 40, TimeSpan.Zero).AddTicks(1234567), record.Timestamp);
        Assert.Equal(line.Contains("stderr", StringComparison.Ordinal), record.Stream == LogStream.StandardError);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2026-11-24T21:07:40.123456700Z")]
    [InlineData("2026-11-24T21:07:40.123456700Z stdout F")]
    [InlineData("2026-11-24T21:07:40.123456700Z stdlog F x")]
    [InlineData("2026-11-24T21:07:40.123456700Z stdout G x")]
    [InlineData("2026-11-24T21:07:40.123456700Z stdout FP x")]
    [InlineData("2026-11-24T21:07:40.123456700Z stdout  x")]
    [InlineData("2026-13-24T21:07:40.123456700Z stdout F x")]
    [InlineData("2026-02-29T21:07:40.123456700Z stdout F x")]
    [InlineData("0000-02-28T21:07:40.123456700Z stdout F x")]
    [InlineData("2026-11-24T24:07:40.123456700Z stdout F x")]
    [InlineData("2026-11-24T21:07:40.-23456700Z stdout F x")]
    [InlineData("2026-11-24 21:07:40.123456700Z stdout F x")]
    [InlineData("{\"log\":\"x\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-24T21:07:40.123456700Z\"}")]
    public void What_is_no_record_is_refused(string line) => Assert.False(LogFormat.TryParse(Encoding.UTF8.GetBytes(line), out _));

    [Fact]
    public void Long_lines_are_split_where_readers_of_the_format_expect_it()
    {
        using ContainerLog log = place.Open(clock);
        log.Out(new string('a', 16384) + "\n" + new string('b', 16385) + "\n" + new string('c', 40000));
        string[] tags = [.. File.ReadLines(place.LogFile).Select(line => $"{line.Split(' ')[2]} {line.Split(' ')[3].Length}")];
        Assert.Equal(["F 16384", "P 16384", "F:C 1", "P 16384", "P:C 16384", "P:C 7232"], tags);
        Assert.Equal([new string('a', 16384), new string('b', 16385), new string('c', 40000) + "…"], place.Read());
    }

    [Theory]
    [InlineData("", 16 << 20, 3, null)]
    [InlineData("max-size=10m max-file=5", 10 << 20, 5, null)]
    [InlineData("max-size=1k max-rate=1m max-file=1", 1 << 10, 1, 1 << 20)]
    [InlineData("max-file=2 max-file=4", 16 << 20, 4, null)]
    public void Options_are_dockers(string options, int size, int files, int? rate) =>
        Assert.Equal(
            new LogOptions { MaxSize = new ByteSize(size), MaxFiles = files, MaxRate = rate is null ? null : new ByteSize(rate.Value) },
            LogOptions.Parse(options.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Theory]
    [InlineData("max-size")]
    [InlineData("max-size=")]
    [InlineData("max-size=1023")]
    [InlineData("max-size=-1")]
    [InlineData("max-file=0")]
    [InlineData("max-file=101")]
    [InlineData("max-file=two")]
    [InlineData("max-rate=0")]
    [InlineData("mode=non-blocking")]
    public void Other_options_are_refused_by_name(string option) =>
        Assert.Contains($"'{option.Split('=')[0]}", Assert.Throws<FormatException>(() => LogOptions.Parse([option])).Message, StringComparison.Ordinal);

    public void Dispose() => place.Dispose();
}
