using System.Diagnostics;
using Hearth.DiskImages.SquashFs;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Bench;

/// <summary>
/// Reading through the served image: a host loop mount of rootfs.img, its source in the page cache. The peer is a loop
/// mount of an image that was packed of the same tree, uncompressed, and lies in the page cache: what a loop mount and
/// its file system cost by themselves.
/// </summary>
internal sealed class ReadBenchmark : IBenchmark
{
    private const string FileName = "large.bin";
    private const int FileSizeInBytes = 500_000_000;
    private const int Rounds = 9;
    private const int ReadSizeInBytes = 4096;
    private const int ReadsPerReader = 4000;

    public string Name => "read";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        string tree = Path.Combine(workshop.Scratch, "read-root");
        Directory.CreateDirectory(tree);
        MakeFile(Path.Combine(tree, FileName));
        foreach ((string format, double? promisedRate) in ((string, double?)[])[("erofs", 1.2), ("squashfs", null)])
        {
            string packed = Pack(workshop, tree, format);
            using var server = new ImageServer(workshop, tree, format);
            using var served = new LoopMount(workshop, server.ImagePath, format, "served");
            using var peer = new LoopMount(workshop, packed, format, "packed");
            double[] rates = new double[Rounds];
            double[] peerRates = new double[Rounds];
            for (int round = 0; round < Rounds; round++)
            {
                rates[round] = ReadThrough(served);
                peerRates[round] = ReadThrough(peer);
            }

            double median = Timing.Percentile(rates, 0.5);
            double peerMedian = Timing.Percentile(peerRates, 0.5);
            yield return new Figure($"Sequential read of 500 MB, {format}", median, "GB/s", promisedRate, AtLeast: true, $"median of {Rounds} fresh mounts, best {rates.Max():F2}");
            yield return new Figure($"Sequential read, {format}, against a packed image", median / peerMedian, "times", null, AtLeast: true, $"its median {peerMedian:F2} GB/s, best {peerRates.Max():F2}");
            foreach (int readers in (int[])[1, 4, 16])
            {
                double[] latencies = RandomReads(served, readers);
                double[] peerLatencies = RandomReads(peer, readers);
                string peerDetail = $"packed image: p50 {Timing.Percentile(peerLatencies, 0.5):F0} µs, p99 {Timing.Percentile(peerLatencies, 0.99):F0} µs; {latencies.Length:N0} reads of each";
                string name = $"4 KiB random reads, {readers} readers, {format}";
                yield return new Figure($"{name}: p50", Timing.Percentile(latencies, 0.5), "µs", null, AtLeast: false, peerDetail);
                yield return new Figure($"{name}: p99", Timing.Percentile(latencies, 0.99), "µs", null, AtLeast: false, peerDetail);
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

    private static string Pack(Workshop workshop, string tree, string format)
    {
        string image = Path.Combine(workshop.Scratch, $"read-packed.{format}");
        if (format == "erofs")
        {
            Shell.Run("mkfs.erofs", "--quiet", image, tree);
        }
        else
        {
            // Stored blocks of the size that Hearth plans.
            Shell.Run("mksquashfs", tree, image, "-noI", "-noD", "-noF", "-noX", "-b", $"{1 << SquashFsPlanner.DefaultBlockBits}", "-noappend", "-no-progress", "-quiet");
        }

        return image;
    }

    /// <summary>Reads the file whole from a fresh mount; GB/s.</summary>
    private static double ReadThrough(LoopMount mount)
    {
        mount.Refresh();
        double ms = Timing.Measure(() => Shell.Run("dd", "if=" + mount.PathOf(FileName), "of=/dev/null", "bs=1M"));
        return FileSizeInBytes / ms / 1e6;
    }

    /// <summary>Reads different blocks in random order from a fresh mount, so that none is in a cache; µs of each read.</summary>
    private static double[] RandomReads(LoopMount mount, int readers)
    {
        mount.Refresh();
        int[] blocks = [.. Enumerable.Range(0, FileSizeInBytes / ReadSizeInBytes)];
        new Random(1).Shuffle(blocks);
        var latencies = new double[readers * ReadsPerReader];
        using SafeFileHandle file = File.OpenHandle(mount.PathOf(FileName), options: FileOptions.RandomAccess);
        Thread[] threads = [.. Enumerable.Range(0, readers).Select(reader => new Thread(() =>
        {
            byte[] buffer = new byte[ReadSizeInBytes];
            for (int i = reader * ReadsPerReader; i < (reader + 1) * ReadsPerReader; i++)
            {
                long start = Stopwatch.GetTimestamp();
                RandomAccess.Read(file, buffer, (long)blocks[i] * ReadSizeInBytes);
                latencies[i] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return latencies;
    }
}
