using System.Collections.Concurrent;

namespace Hearth.Rendering.Metrics;

/// <summary>A counter with at most one label. All expected values of the label are there from the beginning, as zero. Thread-safe.</summary>
public sealed class MetricCounter
{
    private readonly ConcurrentDictionary<string, double> values;
    private readonly Metric metric;

    public MetricCounter(Metric metric, params IEnumerable<string> expected)
    {
        this.metric = metric;
        IEnumerable<string> labels = metric.Labels.Count == 0 ? [""] : expected;
        values = new ConcurrentDictionary<string, double>(labels.Select(label => KeyValuePair.Create(label, 0.0)));
    }

    public MetricFamily Family => metric.Labels.Count == 0 ? MetricFamily.Of(metric, values[""]) : MetricFamily.Of(metric, values);

    public void Add(string label, double amount)
    {
        if (amount > 0)
        {
            values.AddOrUpdate(label, amount, (_, before) => before + amount);
        }
    }

    public void Add(double amount) => Add("", amount);
}
