using Hearth.Admission;
using Hearth.Containers;
using Hearth.Linux.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hearth.Worker.Tests;

/// <summary>An engine with directories of the test's own.</summary>
internal static class EngineSupport
{
    public static Engine Make(string root)
    {
        HearthDirectories directories = new(Path.Combine(root, "state"), Path.Combine(root, "run"));
        Directory.CreateDirectory(directories.State);
        HostEnvironment environment = new(new Dictionary<string, string>());
        return new Engine(new WorkerOptions(directories, environment)
        {
            Program = "/proc/self/exe",
            Limits = new AdmissionLimits { Memory = new ByteSize(1L << 30) },
            Cache = CacheSettings.Resolve(directories, limit: null, environment.Find),
        }, TimeProvider.System, NullLogger.Instance);
    }
}
