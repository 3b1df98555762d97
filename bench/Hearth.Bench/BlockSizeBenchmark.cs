using Hearth.DiskImages;
using Hearth.DiskImages.SquashFs;
using Hearth.FileTree;
using Hearth.Fuse;

namespace Hearth.Bench;

/// <summary>
/// What the size of SquashFS's data blocks costs and gives, through a host loop mount of a virtual image, beside EROFS: the
/// metadata, the bytes moved for each byte asked for in small random reads, and the time to read a whole tree.
/// </summary>
internal sealed class BlockSizeBenchmark : IBenchmark
{
    private const int Rounds = 5;
    private const int RandomReads = 64;
    private const int ReadInBytes = 4096;
    private const int LargeFileInBytes = 100 << 20;
    private static readonly int[] blockBits = [12, 13, 14, 15, 16, 17, 18, 20];

    public string Name => "blocks";

    public IEnumerable<Figure> Measure(Workshop workshop)
    {
        // A part of the large tree, so that it stays in the page cache; and one large file beside it.
        string tree = Path.Combine(workshop.Scratch, "blocks-root");
        Shell.Run("cp", "--archive", "--link", Path.Combine(SampleTree.Ensure(workshop.TreeCache), "d00"), tree);
        File.WriteAllBytes(Path.Combine(tree, "large.bin"), new byte[LargeFileInBytes]);
        var contenders = new List<(string Name, IImagePlanner Planner)> { ("erofs", ImagePlanners.For(ImageFormat.Erofs)) };
        contenders.AddRange(blockBits.Select(bits => ($"squashfs {(1 << bits) / 1024} KiB", (IImagePlanner)new SquashFsPlanner(bits))));
        WalkedTree walked = DirectoryWalker.Walk(tree);
        Mounted[] mounts = [.. contenders.Select((contender, i) => new Mounted(workshop, tree, i, new WalkedPlan(contender.Planner.Plan(walked.Tree), walked.Identities)))];
        try
        {
            double[] times = Timing.MediansInTurn(Rounds, [.. mounts.Select(mount => (Action)mount.ReadAll)]);
            for (int i = 0; i < mounts.Length; i++)
            {
                double amplification = mounts[i].AmplificationOfRandomReads();
                yield return new Figure(
                    $"{contenders[i].Name}: read a tree", times[i] / times[0], "times EROFS", null, AtLeast: false,
                    $"{times[i]:F0} ms; {mounts[i].MetadataBytes / 1e6:F2} MB of metadata; {amplification:F1} bytes moved for each byte of {RandomReads} random 4 KiB reads");
            }
        }
        finally
        {
            Array.ForEach(mounts, mount => mount.Dispose());
        }
    }

    /// <summary>A plan, served by this process and loop-mounted.</summary>
    private sealed class Mounted : IDisposable
    {
        private readonly DirectoryContent content;
        private readonly VirtualDisk disk;
        private readonly FuseSession session;
        private readonly LoopMount mount;

        public Mounted(Workshop workshop, string tree, int number, WalkedPlan walked)
        {
            ImagePlan plan = walked.Image;
            MetadataBytes = plan.MetadataBytes;
            content = new DirectoryContent(walked.Tree, tree, new DirectoryContentOptions());
            disk = new VirtualDisk(plan, content);
            session = FuseSession.StartDetached([new DiskFile(disk)]);
            mount = new LoopMount(workshop, session.PathOf("rootfs.img"), plan.Format == ImageFormat.Erofs ? "erofs" : "squashfs", $"blocks-{number}");
        }

        public long MetadataBytes { get; }

        /// <summary>Everything, from a mount whose cache is empty.</summary>
        public void ReadAll()
        {
            mount.Refresh();
            Shell.Run("sh", "-c", $"find '{mount.PathOf(".")}' -type f -exec cat {{}} + > /dev/null");
        }

        public double AmplificationOfRandomReads()
        {
            mount.Refresh();
            long before = disk.Statistics.BytesRead;
            using var file = File.OpenHandle(mount.PathOf("large.bin"), options: FileOptions.RandomAccess);
            var random = new Random(1);
            byte[] buffer = new byte[ReadInBytes];
            for (int i = 0; i < RandomReads; i++)
            {
                RandomAccess.Read(file, buffer, random.NextInt64(LargeFileInBytes / ReadInBytes) * ReadInBytes);
            }

            return (double)(disk.Statistics.BytesRead - before) / (RandomReads * ReadInBytes);
        }

        public void Dispose()
        {
            mount.Dispose();
            session.DisposeAsync().AsTask().GetAwaiter().GetResult();
            content.Dispose();
        }
    }

    private sealed class DiskFile(VirtualDisk disk) : IFuseFile
    {
        public string Name => "rootfs.img";

        public long Length => disk.Length;

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
            disk.ReadAsync(offset, destination, cancellationToken);
    }
}
