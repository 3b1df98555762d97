using System.Globalization;
using Hearth.Containers;
using Hearth.Keeper.Comparison;
using Hearth.Templates;

namespace Hearth.Rendering;

/// <summary>A comparison as a table, a line for each mode, and below it why a mode has no figures.</summary>
public static class ComparisonTable
{
    private const string Nothing = "-";

    public static void Write(TextWriter output, RootfsComparison comparison)
    {
        string[] workloads = [.. comparison.Modes.SelectMany(mode => mode.Workloads).Select(figures => figures.Workload).Distinct()];
        IReadOnlyList<string> headings = ["MODE", "PREPARE", "AGAIN", "FIRST OUTPUT", "READ UNTIL THEN", "DISK", .. workloads.Select(name => name.ToUpperInvariant())];
        TextTable.Write(output, headings, [.. comparison.Modes.Select(mode => Row(mode, workloads))]);
        foreach (ModeFigures failed in comparison.Modes.Where(mode => mode.Error is not null))
        {
            output.WriteLine($"\n{failed.Mode}: {failed.Error}");
        }
    }

    /// <summary><c>4.2 ms</c>, <c>512 ms</c>, <c>23.1 s</c>.</summary>
    internal static string Duration(double ms) => ms switch
    {
        < 10 => string.Create(CultureInfo.InvariantCulture, $"{ms:0.0} ms"),
        < 10_000 => string.Create(CultureInfo.InvariantCulture, $"{ms:#,0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{ms / 1000:#,0.0} s"),
    };

    private static string[] Row(ModeFigures mode, string[] workloads)
    {
        if (mode.Error is not null)
        {
            return [mode.Mode, .. Enumerable.Repeat(Nothing, 5 + workloads.Length)];
        }

        IEnumerable<string> times = workloads.Select(name =>
            mode.Workloads.FirstOrDefault(figures => figures.Workload == name) is { } figures ? Duration(figures.MedianMs) : Nothing);
        return
        [
            mode.Mode, Duration(mode.PrepareMs), mode.PrepareAgainMs == 0 ? Nothing : Duration(mode.PrepareAgainMs), Duration(mode.FirstOutputMs), new ByteSize(mode.SourceBytes).ToString(),
            mode.DiskBytes == 0 ? "none" : new ByteSize(mode.DiskBytes).ToString(), .. times,
        ];
    }
}
