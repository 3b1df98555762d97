using Hearth.Containers;

namespace Hearth.CommandLine.Tests;

/// <summary>Times as docker's --since and --until take them.</summary>
public sealed class MomentTests
{
    private static readonly FixedClock clock = new();

    [Theory]
    [InlineData("10m", "2026-11-24T20:50:00Z")]
    [InlineData("1h30m", "2026-11-24T19:30:00Z")]
    [InlineData("1.5h", "2026-11-24T19:30:00Z")]
    [InlineData("-10m", "2026-11-24T21:10:00Z")]
    [InlineData("0s", "2026-11-24T21:00:00Z")]
    [InlineData("500ms", "2026-11-24T20:59:59.5Z")]
    [InlineData("2026-11-24T21:07:40Z", "2026-11-24T21:07:40Z")]
    [InlineData("2026-11-24T21:07:40.1234567Z", "2026-11-24T21:07:40.1234567Z")]
    [InlineData("2026-11-24T21:07:40.123456789+02:00", "2026-11-24T19:07:40.1234567Z")]
    [InlineData("2026-11-24T21:07:40.5", "2026-11-24T15:37:40.5Z")]
    [InlineData("2026-11-24T21:07:40-03:30", "2026-11-25T00:37:40Z")]
    [InlineData("2026-11-24T21:07Z", "2026-11-24T21:07:00Z")]
    [InlineData("2026-11-24T21", "2026-11-24T15:30:00Z")]
    [InlineData("2026-11-24", "2026-11-23T18:30:00Z")]
    [InlineData("2026-11-24Z", "2026-11-24T00:00:00Z")]
    [InlineData("0", "1970-01-01T00:00:00Z")]
    [InlineData("1795554460", "2026-11-24T21:07:40Z")]
    [InlineData("1795554460.5", "2026-11-24T21:07:40.5Z")]
    [InlineData("1795554460.000000100", "2026-11-24T21:07:40.0000001Z")]
    public void All_of_dockers_forms_are_read(string text, string expected) =>
        Assert.Equal(DateTimeOffset.Parse(expected), Moment.Parse(text, clock));

    [Theory]
    [InlineData("")]
    [InlineData("yesterday")]
    [InlineData("10 m")]
    [InlineData("1d")]
    [InlineData("m")]
    [InlineData("-")]
    [InlineData("-5")]
    [InlineData("1.2.3")]
    [InlineData("2026-13-24")]
    [InlineData("2026-02-30T10:00:00Z")]
    [InlineData("2026-11-24T21:07.5Z")]
    [InlineData("2026-11-24 21:07:40")]
    [InlineData("2026-11-24T21:07:40+19:00")]
    [InlineData("0001-01-01T00:00:00+10:00")]
    [InlineData("99999999999999999999")]
    [InlineData("9999999999999")]
    [InlineData("999999999h")]
    public void Anything_else_is_refused(string text) =>
        Assert.Contains("must be a time such as 10m", Assert.Throws<FormatException>(() => Moment.Parse(text, clock)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("1h", 36_000_000_000)]
    [InlineData("1h2m3s4ms5us600ns", 37_230_040_056)]
    [InlineData("+2µs", 20)]
    [InlineData("2μs", 20)]
    [InlineData(".5s", 5_000_000)]
    [InlineData("1.s", 10_000_000)]
    [InlineData("-1m", -600_000_000)]
    public void Lengths_are_those_of_Go(string text, long ticks) => Assert.Equal(ticks, GoDuration.TryParse(text)?.Ticks);

    [Theory]
    [InlineData("all", null)]
    [InlineData("-1", null)]
    [InlineData("0", 0)]
    [InlineData("20", 20)]
    public void A_tail_is_a_number_of_lines_or_all(string text, int? lines)
    {
        Flag<LineCount?> flag = Flag.Lines("--tail", "", "-n");
        Assert.Equal(lines, flag.Read([text])?.Lines);
        Assert.Throws<UsageException>(() => flag.Read(["few"]));
        Assert.Null(flag.Default);
    }

    /// <summary>21:00 UTC, in a zone five and a half hours before.</summary>
    private sealed class FixedClock : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.CreateCustomTimeZone("test", new TimeSpan(5, 30, 0), "test", "test");

        public override DateTimeOffset GetUtcNow() => new(2026, 11, 24, 21, 0, 0, TimeSpan.Zero);
    }
}
