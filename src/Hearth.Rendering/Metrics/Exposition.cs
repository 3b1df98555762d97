using System.Globalization;
using System.Text;

namespace Hearth.Rendering.Metrics;

/// <summary>
/// Metrics as text: Prometheus' format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/), or OpenMetrics 1.0
/// (https://prometheus.io/docs/specs/om/open_metrics_spec/).
/// </summary>
public static class Exposition
{
    public const string TextType = "text/plain; version=0.0.4; charset=utf-8";
    public const string OpenType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

    private const string TotalSuffix = "_total";

    /// <summary>Writes metrics in the order given.</summary>
    /// <param name="families">The metrics.</param>
    /// <param name="isOpen">Whether to write OpenMetrics.</param>
    public static string Write(IEnumerable<MetricFamily> families, bool isOpen)
    {
        StringBuilder text = new();
        foreach (MetricFamily family in families)
        {
            Write(text, family, isOpen);
        }

        return text.Append(isOpen ? "# EOF\n" : "").ToString();
    }

    private static void Write(StringBuilder text, MetricFamily family, bool isOpen)
    {
        Metric metric = family.Metric;

        // The counter hearth_starts has the sample hearth_starts_total; the older format has one name for both.
        string name = isOpen && metric.Kind == MetricKind.Counter && metric.Name.EndsWith(TotalSuffix, StringComparison.Ordinal) ? metric.Name[..^TotalSuffix.Length] : metric.Name;
        text.Append($"# HELP {name} {EscapeHelp(metric.Help)}.\n# TYPE {name} {metric.Kind.ToString().ToLowerInvariant()}\n");
        foreach (MetricSample sample in family.Samples)
        {
            if (metric.Kind is MetricKind.Counter or MetricKind.Gauge)
            {
                AppendLine(text, metric, metric.Name, sample, null, sample.Value);
                continue;
            }

            if (metric.Kind == MetricKind.Histogram)
            {
                foreach ((double bound, double count) in sample.Buckets)
                {
                    AppendLine(text, metric, $"{metric.Name}_bucket", sample, isOpen ? FloatOf(bound) : NumberOf(bound), count);
                }

                AppendLine(text, metric, $"{metric.Name}_bucket", sample, "+Inf", sample.Count);
            }

            AppendLine(text, metric, $"{metric.Name}_sum", sample, null, sample.Value);
            AppendLine(text, metric, $"{metric.Name}_count", sample, null, sample.Count);
        }
    }

    private static void AppendLine(StringBuilder text, Metric metric, string name, MetricSample sample, string? bound, double value)
    {
        text.Append(name);
        if (metric.Labels.Count > 0 || bound is not null)
        {
            IEnumerable<string> labels = metric.Labels.Zip(sample.LabelValues, (label, own) => $"{label}=\"{EscapeLabel(own)}\"");
            text.Append('{').AppendJoin(',', bound is null ? labels : labels.Append($"le=\"{bound}\"")).Append('}');
        }

        text.Append(' ').Append(NumberOf(value)).Append('\n');
    }

    private static string EscapeHelp(string help) => help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string EscapeLabel(string value) => EscapeHelp(value).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string NumberOf(double value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>OpenMetrics writes bounds with a point.</summary>
    private static string FloatOf(double value) => NumberOf(value) is var number && number.All(char.IsAsciiDigit) ? $"{number}.0" : number;
}
