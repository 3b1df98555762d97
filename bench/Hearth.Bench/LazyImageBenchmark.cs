using System.Diagnostics;
using Hearth.Distribution.Tests.Support;

namespace Hearth.Bench;

/// <summary>
/// The start of an image that is not there, with its index beside it in a registry behind a limited link: Python's first output
/// without and with a trace, and a workload that reads every file.
/// </summary>
internal sealed class LazyImageBenchmark : IBenchmark
{
    private const string Print = "print(6*7)";
    private const string ReadAll = "find / -xdev -type f -print0 | xargs -0 cat | wc -c";
    private const long SlowLink = 3_000_000;
    private const long FastLink = 100_000_000;

    public string Name => "lazy";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        string place = Path.Combine(workshop.Scratch, "registry");
        Directory.CreateDirectory(place);
        using DebianRegistry registry = new(place);
        Shell.Run("skopeo", "copy", "--dest-tls-verify=false", $"oci:{PythonImage.Make(workshop)}:python", $"docker://{registry.Host}/python:1");
        Shell.Run(workshop.Hearth, "pull", "--state-dir", workshop.Scratch, "--quiet", $"{registry.Host}/python:1");
        Shell.Run(workshop.Hearth, "image", "index", "--state-dir", workshop.Scratch, "--push", $"{registry.Host}/python:1");

        FaultProxy proxy = new(registry.Port);
        try
        {
            proxy.Limit = new LinkLimit(SlowLink);
            string[] python = ["python3", "-c", Print];
            double lazy = RunAnew(workshop, proxy, "auto", python);
            long bytes = proxy.SentBytes;
            double eager = RunAnew(workshop, proxy, "never", python);
            long all = proxy.SentBytes;
            double cached = Run(workshop, proxy, "never", python, "--record-trace");
            Shell.Run(workshop.Hearth, "image", "index", "--state-dir", workshop.Scratch, "--push", $"{proxy.Host}/python:1");
            double traced = RunAnew(workshop, proxy, "auto", python);
            yield return new Figure("First output at 3 MB/s, against a start after the pull", eager / lazy, "times sooner", 12, AtLeast: true, $"{lazy / 1000:F1} s against {eager / 1000:F1} s");
            yield return new Figure("Bytes fetched until then", 100.0 * bytes / all, "%", 8, AtLeast: false, $"{bytes / 1e6:F1} MB of {all / 1e6:F0} MB");

            yield return new Figure("First output with a trace, against without", traced / lazy, "times", 0.5, AtLeast: false, $"{traced / 1000:F1} s against {lazy / 1000:F1} s");
            yield return new Figure(
                "The same, beyond a start of an image that is there", (traced - cached) / (lazy - cached), "times", 0.5, AtLeast: false, $"{(traced - cached) / 1000:F1} s against {(lazy - cached) / 1000:F1} s, beyond {cached / 1000:F1} s");

            proxy.Limit = new LinkLimit(FastLink);
            double readLazily = RunAnew(workshop, proxy, "auto", ["sh", "-c", ReadAll]);
            double readEagerly = RunAnew(workshop, proxy, "never", ["sh", "-c", ReadAll]);
            yield return new Figure("All files read at 100 MB/s, against a start after the pull", readLazily / readEagerly, "times", 1.05, AtLeast: false, $"{readLazily / 1000:F1} s against {readEagerly / 1000:F1} s");
        }
        finally
        {
            proxy.DisposeAsync().AsTask().Wait();
        }
    }

    /// <returns>Milliseconds from the command to its end, with an empty store.</returns>
    private static double RunAnew(Workshop workshop, FaultProxy proxy, string lazy, string[] command)
    {
        string images = Path.Combine(workshop.Scratch, "images");
        if (Directory.Exists(images))
        {
            Directory.Delete(images, recursive: true);
        }

        return Run(workshop, proxy, lazy, command);
    }

    /// <returns>Milliseconds from the command to its end.</returns>
    private static double Run(Workshop workshop, FaultProxy proxy, string lazy, string[] command, params string[] flags)
    {
        proxy.Clear();
        long began = Stopwatch.GetTimestamp();
        Shell.Run(
            workshop.Hearth,
            [
                "run", "--state-dir", workshop.Scratch, "--run-dir", Path.Combine(workshop.Scratch, "run"), "--rm", "--network", "none", "--no-cache", "--memory", "1g", "--progress", "quiet",
                "--lazy", lazy, .. flags, $"{proxy.Host}/python:1", .. command,
            ]);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
