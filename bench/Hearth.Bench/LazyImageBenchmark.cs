using System.Diagnostics;
using Hearth.Distribution.Tests.Support;

namespace Hearth.Bench;

/// <summary>
/// Starts of images that are not there, with their indexes beside them in a registry behind a link of limited rate, where each request takes 10 ms: the
/// first output without and with a trace, and a workload that reads every file. And one on a warm store, against one without an index.
/// </summary>
internal sealed class LazyImageBenchmark : IBenchmark
{
    private const string ReadAll = "find / -xdev -type f -print0 | xargs -0 cat | wc -c";
    private const int WarmRounds = 7;
    private const long SlowLink = 3_000_000;
    private const long FastLink = 100_000_000;
    private static readonly TimeSpan latency = TimeSpan.FromMilliseconds(10);

    public string Name => "lazy";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        string place = Path.Combine(workshop.Scratch, "registry");
        Directory.CreateDirectory(place);
        using DebianRegistry registry = new(place);
        FaultProxy proxy = new(registry.Port) { Latency = latency };
        try
        {
            foreach (DebianImage image in DebianImage.All)
            {
                foreach (Figure figure in MeasureFirstOutput(workshop, registry, proxy, image))
                {
                    yield return figure;
                }
            }

            proxy.Limit = new LinkLimit(FastLink);
            double lazily = RunAnew(workshop, proxy, "auto", DebianImage.Python);
            double eagerly = RunAnew(workshop, proxy, "never", DebianImage.Python);
            yield return new Figure("python: first output at 100 MB/s, against a start after the pull", lazily / eagerly, "times", 1.05, AtLeast: false, $"{lazily / 1000:F1} s against {eagerly / 1000:F1} s");

            DebianImage whole = DebianImage.Python with { Print = ["sh", "-c", ReadAll] };
            double readLazily = RunAnew(workshop, proxy, "auto", whole);
            double readEagerly = RunAnew(workshop, proxy, "never", whole);
            yield return new Figure("All files read at 100 MB/s, against a start after the pull", readLazily / readEagerly, "times", 1.05, AtLeast: false, $"{readLazily / 1000:F1} s against {readEagerly / 1000:F1} s");

            // The one store was filled by a lazy start and its background fetch, the other by a pull.
            string lazyStore = Path.Combine(workshop.Scratch, "lazy-store");
            Run(workshop, lazyStore, proxy, "auto", whole);
            double[] warm = Timing.MediansInTurn(WarmRounds, () => Run(workshop, lazyStore, proxy, "auto", DebianImage.Python), () => Run(workshop, workshop.Scratch, proxy, "never", DebianImage.Python));
            yield return new Figure("A start on a warm store, lazy against eager", warm[0] / warm[1], "times", 1.05, AtLeast: false, $"{warm[0]:F0} ms against {warm[1]:F0} ms, medians of {WarmRounds} in turn");
        }
        finally
        {
            proxy.DisposeAsync().AsTask().Wait();
        }
    }

    private static IEnumerable<Figure> MeasureFirstOutput(Workshop workshop, DebianRegistry registry, FaultProxy proxy, DebianImage image)
    {
        Shell.Run("skopeo", "copy", "--dest-tls-verify=false", $"oci:{image.Make(workshop)}:{image.Name}", $"docker://{registry.Host}/{image.Name}:1");
        Shell.Run(workshop.Hearth, "pull", "--state-dir", workshop.Scratch, "--quiet", $"{registry.Host}/{image.Name}:1");
        Shell.Run(workshop.Hearth, "image", "index", "--state-dir", workshop.Scratch, "--push", $"{registry.Host}/{image.Name}:1");

        proxy.Limit = new LinkLimit(SlowLink);
        double lazy = RunAnew(workshop, proxy, "auto", image);
        long bytes = proxy.SentBytes;
        double eager = RunAnew(workshop, proxy, "never", image);
        long all = proxy.SentBytes;
        double cached = Run(workshop, workshop.Scratch, proxy, "never", image, "--record-trace");
        Shell.Run(workshop.Hearth, "image", "index", "--state-dir", workshop.Scratch, "--push", $"{proxy.Host}/{image.Name}:1");
        double traced = RunAnew(workshop, proxy, "auto", image);
        yield return new Figure($"{image.Name}: first output at 3 MB/s, against a start after the pull", eager / lazy, "times sooner", 12, AtLeast: true, $"{lazy / 1000:F1} s against {eager / 1000:F1} s");
        yield return new Figure($"{image.Name}: bytes fetched until then", 100.0 * bytes / all, "%", 8, AtLeast: false, $"{bytes / 1e6:F1} MB of {all / 1e6:F0} MB");
        yield return new Figure($"{image.Name}: first output with a trace, against without", traced / lazy, "times", 0.5, AtLeast: false, $"{traced / 1000:F1} s against {lazy / 1000:F1} s");
        yield return new Figure(
            $"{image.Name}: the same, beyond a start of an image that is there", (traced - cached) / (lazy - cached), "times", 0.5, AtLeast: false, $"{(traced - cached) / 1000:F1} s against {(lazy - cached) / 1000:F1} s, beyond {cached / 1000:F1} s");
    }

    /// <returns>Milliseconds from the command to its end, with an empty store.</returns>
    private static double RunAnew(Workshop workshop, FaultProxy proxy, string lazy, DebianImage image)
    {
        string images = Path.Combine(workshop.Scratch, "images");
        if (Directory.Exists(images))
        {
            Directory.Delete(images, recursive: true);
        }

        return Run(workshop, workshop.Scratch, proxy, lazy, image);
    }

    /// <returns>Milliseconds from the command to its end.</returns>
    private static double Run(Workshop workshop, string store, FaultProxy proxy, string lazy, DebianImage image, params string[] flags)
    {
        proxy.Clear();
        long began = Stopwatch.GetTimestamp();
        Shell.Run(
            workshop.Hearth,
            [
                "run", "--state-dir", store, "--run-dir", Path.Combine(workshop.Scratch, "run"), "--rm", "--network", "none", "--no-cache", "--memory", "1g", "--progress", "quiet",
                "--lazy", lazy, "--user", image.User, .. flags, $"{proxy.Host}/{image.Name}:1", .. image.Print,
            ]);
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}
