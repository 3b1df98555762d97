using System.Text;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.FileTree;
using Hearth.Records.Tests.Support;
using Hearth.Rootfs.Cache;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Rootfs.Tests;

/// <summary>A root that is no directory: its bytes come from elsewhere, and later.</summary>
public sealed class RootSourceTests : IDisposable
{
    private const int BlockInBytes = 4096;
    private const int SlowReads = 1000;

    private static readonly TimeSpan deadline = TimeSpan.FromSeconds(60);

    private readonly Workplace place = new();
    private readonly DistantRoot root = new();

    public RootSourceTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/dev/fuse"), "serving needs root and /dev/fuse");

    [Theory]
    [InlineData(ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs)]
    public async Task A_thousand_reads_of_files_that_do_not_come_leave_the_other_files_untouched(ImageFormat format)
    {
        RootfsOptions options = new() { Format = format };
        ImagePlan plan = RootfsPlanning.Plan(root, options, NewTimeline(), CancellationToken.None).Image;
        await using LazyRootfs rootfs = await LazyRootfs.ServeAsync(root, options, cache: null, mountPoint: null, NewTimeline(), CancellationToken.None);
        using SafeFileHandle image = File.OpenHandle(rootfs.ImagePath);
        Task<byte[]>[] waiting = [.. Enumerable.Range(0, SlowReads).Select(i => ReadAsync(image, StartOf(plan, DistantRoot.Slow) + ((long)i * BlockInBytes)))];
        await root.WaitForReadsAsync(SlowReads);

        Assert.All(await ReadAsync(image, StartOf(plan, DistantRoot.Fast)).WaitAsync(deadline), b => Assert.Equal(DistantRoot.Fast, b));
        Assert.DoesNotContain(waiting, read => read.IsCompleted);
        root.Open();
        Assert.All(await Task.WhenAll(waiting).WaitAsync(deadline), bytes => Assert.False(bytes.AsSpan().ContainsAnyExcept(DistantRoot.Slow)));
        Assert.Equal(((SlowReads + 1) * (long)BlockInBytes, 2L, 0L), (rootfs.Report.BytesRead, rootfs.Report.FilesRead, rootfs.Report.SourceFaults));
    }

    [Fact]
    public async Task Its_plan_is_cached_by_its_own_key_and_binds_lie_over_it()
    {
        root.Open();
        place.Write("hosts", "the host's hosts");
        ImageCache cache = new(place.At("cache"), CacheSettings.DefaultLimit);
        RootfsOptions options = new() { Binds = [new("/etc/hosts", place.At("hosts"), Recursive: false)] };
        await using (LazyRootfs rootfs = await LazyRootfs.ServeAsync(root, options with { Binds = [] }, cache, null, NewTimeline(), CancellationToken.None))
        {
            Assert.Equal(CacheUse.Miss, rootfs.Report.Cache);
        }

        Timeline timeline = NewTimeline();
        await using LazyRootfs again = await LazyRootfs.ServeAsync(root, options with { Binds = [] }, cache, null, timeline, CancellationToken.None);
        Assert.Equal(CacheUse.Hit, again.Report.Cache);
        Assert.Equal([PhaseNames.Cache, PhaseNames.Serve], timeline.Phases.Select(phase => phase.Name));

        await using LazyRootfs bound = await LazyRootfs.ServeAsync(root, options, cache, null, NewTimeline(), CancellationToken.None);
        byte[] image = await File.ReadAllBytesAsync(bound.ImagePath);
        Assert.True(image.AsSpan().IndexOf("the host's hosts"u8) > 0);
        Assert.True(image.AsSpan().IndexOf(Enumerable.Repeat(DistantRoot.Fast, BlockInBytes).ToArray()) > 0);
    }

    public void Dispose() => place.Dispose();

    private static Timeline NewTimeline() => new(TimeProvider.System, TimeProvider.System.GetTimestamp());

    /// <summary>The files' node numbers are the bytes that they are full of.</summary>
    private static long StartOf(ImagePlan plan, byte file) =>
        plan.Files.StartOf(Enumerable.Range(0, plan.Files.Count).Single(i => plan.Files.NodeOf(i).Index == file));

    private static Task<byte[]> ReadAsync(SafeFileHandle image, long offset) => Task.Factory.StartNew(
        () =>
        {
            byte[] bytes = new byte[BlockInBytes];
            Assert.Equal(bytes.Length, RandomAccess.Read(image, bytes, offset));
            return bytes;
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    /// <summary>Two files, of which one waits until it is opened up. Each is full of its node's number.</summary>
    private sealed class DistantRoot : IRootSource
    {
        public const byte Fast = 1;
        public const byte Slow = 2;

        private readonly TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly SemaphoreSlim started = new(0);

        public string Name => "the distant root";

        public bool IsImmutable => true;

        public void Open() => gate.SetResult();

        public async Task WaitForReadsAsync(int count)
        {
            for (int i = 0; i < count; i++)
            {
                Assert.True(await started.WaitAsync(deadline), "the read did not come");
            }
        }

        public CacheKey? FindKey() => CacheKey.Of(Name);

        public WalkedTree Walk(CancellationToken cancellationToken)
        {
            var builder = new TreeBuilder();
            int top = builder.AddNode(new Node { Mode = 0x41ED });
            builder.AddEntry(top, "fast"u8, builder.AddNode(new Node { Mode = 0x81A4, Size = BlockInBytes }));
            builder.AddEntry(top, "slow"u8, builder.AddNode(new Node { Mode = 0x81A4, Size = SlowReads * BlockInBytes }));
            return new WalkedTree(builder.Build(), default);
        }

        public IContentSource Open(WalkedTree tree, IReadOnlyList<ContentRoot> over) => new Content(this, tree, over);

        public string? FindPlainDirectory() => null;

        private sealed class Content(DistantRoot root, WalkedTree tree, IReadOnlyList<ContentRoot> over) : IContentSource
        {
            // Origin 0 is not its own: any directory does.
            private readonly DirectoryContent binds = new(tree, [new ContentRoot("/", CrossMounts: false), .. over]);

            public long FailedReads => binds.FailedReads;

            public IReadOnlyList<SourceFault> Faults => binds.Faults;

            public async ValueTask ReadAsync(NodeId node, long offset, Memory<byte> destination, CancellationToken cancellationToken)
            {
                if (tree.Tree[node].Origin > 0)
                {
                    await binds.ReadAsync(node, offset, destination, cancellationToken);
                    return;
                }

                bool isSlow = Encoding.UTF8.GetString(tree.Tree.PathOf(node)) == "slow";
                if (isSlow)
                {
                    root.started.Release();
                    await root.gate.Task.WaitAsync(cancellationToken);
                }

                destination.Span.Fill(isSlow ? Slow : Fast);
            }

            public void Dispose() => binds.Dispose();
        }
    }
}
