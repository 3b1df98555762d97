using Hearth.Rendering.Metrics;
using Hearth.Worker.Metrics;
using Microsoft.AspNetCore.Http;

namespace Hearth.Worker.Tests.Metrics;

/// <summary>The two text formats of metrics.</summary>
public sealed class ExpositionTests
{
    private static readonly MetricFamily[] families =
    [
        MetricFamily.Of(new Metric("hearth_starts_total", MetricKind.Counter, "Starts", "result"), [new("ok", 3), new("a \"b\" \\ c", 0.5)]),
        MetricFamily.Of(new Metric("hearth_memory_bytes", MetricKind.Gauge, "Memory"), 1e10),
        new MetricFamily(new Metric("hearth_read_seconds", MetricKind.Histogram, "Reads", "phase"), [new MetricSample(["boot"], 1.75) { Buckets = [(0.5, 1), (1, 2)], Count = 3 }]),
        new MetricFamily(new Metric("hearth_fetch_seconds", MetricKind.Summary, "Fetches"), [new MetricSample([], 0.25) { Count = 2 }]),
    ];

    [Fact]
    public void Prometheus_text_has_each_family_with_its_type_and_samples() => Assert.Equal(
        """
        # HELP hearth_starts_total Starts.
        # TYPE hearth_starts_total counter
        hearth_starts_total{result="a \"b\" \\ c"} 0.5
        hearth_starts_total{result="ok"} 3
        # HELP hearth_memory_bytes Memory.
        # TYPE hearth_memory_bytes gauge
        hearth_memory_bytes 10000000000
        # HELP hearth_read_seconds Reads.
        # TYPE hearth_read_seconds histogram
        hearth_read_seconds_bucket{phase="boot",le="0.5"} 1
        hearth_read_seconds_bucket{phase="boot",le="1"} 2
        hearth_read_seconds_bucket{phase="boot",le="+Inf"} 3
        hearth_read_seconds_sum{phase="boot"} 1.75
        hearth_read_seconds_count{phase="boot"} 3
        # HELP hearth_fetch_seconds Fetches.
        # TYPE hearth_fetch_seconds summary
        hearth_fetch_seconds_sum 0.25
        hearth_fetch_seconds_count 2

        """,
        Exposition.Write(families, isOpen: false));

    [Fact]
    public void OpenMetrics_names_a_counters_family_without_its_suffix_writes_bounds_with_a_point_and_ends()
    {
        string text = Exposition.Write(families, isOpen: true);

        Assert.StartsWith("# HELP hearth_starts Starts.\n# TYPE hearth_starts counter\nhearth_starts_total{", text, StringComparison.Ordinal);
        Assert.Contains("{phase=\"boot\",le=\"1.0\"} 2\n", text, StringComparison.Ordinal);
        Assert.EndsWith("\n# EOF\n", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("*/*", false)]
    [InlineData("text/plain;version=0.0.4", false)]
    [InlineData("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true)]
    [InlineData("application/openmetrics-text;version=0.0.1,text/plain;q=0.5", false)]
    [InlineData("application/openmetrics-text;q=0.2,text/plain;q=0.5", false)]
    public void The_format_is_the_one_that_the_client_prefers(string accept, bool isOpen) =>
        Assert.Equal(isOpen, MetricsRoute.PrefersOpen(new HeaderDictionary { ["Accept"] = accept }));
}
