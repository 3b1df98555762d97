using System.Security.Cryptography;
using System.Text;
using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Tests.Support;
using Hearth.FileTree;
using Hearth.Images.Indexes;
using Hearth.Images.Lazy;
using Hearth.Images.Pulling;
using Hearth.Images.Roots;
using Hearth.Images.Store;
using Hearth.Images.Tests.Support;
using Hearth.Images.Traces;
using Hearth.Tar;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Tests.Traces;

/// <summary>A trace brings the bytes that it names: a start reads them, and not the layer's spans that have them.</summary>
public sealed class TracePackTests : IAsyncLifetime
{
    private const int FileBytes = 6 << 20;

    private static readonly ImageReference name = ImageReference.Parse("registry.example.com/a/b:1");

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-pack-tests-").FullName;
    private readonly MemoryRegistry registry = new();
    private readonly List<FetchNotice> notices = [];
    private readonly byte[] first = Encoding.UTF8.GetBytes(Convert.ToHexString(RandomNumberGenerator.GetBytes(FileBytes / 2)));
    private readonly byte[] second = Encoding.UTF8.GetBytes(Convert.ToHexString(RandomNumberGenerator.GetBytes(FileBytes / 2)));
    private Descriptor image = null!;
    private Descriptor layer = null!;
    private ImageStore store = null!;
    private WalkedTree tree = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string PackPath => new TraceStore(store).TryOpen(image.Digest)!.PackPath;

