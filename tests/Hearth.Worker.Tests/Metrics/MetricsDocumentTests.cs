using System.Text.RegularExpressions;
using Hearth.Rendering.Metrics;
using Hearth.Worker.Metrics;

namespace Hearth.Worker.Tests.Metrics;

/// <summary>docs/metrics.md, the alerts and the dashboard, held against the metrics that there are.</summary>
public sealed partial class MetricsDocumentTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("hearth-metrics-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task The_document_has_exactly_the_metrics_of_the_output_with_their_types_and_labels()
    {
        IEnumerable<string> described = DescribedMetric().Matches(await File.ReadAllTextAsync(PathOf("docs/metrics.md"), TestContext.Current.CancellationToken))
            .Select(row => $"{row.Groups["name"].Value} {row.Groups["type"].Value} {row.Groups["labels"].Value.Replace("`", "", StringComparison.Ordinal)}".TrimEnd());
        IReadOnlyList<MetricFamily> families = await CollectAsync();

        Assert.Equal(
            families.Select(family => $"{family.Metric.Name} {family.Metric.Kind.ToString().ToLowerInvariant()} {string.Join(", ", family.Metric.Labels)}".TrimEnd()).Order(),
            described.Order());
        Assert.All(families, family => Assert.All(family.Samples, sample => Assert.Equal(family.Metric.Labels.Count, sample.LabelValues.Count)));
    }

    [Theory]
    [InlineData("packaging/observability/dashboard.json")]
    [InlineData("packaging/observability/alerts.yaml")]
    public async Task Every_metric_that_is_asked_for_exists(string file)
    {
        HashSet<string> samples = [.. (await CollectAsync()).SelectMany(family => SampleNames(family.Metric))];

        string[] asked = [.. UsedMetric().Matches(await File.ReadAllTextAsync(PathOf(file), TestContext.Current.CancellationToken)).Select(match => match.Value).Distinct()];

        Assert.NotEmpty(asked);
        Assert.All(asked, name => Assert.Contains(name, samples));
    }

    [Theory]
    [InlineData("packaging/observability/dashboard.json")]
    [InlineData("packaging/observability/alerts.yaml")]
    public async Task Every_label_that_is_asked_for_exists_and_has_the_value(string file)
    {
        Dictionary<string, MetricFamily> families = (await CollectAsync()).SelectMany(family => SampleNames(family.Metric).Select(name => (name, family))).ToDictionary();
        string text = (await File.ReadAllTextAsync(PathOf(file), TestContext.Current.CancellationToken)).Replace("\\\"", "\"", StringComparison.Ordinal);
        int compared = 0;
        foreach (Match selector in Selector().Matches(text))
        {
            MetricFamily family = families[selector.Groups["name"].Value];
            foreach (Match matcher in Matcher().Matches(selector.Groups["matchers"].Value).Where(each => each.Groups["label"].Value is not "instance"))
            {
                int label = family.Metric.Labels.ToList().IndexOf(matcher.Groups["label"].Value);
                Assert.True(label >= 0, $"{selector.Value}: there is no label {matcher.Groups["label"].Value}");
                string[] values = [.. family.Samples.Select(sample => sample.LabelValues[label])];
                Assert.All(matcher.Groups["values"].Value.Split('|'), value => Assert.Contains(value, values));
                compared++;
            }
        }

        Assert.NotEqual(0, compared);
    }

    [Fact]
    public async Task The_dashboard_shows_every_metric_but_those_of_single_containers()
    {
        string dashboard = await File.ReadAllTextAsync(PathOf("packaging/observability/dashboard.json"), TestContext.Current.CancellationToken);

        Assert.All(
            (await CollectAsync()).Where(family => !family.Metric.Name.StartsWith("hearth_container_", StringComparison.Ordinal)),
            family => Assert.Contains(SampleNames(family.Metric), name => dashboard.Contains(name, StringComparison.Ordinal)));
    }

    private async Task<IReadOnlyList<MetricFamily>> CollectAsync()
    {
        using Engine engine = EngineSupport.Make(root);
        RunTotals totals = new();
        return await new MetricsCollector(engine, totals, new RunFollowing(engine, totals)).CollectAsync(hasContainers: true, TestContext.Current.CancellationToken);
    }

    private static IEnumerable<string> SampleNames(Metric metric) => metric.Kind switch
    {
        MetricKind.Histogram => [$"{metric.Name}_bucket", $"{metric.Name}_sum", $"{metric.Name}_count"],
        MetricKind.Summary => [$"{metric.Name}_sum", $"{metric.Name}_count"],
        _ => [metric.Name],
    };

    private static string PathOf(string file)
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Hearth.slnx")))
        {
            at = at.Parent!;
        }

        return Path.Combine(at.FullName, file);
    }

    [GeneratedRegex(@"^\| `(?<name>hearth_\w+)` \| (?<type>\w+) \| (?<labels>[^|]*?) ?\|", RegexOptions.Multiline)]
    private static partial Regex DescribedMetric();

    [GeneratedRegex(@"\bhearth_\w+\b")]
    private static partial Regex UsedMetric();

    [GeneratedRegex(@"\b(?<name>hearth_\w+)\{(?<matchers>[^}]*)\}")]
    private static partial Regex Selector();

    [GeneratedRegex(@"(?<label>\w+)(=|!=|=~|!~)""(?<values>[^""]*)""")]
    private static partial Regex Matcher();
}
