using System.Globalization;
using Hearth.Rendering.Metrics;

namespace Hearth.Worker.Metrics;

/// <summary>The host's memory, and its disk.</summary>
internal static class HostMetrics
{
    private const long BytesPerKibibyte = 1024;

    public static IEnumerable<MetricFamily> Read((long Free, long Size) disk)
    {
        string[] memory = File.ReadAllLines("/proc/meminfo");
        return
        [
            MetricFamily.Of(MetricList.DiskFree, disk.Free),
            MetricFamily.Of(MetricList.DiskSize, disk.Size),
            MetricFamily.Of(MetricList.HostMemory, BytesOf(memory, "MemTotal:")),
            MetricFamily.Of(MetricList.HostMemoryAvailable, BytesOf(memory, "MemAvailable:")),
        ];
    }

    private static long BytesOf(IEnumerable<string> memory, string name) => memory.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal)) is { } line
        ? long.Parse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) * BytesPerKibibyte
        : 0;
}
