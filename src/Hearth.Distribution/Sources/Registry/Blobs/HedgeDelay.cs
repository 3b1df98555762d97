using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Sources.Registry.Blobs;

/// <summary>
/// After which time a range is asked for a second time: when it takes longer than nearly all before it. At most a tenth of all
/// requests are such, so that a slow registry is not asked for everything twice. Thread-safe.
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
    private readonly Queue<TimeSpan> durations = new();
    private long requests;
    private long hedges;

    /// <summary>Counts a range that has arrived.</summary>
    public void Add(TimeSpan duration)
    {
        lock (guard)
        {
            requests++;
            durations.Enqueue(duration);
            if (durations.Count > MostKept)
            {
                durations.Dequeue();
            }
        }
    }

    public TimeSpan Current()
    {
        lock (guard)
        {
            if (durations.Count < LeastKept)
            {
                return limits.FirstHedgeDelay;
            }

            TimeSpan[] sorted = [.. durations.Order()];
            TimeSpan median = sorted[sorted.Length / 2] * TimesMedian;
            TimeSpan slow = sorted[sorted.Length * 95 / 100];
            TimeSpan delay = median > slow ? median : slow;
            return delay > limits.LeastHedgeDelay ? delay : limits.LeastHedgeDelay;
        }
    }

    /// <summary>Whether one more second request is within the share.</summary>
    public bool TryTake()
    {
        lock (guard)
        {
            bool isAllowed = hedges < FirstHedges + (requests / RequestsForEachHedge);
            hedges += isAllowed ? 1 : 0;
            return isAllowed;
        }
    }
}