    public async ValueTask InitializeAsync()
    {
        byte[] archive = LayoutBuilder.Archive((EntryOf("first"), Encoding.UTF8.GetString(first)), (EntryOf("second"), Encoding.UTF8.GetString(second)));
        layer = registry.Add(MediaTypes.OciLayerGzip, [.. archive.Chunk(1 << 20).SelectMany(LayoutBuilder.Gzip)]);
        Descriptor configuration = registry.Add(MediaTypes.OciConfiguration, Encoding.UTF8.GetBytes($$$"""
            {"architecture":"{{{PlatformChoice.Host.Architecture}}}","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["{{{Digest.Of(archive)}}}"]}}
            """));
        image = registry.AddManifest(MediaTypes.OciManifest, $$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{{Json(configuration)}},"layers":[{{Json(layer)}}]}
            """);
        registry.SetNamed(image);
        store = new ImageStore(Path.Combine(directory, "maker"));
        await new ImagePull(store, registry, _ => { }).RunAsync(name, PlatformChoice.Host, Cancelled);

        // What is behind the end of a file, and a file of another build, are left out.
        ImageTrace trace = new(TraceDocument.Version,
        [
            new TracedFile("/second", DigestOf(second), [new TracedRange(1_000_000, 4_700_000), new TracedRange(FileBytes - 1000, 5000), new TracedRange(FileBytes, 10)]),
            new TracedFile("/gone", DigestOf(second), [new TracedRange(0, 1_000_000)]),
            new TracedFile("/first", DigestOf(second), [new TracedRange(0, 1_000_000)]),
            new TracedFile("/first", DigestOf(first), [new TracedRange(100, 50), new TracedRange(150, 300_000)]),
        ]);
        new TraceStore(store).Write(image.Digest, trace);
        await new IndexPush(store, registry).RunAsync(store.Find(name)!, Cancelled);
        await PullAsync();
    }

    [Fact]
    public async Task A_start_reads_the_bytes_of_its_trace_and_no_span_until_the_rest_is_fetched()
    {
        ImageTrace trace = new TraceStore(store).TryRead(image.Digest)!;
        Assert.Equal(5_001_050, trace.Pack!.Bytes);
        Assert.Equal(trace.Pack.Bytes, trace.Files.Sum(file => file.Ranges.Sum(range => range.Length)));
        Assert.Equal(20, trace.Pack.Chunks.Count);
        await using (ImageFetching fetching = Open())
        {
            using IContentSource content = OpenRoot(fetching);
            await ReadTracedAsync(fetching, content);
            Assert.Equal(0, CountOf(layer));
            Assert.Equal(3, CountOf(Pack()));

            // What it has not is read from the layer.
            await AssertReadAsync(content, "first", 299_000, 5000);
            Assert.NotEqual(0, CountOf(layer));
            fetching.Begin();
            await WaitForNoticeAsync(FetchNoticeKind.Complete);
        }

        Assert.Equal([FetchNoticeKind.Complete], notices.Select(notice => notice.Kind));
        Assert.False(File.Exists(PackPath));
        Assert.True(store.HasLayer(layer.Digest));
    }

    [Fact]
    public async Task Another_process_uses_what_one_has_fetched()
    {
        await ReadOnceAsync();
        registry.Ranges.Clear();
        await ReadOnceAsync();
        Assert.Empty(registry.Ranges);

        // A chunk that is not what it was is fetched again.
        using (SafeFileHandle file = File.OpenHandle(PackPath, FileMode.Open, FileAccess.Write))
        {
            RandomAccess.Write(file, new byte[1000], TracePack.ChunkBytes);
        }

        await ReadOnceAsync();
        Assert.Equal((Pack().DigestText, new TraceStore(store).TryRead(image.Digest)!.Pack!.Chunks[1].Length), Assert.Single(registry.Ranges));
        Assert.Empty(notices);
    }

    [Fact]
    public async Task Containers_that_start_at_once_fetch_the_bytes_once()
    {
        TaskCompletionSource open = new();
        registry.Ranging = _ => open.Task;
        await using ImageFetching one = Open();
        using IContentSource content = OpenRoot(one);
        await WaitForAsync(() => registry.Ranges.Count == 2);
        await using ImageFetching other = Open();
        using IContentSource same = OpenRoot(other);
        Task reading = AssertReadAsync(same, "second", 1_000_000, 1000);
        open.SetResult();
        await reading;
        await ReadTracedAsync(one, content);
        await ReadTracedAsync(other, same);
        Assert.Equal(registry.Blobs[Pack().DigestText].Length, registry.Ranges.Sum(range => range.Digest == Pack().DigestText ? range.Length : 0));
    }

    [Fact]
    public async Task Who_waits_for_a_later_chunk_gets_it_first()
    {
        TaskCompletionSource open = new();
        registry.Ranging = _ => open.Task;
        await using ImageFetching fetching = Open();
        using IContentSource content = OpenRoot(fetching);
        await WaitForAsync(() => registry.Ranges.Count == 2);
        Task reading = AssertReadAsync(content, "first", 300_000, 100);
        await WaitForAsync(() => registry.Ranges.Count == 3);
        Assert.False(reading.IsCompleted);
        open.SetResult();
        await reading;
        await ReadTracedAsync(fetching, content);
        Assert.Equal((0, 4), (CountOf(layer), CountOf(Pack())));
        Assert.Equal(new TraceStore(store).TryRead(image.Digest)!.Pack!.Chunks[^1].Length, registry.Ranges.ElementAt(2).Length);
    }

    [Fact]
    public async Task The_end_of_a_run_does_not_wait_for_a_registry_that_is_silent()
    {
        TaskCompletionSource never = new();
        registry.Ranging = _ => never.Task;
        ImageFetching fetching = Open();
        using IContentSource content = OpenRoot(fetching);
        await WaitForAsync(() => registry.Ranges.Count == 2);
        await fetching.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Empty(notices);
    }

    [Theory]
    [InlineData(true, "404")]
    [InlineData(false, "does not have its digest")]
    public async Task Without_the_bytes_the_layer_is_read(bool isMissing, string cause)
    {
        string pack = Pack().DigestText;
        if (isMissing)
        {
            registry.Blobs.Remove(pack);
        }
        else
        {
            registry.Blobs[pack][2000] ^= 1;
        }

        await using (ImageFetching fetching = Open())
        {
            using IContentSource content = OpenRoot(fetching);
            await ReadTracedAsync(fetching, content);
            await WaitForNoticeAsync(FetchNoticeKind.TraceFailed);
        }

        Assert.NotEqual(0, CountOf(layer));
        Assert.Contains(cause, Assert.Single(notices).Text);
    }

    [Fact]
    public async Task Bytes_that_are_not_the_layers_are_found_when_it_is_complete()
    {
        // As somebody could push them who can push an index.
        TraceStore traces = new(store);
        ImageTrace trace = traces.TryRead(image.Digest)!;
        byte[] lie = new byte[trace.Pack!.LengthOf(19)];
        using ZstdSharp.Compressor compressor = new(1);
        byte[] frame = compressor.Wrap(lie).ToArray();
        byte[] blob = [.. registry.Blobs[trace.Pack.Digest].AsSpan(..^trace.Pack.Chunks[19].Length), .. frame];
        TracePack pack = new(registry.Add("application/octet-stream", blob).DigestText, trace.Pack.Bytes, [.. trace.Pack.Chunks.Take(19), new PackedChunk(frame.Length, TracePacking.DigestOf(lie))]);
        traces.Write(image.Digest, trace with { Pack = pack });

        // It is found even if another process gave the wrong bytes.
        await using (ImageFetching fetching = Open())
        {
            using IContentSource content = OpenRoot(fetching);
            await fetching.Prefetched;
            byte[] bytes = new byte[100];
            await content.ReadAsync(Find("first"), 300_000, bytes, Cancelled);
            Assert.All(bytes, value => Assert.Equal(0, value));
        }

        await using (ImageFetching fetching = Open())
        {
            using IContentSource content = OpenRoot(fetching);
            fetching.Begin();
            await WaitForNoticeAsync(FetchNoticeKind.Complete);
        }

        Assert.Equal([FetchNoticeKind.Failed, FetchNoticeKind.Complete], notices.Select(notice => notice.Kind));
        Assert.Contains($"not those of its layer {layer.Digest}", notices[0].Text);
        await using (ImageFetching? none = TryOpen())
        {
            Assert.Null(none);
        }
    }

    [Fact]
    public async Task The_bytes_go_with_the_trace()
    {
        await ReadOnceAsync();
        string path = PackPath;
        Assert.True(File.Exists(path));
        Assert.NotNull(new StoreCollection(store).Run(withUnfinished: true));
        Assert.True(File.Exists(path));
        Assert.True(new TraceStore(store).Remove(image.Digest));
        Assert.False(File.Exists(path));
        await PullAsync();
        await ReadOnceAsync();
        store.Remove(_ => true);
        Assert.NotNull(new StoreCollection(store).Run(withUnfinished: false));
        Assert.Empty(Directory.EnumerateFiles(store.Paths.Traces));
    }

    [Theory]
    [InlineData(0, 262_144, 0)]
    [InlineData(262_144, 262_144, 0)]
    [InlineData(262_145, 262_144, 1)]
    public void A_pack_that_does_not_fit_its_chunks_makes_the_trace_malformed(long bytes, int length, int superfluous)
    {
        PackedChunk[] chunks = [.. Enumerable.Repeat(new PackedChunk(length, new string('0', 32)), TracePack.CountOf(bytes) + superfluous)];
        ImageTrace trace = new(TraceDocument.Version, []) { Pack = new TracePack(image.DigestText, bytes, chunks) };
        if (bytes > 0 && superfluous == 0)
        {
            Assert.Equal(bytes, TraceDocument.Read(TraceDocument.Write(trace)).Pack!.Bytes);
            trace = trace with { Pack = trace.Pack with { Chunks = [new PackedChunk(TracePack.ChunkBytes * 2, new string('0', 32))] } };
        }

        Assert.Equal(ImageError.Malformed, Assert.Throws<ImageException>(() => TraceDocument.Read(TraceDocument.Write(trace))).Error);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static TarEntry EntryOf(string name) => new() { Type = TarEntryType.File, Name = Encoding.UTF8.GetBytes(name), Mode = 0x1a4, UserId = 0, GroupId = 0, Modified = default };

    private static string DigestOf(byte[] content) => Digest.Of(content).Hex[..16];

    private static string Json(Descriptor blob) => $$"""{"mediaType":"{{blob.MediaType}}","digest":"{{blob.DigestText}}","size":{{blob.Size}}}""";

    private async Task PullAsync()
    {
        store = new ImageStore(Path.Combine(directory, Guid.NewGuid().ToString("N")));
        PulledImage pulled = await new ImagePull(store, registry, _ => { }).RunAsync(name, PlatformChoice.Host, LazyMode.Always, name, Cancelled);
        Assert.Equal(ImageWay.Lazy, pulled.Layers.Way);
        registry.Ranges.Clear();
    }

    private ImageFetching Open() => TryOpen() ?? throw new InvalidOperationException("the image is whole");

    private ImageFetching? TryOpen() =>
        ImageFetching.TryOpen(store, store.ReadManifest(image), "image", _ => registry, new FetchOptions(true, false, TimeSpan.Zero), TimeProvider.System, AddNotice);

    private IContentSource OpenRoot(ImageFetching fetching)
    {
        ImageRoot root = new(store, "image", store.ReadManifest(image), fetching, new TraceStore(store).TryOpen(image.Digest));
        tree = root.Walk(Cancelled);
        return root.Open(tree, []);
    }

    private async Task ReadOnceAsync()
    {
        await using ImageFetching fetching = Open();
        using IContentSource content = OpenRoot(fetching);
        await ReadTracedAsync(fetching, content);
    }

    private Descriptor Pack() => new()
    {
        DigestText = new TraceStore(store).TryRead(image.Digest)!.Pack!.Digest,
    };

    private int CountOf(Descriptor blob) => registry.Ranges.Count(range => range.Digest == blob.DigestText);

    private async Task ReadTracedAsync(ImageFetching fetching, IContentSource content)
    {
        await fetching.Prefetched;
        await AssertReadAsync(content, "second", 1_200_000, 4096);
        await AssertReadAsync(content, "second", FileBytes - 1000, 1000);
        await AssertReadAsync(content, "first", 100, 300_050);
        await AssertReadAsync(content, "second", 1_000_000, 4_700_000);
    }

    private async Task AssertReadAsync(IContentSource content, string file, int offset, int length)
    {
        byte[] bytes = new byte[length];
        await content.ReadAsync(Find(file), offset, bytes, Cancelled);
        Assert.True((file == "first" ? first : second).AsSpan(offset, length).SequenceEqual(bytes), $"wrong bytes of {file} at {offset}");
    }

    private NodeId Find(string file) => tree.Tree.Find(Tree.Root, Encoding.UTF8.GetBytes(file)) ?? throw new InvalidOperationException($"no file {file}");

    private void AddNotice(FetchNotice notice)
    {
        lock (notices)
        {
            notices.Add(notice);
        }
    }

    private Task WaitForNoticeAsync(FetchNoticeKind kind) => WaitForAsync(() =>
    {
        lock (notices)
        {
            return notices.Any(notice => notice.Kind == kind);
        }
    });

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(60));
        while (!condition())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, limit.Token);
        }
    }
}
