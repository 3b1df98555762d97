using Hearth.Containers.Reports;

namespace Hearth.Rendering.Metrics;

/// <summary>A histogram with at most one label. Thread-safe.</summary>
/// <param name="metric">The metric.</param>
/// <param name="bounds">Ascending.</param>
/// <param name="expected">The values of the label that are there from the beginning; one empty value for no label.</param>
public sealed class MetricHistogram(Metric metric, IReadOnlyList<double> bounds, params IReadOnlyList<string> expected)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, Series> series = expected.ToDictionary(label => label, _ => new Series(bounds.Count));

    public MetricFamily Family
    {
        get
        {
            lock (gate)
            {
                return new MetricFamily(metric, [.. series.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => SampleOf(each.Key, each.Value))]);
            }
        }
    }

    public void Observe(string label, double value)
    {
        lock (gate)
        {
            Series observed = Find(label);
            observed.Counts[IndexOf(value)]++;
            observed.Sum += value;
        }
    }

    /// <summary>Adds what was counted elsewhere since a time.</summary>
    /// <param name="now">What was counted.</param>
    /// <param name="before">The same at that time; null if nothing was counted then.</param>
    public void Add(DurationCounts now, DurationCounts? before)
    {
        lock (gate)
        {
            Series observed = Find("");
            for (int i = 0; i < now.Counts.Count; i++)
            {
                long more = now.Counts[i] - (before is not null && i < before.Counts.Count ? before.Counts[i] : 0);
                observed.Counts[i < now.BoundsInSeconds.Count ? IndexOf(now.BoundsInSeconds[i]) : bounds.Count] += Math.Max(0, more);
            }

            observed.Sum += Math.Max(0, now.TotalSeconds - (before?.TotalSeconds ?? 0));
        }
    }

    private int IndexOf(double value)
    {
        int at = 0;
        while (at < bounds.Count && bounds[at] < value)
        {
            at++;
        }

        return at;
    }

    private Series Find(string label) => series.TryGetValue(label, out Series? found) ? found : series[label] = new Series(bounds.Count);

    private MetricSample SampleOf(string label, Series observed)
    {
        long sum = 0;
        (double, double)[] buckets = [.. bounds.Select((bound, i) => (bound, (double)(sum += observed.Counts[i])))];
        return new MetricSample(metric.Labels.Count == 0 ? [] : [label], observed.Sum) { Buckets = buckets, Count = observed.Counts.Sum() };
    }

    private sealed class Series(int bounds)
    {
        public long[] Counts { get; } = new long[bounds + 1];

        public double Sum { get; set; }
    }
}
