using System.Globalization;
using System.Text.RegularExpressions;

namespace Hearth.Cli.Commands.Workers;

/// <summary>What a worker's <c>/metrics</c> answered at one moment (Prometheus' text format 0.0.4).</summary>
internal sealed partial class MetricSnapshot
{
    private readonly List<(string Name, Dictionary<string, string> Labels, double Value)> samples = [];

    /// <exception cref="FormatException">A line is neither a comment nor a sample, or none is of hearthd.</exception>
    public static MetricSnapshot Parse(string text)
    {
        MetricSnapshot snapshot = new();
        foreach (string line in text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'))
        {
            Match match = Sample().Match(line);
            if (!match.Success || !TryRead(match.Groups["value"].Value, out double value))
            {
                throw new FormatException($"'{line}' is not a metric");
            }

            snapshot.samples.Add((match.Groups["name"].Value, Label().Matches(match.Groups["labels"].Value).ToDictionary(label => label.Groups["name"].Value, label => label.Groups["value"].Value), value));
        }

        return snapshot.samples.Exists(sample => sample.Name == "hearth_build_info") ? snapshot : throw new FormatException("it has no metric hearth_build_info, so it is not of hearthd");
    }

    /// <summary>The sum of a metric's samples that have the labels' values.</summary>
    public double Sum(string name, Func<IReadOnlyDictionary<string, string>, bool>? has = null) =>
        samples.Where(sample => sample.Name == name && has?.Invoke(sample.Labels) != false).Sum(sample => sample.Value);

    /// <summary>A histogram's counts by their upper bounds, the smallest first.</summary>
    public IReadOnlyList<(double Bound, double Count)> Buckets(string name) =>
    [
        .. samples.Where(sample => sample.Name == name + "_bucket")
            .Select(sample => (TryRead(sample.Labels["le"], out double bound) ? bound : double.PositiveInfinity, sample.Value))
            .OrderBy(bucket => bucket.Item1),
    ];

    /// <summary>The value of a label of the only sample.</summary>
    public string? LabelOf(string name, string label) => samples.Find(sample => sample.Name == name).Labels?.GetValueOrDefault(label);

    private static bool TryRead(string text, out double value)
    {
        value = text switch { "+Inf" => double.PositiveInfinity, "-Inf" => double.NegativeInfinity, "NaN" => double.NaN, _ => 0 };
        return value != 0 || double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value);
    }

    [GeneratedRegex("""^(?<name>[A-Za-z_:][A-Za-z0-9_:]*)(\{(?<labels>([^"}]|"([^"\\]|\\.)*")*)\})?\s+(?<value>\S+)(\s+-?\d+)?$""")]
    private static partial Regex Sample();

    [GeneratedRegex("""(?<name>[A-Za-z_][A-Za-z0-9_]*)="(?<value>([^"\\]|\\.)*)"\s*,?""")]
    private static partial Regex Label();
}
