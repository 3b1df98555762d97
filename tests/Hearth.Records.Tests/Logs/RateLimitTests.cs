using Hearth.Containers;
using Hearth.Records.Logs;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests.Logs;

/// <summary>A cap on what is logged in a second.</summary>
public sealed class RateLimitTests : IDisposable
{
    private readonly LogPlace place = new();
    private readonly ManualClock clock = new();
    private readonly ContainerLog log;

    public RateLimitTests() => log = place.Open(clock, new LogOptions { MaxRate = new ByteSize(1024) });

    [Fact]
    public void What_is_above_the_cap_is_dropped_and_told_when_the_second_is_over()
    {
        for (int i = 0; i < 30; i++)
        {
            log.Out($"{new string('x', 98)}\n");
        }

        Assert.Equal(10, place.Read().Length);
        clock.Advance(999);
        log.Out("still too early\n");
        Assert.Equal(10, place.Read().Length);
        clock.Advance(1);
        log.Out("a new second\n");
        Assert.Equal(["!hearth: 21 lines (1,996 bytes) of output are missing here: above max-rate, 1.0 KiB a second", "a new second"], place.Read()[10..]);
    }

    [Fact]
    public void It_is_told_without_more_output_too()
    {
        log.Out(new string('x', 1020) + "\n" + "dropped");
        clock.Advance(1000);
        Assert.Equal("!hearth: 1 line (7 bytes) of output is missing here: above max-rate, 1.0 KiB a second", place.Read()[^1]);
        clock.Advance(1000);
        Assert.Equal(2, place.Read().Length);
    }

    [Fact]
    public void It_is_told_at_the_end_of_the_stream()
    {
        log.Out(new string('x', 1020) + "\n" + "dropped\n");
        log.End(LogStream.StandardOutput);
        Assert.StartsWith("!hearth: 1 line (8 bytes)", place.Read()[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_that_lost_its_end_is_not_glued_to_what_comes_later()
    {
        log.Out("beginning, ");
        log.Out(new string('x', 2000));
        log.Out(" dropped too\n");
        clock.Advance(1000);
        log.Out("later\n");
        Assert.Equal(["!hearth: 1 line (2,013 bytes) of output is missing here: above max-rate, 1.0 KiB a second", "beginning, …", "later"], place.Read());
    }

    [Fact]
    public void Both_streams_share_the_cap()
    {
        log.Out(new string('x', 800) + "\n");
        log.Err(new string('x', 800) + "\n");
        Assert.Single(place.Read());
    }

    [Fact]
    public void A_single_piece_passes_whatever_its_size()
    {
        log.Out(new string('x', 5000) + "\n");
        log.Out("dropped\n");
        Assert.Equal([new string('x', 5000)], place.Read());
    }

    public void Dispose()
    {
        log.Dispose();
        place.Dispose();
    }
}
