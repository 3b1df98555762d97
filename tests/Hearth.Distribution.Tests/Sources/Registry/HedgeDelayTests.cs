using Hearth.Distribution.Sources.Registry.Blobs;
using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Tests.Sources.Registry;

/// <summary>A large range takes longer than a small one, and is no straggler by that.</summary>
public sealed class HedgeDelayTests
{
    private const int Small = 64 << 10;
    private const int Large = 4 << 20;

    private readonly RegistryLimits limits = new() { FirstHedgeDelay = TimeSpan.FromSeconds(3), LeastHedgeDelay = TimeSpan.FromMilliseconds(100) };

    [Fact]
    public void Ranges_are_judged_by_those_of_their_size()
    {
        HedgeDelay delay = new(limits);
        for (int i = 0; i < 20; i++)
        {
            delay.Add(Small + i, TimeSpan.FromMilliseconds(20));
        }

        Assert.Equal(limits.LeastHedgeDelay, delay.Current(Small));
        Assert.Equal(limits.FirstHedgeDelay, delay.Current(Large));
        for (int i = 0; i < 20; i++)
        {
            delay.Add(Large, TimeSpan.FromMilliseconds(800));
        }

        Assert.Equal(TimeSpan.FromMilliseconds(2400), delay.Current(Large));
        Assert.Equal(limits.LeastHedgeDelay, delay.Current(Small));
    }

    [Fact]
    public void Many_small_ones_do_not_pay_for_second_requests_of_large_ones()
    {
        HedgeDelay delay = new(limits);
        for (int i = 0; i < 200; i++)
        {
            delay.Add(Small, TimeSpan.FromMilliseconds(20));
        }

        Assert.Equal(2, Enumerable.Range(0, 20).Count(_ => delay.TryTake(Large)));
        Assert.Equal(22, Enumerable.Range(0, 100).Count(_ => delay.TryTake(Small)));
    }
}
