using System.Diagnostics;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Bench;

/// <summary>Reading through the served image: a host loop mount of rootfs.img, its source in the page cache.</summary>
internal sealed class ReadBenchmark : IBenchmark
{
    private const int FileSizeInBytes = 500_000_000;
    private const int Rounds = 5;
    private const int ReadSizeInBytes = 4096;
    private const int ReadsPerReader = 4000;
    private static readonly TimeSpan ServeDeadline = TimeSpan.FromSeconds(30);

    public string Name => "read";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        string tree = Path.Combine(workshop.Scratch, "read-root");
        Directory.CreateDirectory(tree);
        MakeFile(Path.Combine(tree, "large.bin"));
        foreach (string format in (string[])["erofs", "squashfs"])
        {
            using var mounted = new MountedImage(workshop, tree, format);
            double[] rates = new double[Rounds];
            for (int round = 0; round < Rounds; round++)
            {
                mounted.Remount();
                double ms = Timing.Measure(() => Shell.Run("dd", "if=" + mounted.PathOf("large.bin"), "of=/dev/null", "bs=1M"));
                rates[round] = FileSizeInBytes / ms / 1e6;
            }

            yield return new Figure($"Sequential read of 500 MB, {format}", Timing.Percentile(rates, 0.5), "GB/s", 1.2, AtLeast: true, $"median of {Rounds} fresh mounts, best {rates.Max():F2}");
            foreach (int readers in (int[])[1, 4, 16])
            {
                mounted.Remount();
                double[] latencies = RandomReads(mounted.PathOf("large.bin"), readers);
                yield return new Figure($"4 KiB random reads, {readers} readers, {format}: p50", Timing.Percentile(latencies, 0.5), "µs", null, AtLeast: false, $"p99 {Timing.Percentile(latencies, 0.99):F0} µs, {latencies.Length:N0} reads");
            }
        }
    }

    private static void MakeFile(string path)
    {
        byte[] block = new byte[1 << 20];
        var random = new Random(1);
        using FileStream file = File.Create(path);
        for (long left = FileSizeInBytes; left > 0; left -= block.Length)
        {
            random.NextBytes(block);
            file.Write(block, 0, (int)Math.Min(left, block.Length));
        }
    }

    private static double[] RandomReads(string path, int readers)
    {
        var latencies = new double[readers * ReadsPerReader];
        using SafeFileHandle file = File.OpenHandle(path, options: FileOptions.RandomAccess);
        Thread[] threads = [.. Enumerable.Range(0, readers).Select(reader => new Thread(() =>
        {
            byte[] buffer = new byte[ReadSizeInBytes];
            var random = new Random(reader);
            for (int i = 0; i < ReadsPerReader; i++)
            {
                long offset = random.NextInt64(FileSizeInBytes / ReadSizeInBytes) * ReadSizeInBytes;
                long start = Stopwatch.GetTimestamp();
                RandomAccess.Read(file, buffer, offset);
                latencies[(reader * ReadsPerReader) + i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return latencies;
    }

    /// <summary>A served image and a loop mount of it; both go with this object.</summary>
    private sealed class MountedImage : IDisposable
    {
        private readonly string served;
        private readonly string mounted;
        private readonly string format;
        private readonly Process server;

        public MountedImage(Workshop workshop, string tree, string format)
        {
            this.format = format;
            served = Directory.CreateDirectory(Path.Combine(workshop.Scratch, "served-" + format)).FullName;
            mounted = Directory.CreateDirectory(Path.Combine(workshop.Scratch, "mounted-" + format)).FullName;
            server = Shell.Start(workshop.Hearth, "rootfs", "serve", tree, "--at", served, "--rootfs-format", format);
            WaitUntilServed();
            Mount();
        }

        public string PathOf(string name) => Path.Combine(mounted, name);

        public void Remount()
        {
            Shell.Run("umount", mounted);
            Mount();
        }

        public void Dispose()
        {
            Shell.Run("umount", mounted);
            Shell.Run("kill", "-INT", server.Id.ToString());
            server.WaitForExit();
            server.Dispose();
        }

        private void Mount() => Shell.Run("mount", "-t", format, "-o", "loop,ro", Path.Combine(served, "rootfs.img"), mounted);

        // The server prints a line once the image can be opened.
        private void WaitUntilServed()
        {
            Task<string?> line = server.StandardOutput.ReadLineAsync();
            if (!line.Wait(ServeDeadline) || line.Result is null)
            {
                throw new InvalidOperationException($"hearth rootfs serve did not serve within {ServeDeadline.TotalSeconds} s: {(server.HasExited ? server.StandardError.ReadToEnd() : "")}");
            }
        }
    }
}
