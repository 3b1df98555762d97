using System.Numerics;

namespace Hearth.Fuse.Statistics;

/// <summary>
/// Counts durations in buckets that grow with them: eight to each doubling, so that a percentile is at most an eighth above
/// the actual value. Thread-safe without a lock.
/// </summary>
internal sealed class LatencyHistogram
{
    private const int SubBucketBits = 3;
    private const int SubBuckets = 1 << SubBucketBits;

    // The longest duration in nanoseconds has 63 bits.
    private readonly long[] counts = new long[(63 - SubBucketBits + 1) * SubBuckets];

    private long totalTicks;

    public void Add(TimeSpan duration)
    {
        Interlocked.Increment(ref counts[BucketOf(duration)]);
        Interlocked.Add(ref totalTicks, duration.Ticks);
    }

    public LatencySummary Summarize()
    {
        long[] copy = (long[])counts.Clone();
        long total = copy.Sum();
        return new LatencySummary(
            total, Percentile(copy, total, 0.5), Percentile(copy, total, 0.99), Percentile(copy, total, 1), new TimeSpan(Interlocked.Read(ref totalTicks)), CountsOf(copy));
    }

    /// <summary>The counts by the coarser bounds of a summary: a bucket belongs to the first bound that is not below its own.</summary>
    private static long[] CountsOf(long[] counts)
    {
        long[] coarse = new long[LatencySummary.Bounds.Count + 1];
        for (int bucket = 0, at = 0; bucket < counts.Length; bucket++)
        {
            while (at < LatencySummary.Bounds.Count && LatencySummary.Bounds[at] < UpperBoundOf(bucket))
            {
                at++;
            }

            coarse[at] += counts[bucket];
        }

        return coarse;
    }

    private static int BucketOf(TimeSpan duration)
    {
        ulong nanoseconds = (ulong)Math.Clamp(duration.Ticks, 0, long.MaxValue / TimeSpan.NanosecondsPerTick) * TimeSpan.NanosecondsPerTick;
        int shift = Math.Max(0, BitOperations.Log2(nanoseconds | 1) - SubBucketBits);
        return (shift * SubBuckets) + (int)(nanoseconds >> shift);
    }

    /// <summary>The longest duration that falls into a bucket.</summary>
    private static TimeSpan UpperBoundOf(int bucket)
    {
        int shift = Math.Max(0, (bucket / SubBuckets) - 1);
        ulong bound = (((ulong)(bucket - (shift * SubBuckets)) + 1) << shift) - 1;
        return TimeSpan.FromTicks((long)(bound / TimeSpan.NanosecondsPerTick));
    }

    private static TimeSpan Percentile(long[] counts, long total, double share)
    {
        long rank = Math.Max(1, (long)Math.Ceiling(total * share));
        long seen = 0;
        for (int bucket = 0; bucket < counts.Length; bucket++)
        {
            seen += counts[bucket];
            if (seen >= rank)
            {
                return UpperBoundOf(bucket);
            }
        }

        return TimeSpan.Zero;
    }
}
