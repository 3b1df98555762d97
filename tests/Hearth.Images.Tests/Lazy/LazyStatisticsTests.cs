using Hearth.Images.Lazy;

namespace Hearth.Images.Tests.Lazy;

/// <summary>How long the rest of an image takes is judged by the rate of large requests.</summary>
public sealed class LazyStatisticsTests
{
    private readonly LazyStatistics statistics = new();

    [Theory]
    [InlineData(100e6, 10)]
    [InlineData(3e6, 10)]
    [InlineData(100e6, 0)]
    [InlineData(50e6, 40)]
    public void Latency_is_no_lack_of_rate(double rate, double latencyMs)
    {
        foreach (int bytes in (int[])[12_000, 70_000, 64_000, 9_000, 200_000, 66_000, 31_000, 1 << 20, 65_000, 70_000])
        {
            statistics.AddFetch(bytes, TimeSpan.FromMilliseconds(latencyMs) + TimeSpan.FromSeconds(bytes / rate));
        }

        Assert.InRange(statistics.Throughput!.Value, 0.98 * rate, 1.02 * rate);
    }

    [Fact]
    public void What_does_not_tell_them_apart_is_taken_as_it_is()
    {
        Assert.Null(statistics.Throughput);
        for (int i = 0; i < 20; i++)
        {
            statistics.AddFetch(64_000, TimeSpan.FromMilliseconds(i % 2 == 0 ? 20 : 12));
            Assert.InRange(statistics.Throughput!.Value, 3e6, 4.1e6);
        }
    }

    [Fact]
    public void Not_all_of_the_time_is_latency()
    {
        for (int i = 1; i <= 20; i++)
        {
            statistics.AddFetch(i * 1000, TimeSpan.FromMilliseconds(100) + TimeSpan.FromTicks(i));
        }

        double plain = 210_000 / 2.0;
        Assert.InRange(statistics.Throughput!.Value, 30 * plain, 35 * plain);
    }
}
