using System.Numerics;
using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Sources.Registry.Blobs;

/// <summary>
/// After which time a range is asked for a second time: when it takes longer than nearly all of about its size before it. At most a tenth of the
/// requests of a size are such, so that a slow registry is not asked for everything twice. Thread-safe.
/// </summary>
internal sealed class HedgeDelay(RegistryLimits limits)
{
    private const int MostKept = 64;
    private const int LeastKept = 8;
    private const int RequestsForEachHedge = 10;
    private const int FirstHedges = 2;

    /// <summary>A range that takes so many times the median is a straggler, even where times vary little.</summary>
    private const int TimesMedian = 3;

    private readonly Lock guard = new();
    private readonly Dictionary<int, Past> pasts = [];

    /// <summary>Counts a range that has arrived.</summary>
    public void Add(int bytes, TimeSpan duration)
    {
        lock (guard)
        {
            Past past = Of(bytes);
            past.Requests++;
            past.Durations.Enqueue(duration);
            if (past.Durations.Count > MostKept)
            {
                past.Durations.Dequeue();
            }
        }
    }

    /// <summary>How long to wait for a range.</summary>
    public TimeSpan Current(int bytes)
    {
        lock (guard)
        {
            Past past = Of(bytes);
            if (past.Durations.Count < LeastKept)
            {
                return limits.FirstHedgeDelay;
            }

            TimeSpan[] sorted = [.. past.Durations.Order()];
            TimeSpan median = sorted[sorted.Length / 2] * TimesMedian;
            TimeSpan slow = sorted[sorted.Length * 95 / 100];
            TimeSpan delay = median > slow ? median : slow;
            return delay > limits.LeastHedgeDelay ? delay : limits.LeastHedgeDelay;
        }
    }

    /// <summary>Whether one more second request is within the share.</summary>
    public bool TryTake(int bytes)
    {
        lock (guard)
        {
            Past past = Of(bytes);
            bool isAllowed = past.Hedges < FirstHedges + (past.Requests / RequestsForEachHedge);
            past.Hedges += isAllowed ? 1 : 0;
            return isAllowed;
        }
    }

    /// <summary>Sizes within a power of two are alike.</summary>
    private Past Of(int bytes)
    {
        int size = BitOperations.Log2((uint)Math.Max(bytes, 1));
        if (!pasts.TryGetValue(size, out Past? past))
        {
            pasts[size] = past = new Past();
        }

        return past;
    }

    private sealed class Past
    {
        public Queue<TimeSpan> Durations { get; } = new();

        public long Requests { get; set; }

        public long Hedges { get; set; }
    }
}
