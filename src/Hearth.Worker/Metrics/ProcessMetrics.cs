using System.Diagnostics;
using Hearth.Rendering.Metrics;

namespace Hearth.Worker.Metrics;

/// <summary>What hearthd itself uses.</summary>
internal static class ProcessMetrics
{
    public static IEnumerable<MetricFamily> Read()
    {
        using Process own = Process.GetCurrentProcess();
        return
        [
            new MetricFamily(MetricList.Build, [new MetricSample([WorkerProgram.Version], 1)]),
            MetricFamily.Of(MetricList.ProcessorTime, own.TotalProcessorTime.TotalSeconds),
            MetricFamily.Of(MetricList.ResidentMemory, own.WorkingSet64),
            MetricFamily.Of(MetricList.OpenFiles, Directory.EnumerateFileSystemEntries("/proc/self/fd").Count()),
            MetricFamily.Of(MetricList.StartTime, new DateTimeOffset(own.StartTime).ToUnixTimeMilliseconds() / 1000.0),
        ];
    }
}
