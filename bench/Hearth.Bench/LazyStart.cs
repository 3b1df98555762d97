using System.Diagnostics;
using Hearth.Distribution.Tests.Support;

namespace Hearth.Bench;

/// <summary>Starts images of a registry behind a link of limited rate, where each request takes 10 ms.</summary>
internal sealed class LazyStart : IDisposable
{
    private static readonly TimeSpan latency = TimeSpan.FromMilliseconds(10);

    private readonly Workshop workshop;
    private readonly DebianRegistry registry;
    private readonly FaultProxy proxy;

    public LazyStart(Workshop workshop)
    {
        this.workshop = workshop;
        string place = Path.Combine(workshop.Scratch, "registry");
        Directory.CreateDirectory(place);
        registry = new DebianRegistry(place);
        proxy = new FaultProxy(registry.Port) { Latency = latency };
    }

    /// <summary>Bytes a second.</summary>
    public long Rate
    {
        set => proxy.Limit = new LinkLimit(value);
    }

    /// <summary>What passed the link since the last start began.</summary>
    public long SentBytes => proxy.SentBytes;

    /// <summary>What had passed it at the first output.</summary>
    public long SentBytesAtFirstOutput { get; private set; }

    /// <summary>Puts an image into the registry, with its index.</summary>
    public void Push(DebianImage image)
    {
        Shell.Run("skopeo", "copy", "--dest-tls-verify=false", $"oci:{image.Make(workshop)}:{image.Name}", $"docker://{registry.Host}/{image.Name}:1");
        Shell.Run(workshop.Hearth, "pull", "--state-dir", workshop.Scratch, "--quiet", $"{registry.Host}/{image.Name}:1");
        Shell.Run(workshop.Hearth, "image", "index", "--state-dir", workshop.Scratch, "--push", $"{registry.Host}/{image.Name}:1");
    }

    /// <summary>Records a trace of the image, which the store has, and pushes it.</summary>
    /// <returns>Milliseconds to the first output of that start.</returns>
    public double PushTrace(DebianImage image)
    {
        double cached = Run(workshop.Scratch, "never", image, "--record-trace").FirstOutput;
        Shell.Run(workshop.Hearth, "image", "index", "--state-dir", workshop.Scratch, "--push", $"{proxy.Host}/{image.Name}:1");
        return cached;
    }

    /// <summary>Starts an image with an empty store.</summary>
    public (double FirstOutput, double End) RunAnew(string lazy, DebianImage image)
    {
        string images = Path.Combine(workshop.Scratch, "images");
        if (Directory.Exists(images))
        {
            Directory.Delete(images, recursive: true);
        }

        return Run(workshop.Scratch, lazy, image);
    }

    /// <summary>Starts an image.</summary>
    /// <param name="store">The state directory.</param>
    /// <param name="lazy">As the flag.</param>
    /// <param name="image">The image, and what it runs.</param>
    /// <param name="flags">Further ones.</param>
    /// <returns>Milliseconds from the command to the first byte on its standard output, and to its end.</returns>
    public (double FirstOutput, double End) Run(string store, string lazy, DebianImage image, params string[] flags)
    {
        proxy.Clear();
        long began = Stopwatch.GetTimestamp();
        using Process process = Shell.Start(
            workshop.Hearth,
            [
                "run", "--state-dir", store, "--run-dir", Path.Combine(workshop.Scratch, "run"), "--rm", "--network", "none", "--no-cache", "--memory", "1g", "--progress", "quiet",
                "--lazy", lazy, "--user", image.User, .. flags, $"{proxy.Host}/{image.Name}:1", .. image.Print,
            ]);
        Task<string> error = process.StandardError.ReadToEndAsync();
        bool hasOutput = process.StandardOutput.Read() >= 0;
        double firstOutput = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        SentBytesAtFirstOutput = SentBytes;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double end = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        return hasOutput && process.ExitCode == 0 ? (firstOutput, end) : throw new InvalidOperationException($"'{image.Name}' ended with {process.ExitCode}: {error.Result}");
    }

    public void Dispose()
    {
        proxy.DisposeAsync().AsTask().Wait();
        registry.Dispose();
    }
}
