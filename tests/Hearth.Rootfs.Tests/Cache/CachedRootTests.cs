using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.DiskImages.Packed;
using Hearth.Linux.Processes;
using Hearth.Machines.Kernel;
using Hearth.Records.Tests.Support;
using Hearth.Rootfs.Cache;

namespace Hearth.Rootfs.Tests.Cache;

/// <summary>Roots served and packed with a cache: what is walked, planned and packed again, and that nothing stale is served.</summary>
public sealed class CachedRootTests : IDisposable
{
    private const string Label = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly Workplace place = new();
    private readonly List<Diagnostic> diagnostics = [];
    private readonly ImageCache cache;

    public CachedRootTests()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/dev/fuse"), "serving needs root and /dev/fuse");
        cache = new ImageCache(place.At("cache"), CacheSettings.DefaultLimit) { Diagnose = diagnostics.Add };
        place.Write("root/dir/hello", "the content of the file");
        place.Write("root/other", "another file");
        place.AddKernel("k", "6.1", "[\"squashfs\", \"ext4\", \"overlay\"]");
    }

    private static RootfsOptions Options => new();

    [Theory]
    [InlineData(ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs)]
    public async Task A_tree_that_is_known_is_not_planned_again_and_served_the_same(ImageFormat format)
    {
        Served first = await ServeAsync(Options with { Format = format });
        Served second = await ServeAsync(Options with { Format = format });

        Assert.Equal((CacheUse.Miss, CacheUse.Hit), (first.Report.Cache, second.Report.Cache));
        Assert.Equal([PhaseNames.Walk, PhaseNames.Cache, PhaseNames.Serve], second.Phases);
        Assert.Equal(first.Image, second.Image);
        Assert.Equal(first.Report with { Cache = CacheUse.Hit, Reads = 0, ReadTimes = null }, second.Report with { Reads = 0, ReadTimes = null });
        Assert.Empty(diagnostics);
    }

    [Fact]
    public async Task A_tree_that_changed_is_planned_anew_and_a_restless_one_not_kept()
    {
        await ServeAsync(Options);
        place.Write("root/other", "other content than before");
        Served changed = await ServeAsync(Options);
        Assert.Equal(CacheUse.Miss, changed.Report.Cache);
        Assert.True(changed.Image.AsSpan().IndexOf("other content than before"u8) > 0);
        Assert.Single(cache.List());

        Assert.Equal(CacheUse.Miss, (await ServeAsync(Options)).Report.Cache);
        Assert.Equal(2, cache.List().Count);
        Assert.Equal(CacheUse.Hit, (await ServeAsync(Options)).Report.Cache);
    }

    [Fact]
    public async Task An_immutable_directory_is_walked_once()
    {
        RootfsOptions immutable = Options with { Immutable = new ImmutableRoot(Digest: null) };
        Served first = await ServeAsync(immutable);
        place.Write("root/dir/late", "made later than declared");
        Served second = await ServeAsync(immutable);

        Assert.Contains(PhaseNames.Walk, first.Phases);
        Assert.Equal([PhaseNames.Cache, PhaseNames.Serve], second.Phases);
        Assert.Equal(first.Image, second.Image);
    }

    [Fact]
    public async Task A_file_of_an_immutable_directory_that_changed_after_all_is_a_failed_read_and_never_other_bytes()
    {
        RootfsOptions immutable = Options with { Immutable = new ImmutableRoot(Digest: null) };
        await ServeAsync(immutable);
        place.Write("root/dir/hello", "not what was declared");
        await using LazyRootfs rootfs = await StartAsync("root", immutable, NewTimeline());

        Assert.ThrowsAny<IOException>(() => File.ReadAllBytes(rootfs.ImagePath));
        Assert.Equal("dir/hello", Assert.Single(rootfs.Faults).Path);
    }

    /// <summary>Size and times are as they were: only which file of the host it is tells it.</summary>
    [Fact]
    public async Task A_replaced_file_is_another_tree_and_does_not_fit_the_plan_that_was_kept()
    {
        RootfsOptions immutable = Options with { Immutable = new ImmutableRoot(Digest: null) };
        Served first = await ServeAsync(immutable);
        Command.Run("sh", ["-c", $"cd '{place.At("root")}/dir' && touch -r . ../../time && cp -p hello ../../new && printf THE >../../bytes && dd if=../../bytes of=../../new conv=notrunc status=none && touch -r hello ../../new && mv ../../new hello && touch -r ../../time ."]);

        await using (LazyRootfs rootfs = await StartAsync("root", immutable, NewTimeline()))
        {
            Assert.Equal(CacheUse.Hit, rootfs.Report.Cache);
            Assert.ThrowsAny<IOException>(() => File.ReadAllBytes(rootfs.ImagePath));
            Assert.Contains("another file is in its place", Assert.Single(rootfs.Faults).Reason, StringComparison.Ordinal);
        }

        Served anew = await ServeAsync(Options);
        Assert.Equal((CacheUse.Miss, first.Report.Nodes), (anew.Report.Cache, anew.Report.Nodes));
        Assert.True(anew.Image.AsSpan().IndexOf("THE content of the file"u8) > 0);
    }

    [Fact]
    public async Task A_digest_makes_a_tree_known_wherever_it_is()
    {
        RootfsOptions labelled = Options with { Immutable = new ImmutableRoot(Label) };
        Served first = await ServeAsync(labelled);
        Command.Run("cp", ["-a", place.At("root"), place.At("copy")]);
        Served copy = await ServeAsync(labelled, "copy");
        Assert.Equal([PhaseNames.Cache, PhaseNames.Serve], copy.Phases);
        Assert.Equal(first.Image, copy.Image);

        place.Write("copy/other", "of another size and time");
        await using LazyRootfs rootfs = await StartAsync("copy", labelled, NewTimeline());
        Assert.ThrowsAny<IOException>(() => File.ReadAllBytes(rootfs.ImagePath));
    }

    [Fact]
    public async Task Binds_over_an_immutable_directory_are_looked_at_each_time()
    {
        place.Write("hosts", "127.0.0.1 first");
        RootfsOptions bound = Options with { Immutable = new ImmutableRoot(Digest: null), Binds = [new("/etc/hosts", place.At("hosts"), Recursive: false)] };
        await ServeAsync(bound);
        place.Write("hosts", "127.0.0.1 second");
        place.Write("root/late", "made later than declared");
        Directory.SetLastWriteTimeUtc(place.At("root"), DateTime.UnixEpoch);
        Served before = await ServeAsync(bound);
        Served after = await ServeAsync(bound);

        Assert.True(after.Image.AsSpan().IndexOf("127.0.0.1 second"u8) > 0);
        Assert.Equal(before.Image, after.Image);
        Assert.Contains(PhaseNames.Cache, after.Phases);
    }

    [Fact]
    public async Task Twenty_starts_of_an_unknown_immutable_directory_walk_it_once()
    {
        RootfsOptions immutable = Options with { Immutable = new ImmutableRoot(Digest: null) };
        Served[] served = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => ServeAsync(immutable))));

        Assert.Single(served, one => one.Phases.Contains(PhaseNames.Walk));
        Assert.All(served, one => Assert.Equal(served[0].Image, one.Image));
    }

    [Fact]
    public async Task A_damaged_plan_is_made_anew()
    {
        Served whole = await ServeAsync(Options);
        string data = Path.Combine(place.At("cache/entries"), Assert.Single(cache.List()).Key, "data");
        File.WriteAllBytes(data, File.ReadAllBytes(data)[..^64]);

        Served again = await ServeAsync(Options);
        Assert.Equal(CacheUse.Miss, again.Report.Cache);
        Assert.Equal(whole.Image, again.Image);
        Assert.Equal(CacheUse.Hit, (await ServeAsync(Options)).Report.Cache);
    }

    [Fact]
    public async Task A_cache_that_cannot_be_used_is_told_and_done_without()
    {
        place.Write("cache", "a file");
        Served served = await ServeAsync(Options);
        Assert.Equal(CacheUse.Off, served.Report.Cache);
        Assert.Contains(place.At("cache"), Assert.Single(diagnostics).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RootfsMode.SquashFs)]
    [InlineData(RootfsMode.Ext4)]
    public async Task A_packed_image_is_packed_once_by_however_many_and_kept(RootfsMode mode)
    {
        RootfsReport[] reports = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => PackAsync(Options with { Mode = mode }))));
        Assert.Single(reports, report => report.Cache == CacheUse.Miss);
        Assert.All(reports.Where(report => report.Cache == CacheUse.Hit), report => Assert.Equal(0, report.BytesRead));
        CacheEntry entry = Assert.Single(cache.List());
        Assert.Equal((mode.ToString().ToLowerInvariant(), false), (entry.Kind, entry.InUse));

        RootfsReport immutable = await PackAsync(Options with { Mode = mode, Immutable = new ImmutableRoot(Digest: null) });
        Assert.Equal((CacheUse.Hit, reports[0].ContentBytes, reports[0].Nodes), (immutable.Cache, immutable.ContentBytes, immutable.Nodes));
    }

    /// <summary>Each pair differs in one way of packing.</summary>
    [Fact]
    public async Task What_is_packed_another_way_is_another_image()
    {
        RootfsOptions zstd = Options with { Mode = RootfsMode.SquashFs };
        RootfsOptions stored = zstd with { Compression = PackCompression.None };
        RootfsOptions[] ways = [zstd, zstd with { CompressionLevel = 1 }, stored, stored with { NoFragments = true }];
        foreach (CacheUse expected in new[] { CacheUse.Miss, CacheUse.Hit })
        {
            foreach (RootfsOptions way in ways)
            {
                Assert.Equal(expected, (await PackAsync(way)).Cache);
            }
        }

        Assert.Equal(ways.Length, cache.List().Count);
    }

    [Fact]
    public async Task Packing_that_is_given_up_keeps_nothing()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => PackAsync(Options with { Mode = RootfsMode.SquashFs }, cancelled.Token));
        Assert.Empty(cache.List());
    }

    public void Dispose() => place.Dispose();

    private static Timeline NewTimeline() => new(TimeProvider.System, TimeProvider.System.GetTimestamp());

    private Task<LazyRootfs> StartAsync(string directory, RootfsOptions options, Timeline timeline) =>
        LazyRootfs.ServeAsync(new DirectoryRoot(place.At(directory), options), options, cache, mountPoint: null, timeline, CancellationToken.None);

    private async Task<Served> ServeAsync(RootfsOptions options, string directory = "root")
    {
        Timeline timeline = NewTimeline();
        await using LazyRootfs rootfs = await StartAsync(directory, options, timeline);
        byte[] image = await File.ReadAllBytesAsync(rootfs.ImagePath);
        return new Served(image, rootfs.Report, [.. timeline.Phases.Select(phase => phase.Name)]);
    }

    private async Task<RootfsReport> PackAsync(RootfsOptions options, CancellationToken cancellationToken = default)
    {
        KernelEntry kernel = Assert.Single(new KernelStore(place.Directories.Kernels).List());
        RootfsPreparation preparation = new(new DirectoryRoot(place.At("root"), options), options, cache, kernel, new PackingContext(HostEnvironment.Empty, NewTimeline()), _ => { });
        await using IRootfs rootfs = await preparation.PrepareAsync(_ => throw new InvalidOperationException("the cache should have it"), cancellationToken);
        Assert.True(new FileInfo(rootfs.ImagePath).Length > 0);
        return rootfs.Report;
    }

    private sealed record Served(byte[] Image, RootfsReport Report, string[] Phases);
}
