namespace Hearth.Rendering.Metrics;

/// <summary>A metric: what Prometheus calls a family.</summary>
/// <param name="Name">In base units; a counter's ends with <c>_total</c>.</param>
/// <param name="Kind">How its values move.</param>
/// <param name="Help">A sentence without its full stop.</param>
/// <param name="Labels">The names of its labels.</param>
public sealed record Metric(string Name, MetricKind Kind, string Help, params IReadOnlyList<string> Labels);

public enum MetricKind
{
    Counter,
    Gauge,
    Histogram,

    /// <summary>A count and a sum, without quantiles.</summary>
    Summary,
}

/// <summary>A metric with its values at one time.</summary>
public sealed record MetricFamily(Metric Metric, IReadOnlyList<MetricSample> Samples)
{
    /// <summary>A metric without labels.</summary>
    public static MetricFamily Of(Metric metric, double value) => new(metric, [new MetricSample([], value)]);

    /// <summary>A metric with one label.</summary>
    public static MetricFamily Of(Metric metric, IEnumerable<KeyValuePair<string, double>> values) =>
        new(metric, [.. values.OrderBy(value => value.Key, StringComparer.Ordinal).Select(value => new MetricSample([value.Key], value.Value))]);
}

/// <summary>One series of a metric.</summary>
/// <param name="LabelValues">As many as the metric has labels.</param>
/// <param name="Value">The value; of a histogram or a summary, the sum.</param>
public sealed record MetricSample(IReadOnlyList<string> LabelValues, double Value)
{
    /// <summary>For a histogram or a summary: how often it was observed.</summary>
    public double Count { get; init; }

    /// <summary>For a histogram: how many observations are at most each bound, cumulated and ascending, without infinity.</summary>
    public IReadOnlyList<(double Bound, double Count)> Buckets { get; init; } = [];
}
