using System.Security.Cryptography;
using System.Text;
using Hearth.Containers.Reports;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Tests.Support;
using Hearth.Images.Indexes;
using Hearth.Images.Lazy;
using Hearth.Images.Pulling;
using Hearth.Images.Store;
using Hearth.Images.Tests.Support;
using Hearth.Images.Traces;
using Hearth.Tar;

namespace Hearth.Images.Tests.Indexes;

/// <summary>Indexes and traces beside an image in a registry are used if they are intact, and left out if not.</summary>
public sealed class IndexSearchTests : IAsyncLifetime
{
    private const int NoiseBytes = 3 << 20;

    /// <summary>Of gzip: each begins a span.</summary>
    private const int Members = 16;

    private static readonly ImageReference name = ImageReference.Parse("registry.example.com/a/b:1");

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-index-tests-").FullName;
    private readonly MemoryRegistry registry = new();
    private Descriptor image = null!;
    private ImageManifest artifact = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        TarEntry entry = new() { Type = TarEntryType.File, Name = "noise"u8.ToArray(), Mode = 0x1a4, UserId = 0, GroupId = 0, Modified = default };
        string noise = Convert.ToHexString(RandomNumberGenerator.GetBytes(NoiseBytes));
        byte[] archive = LayoutBuilder.Archive((entry, noise));
        Descriptor layer = registry.Add(MediaTypes.OciLayerGzip, [.. archive.Chunk(archive.Length / Members).SelectMany(LayoutBuilder.Gzip)]);
        Descriptor configuration = registry.Add(MediaTypes.OciConfiguration, Encoding.UTF8.GetBytes($$$"""
            {"architecture":"{{{PlatformChoice.Host.Architecture}}}","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["{{{Digest.Of(archive)}}}"]}}
            """));
        image = registry.AddManifest(MediaTypes.OciManifest, $$"""
            {"schemaVersion":2,"mediaType":"{{MediaTypes.OciManifest}}","config":{{Json(configuration)}},"layers":[{{Json(layer)}}]}
            """);
        registry.SetNamed(image);

        ImageStore store = new(Path.Combine(directory, "first"));
        await new ImagePull(store, registry, _ => { }).RunAsync(name, PlatformChoice.Host, Cancelled);
        new TraceStore(store).Write(image.Digest, new ImageTrace(TraceDocument.Version, [new TracedFile("/noise", Digest.Of(Encoding.UTF8.GetBytes(noise)).Hex[..16], [new TracedRange(0, 4096)])]));
        Digest pushed = await new IndexPush(store, registry).RunAsync(store.Find(name)!, Cancelled);
        artifact = ManifestReading.ReadManifest(registry.Manifests[pushed.ToString()]);
        registry.Opened.Clear();
    }

    [Fact]
    public async Task An_image_with_an_index_comes_without_its_layers_and_with_its_trace()
    {
        (PulledImage pulled, ImageStore store) = await PullAsync(LazyMode.Always);
        Assert.Equal(ImageWay.Lazy, pulled.Layers.Way);
        Assert.Equal("/noise", Assert.Single(new TraceStore(store).TryRead(image.Digest)!.Files).Path);
        Assert.DoesNotContain(ManifestReading.ReadManifest(registry.Manifests[image.DigestText]).Layers[0].DigestText, registry.Opened);
    }

    [Fact]
    public async Task From_a_registry_that_gives_no_parts_of_layers_all_is_fetched()
    {
        registry.IgnoresRanges = true;
        (PulledImage pulled, _) = await PullAsync(LazyMode.Auto);
        Assert.Equal((ImageWay.Eager, "the registry does not serve parts of layers"), (pulled.Layers.Way, pulled.Layers.WhyFetched));
        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => PullAsync(LazyMode.Always));
        Assert.Contains("does not serve parts of layers", refused.Message);
    }

    [Theory]
    [InlineData(IndexArtifact.IndexType, false)]
    [InlineData(IndexArtifact.IndexType, true)]
    [InlineData(null, false)]
    [InlineData(null, true)]
    public async Task An_index_that_is_missing_or_wrong_is_none(string? type, bool isMissing)
    {
        Spoil(type, isMissing);

        (PulledImage pulled, _) = await PullAsync(LazyMode.Auto);
        Assert.Equal((ImageWay.Eager, "the registry has no index of it; 'hearth image index --push' makes one"), (pulled.Layers.Way, pulled.Layers.WhyFetched));
        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => PullAsync(LazyMode.Always));
        Assert.Contains("has no index", refused.Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_trace_that_is_missing_or_wrong_is_none(bool isMissing)
    {
        Spoil(IndexArtifact.TraceType, isMissing);

        (PulledImage pulled, ImageStore store) = await PullAsync(LazyMode.Always);
        Assert.Equal(ImageWay.Lazy, pulled.Layers.Way);
        Assert.Null(new TraceStore(store).TryRead(image.Digest));
    }

    /// <summary>The parts are verified with the rest: damaged ones cost another fetch, and no wrong layer.</summary>
    [Theory]
    [InlineData(0.1, false, 0, 0, true)]
    [InlineData(0.6, false, 0.35, 0.45, false)]
    [InlineData(1, false, 0, 0.01, false)]
    [InlineData(0.6, true, 0, 0.45, true)]
    public async Task A_pull_uses_the_parts_that_a_lazy_run_fetched(double part, bool isDamaged, double leastRanges, double mostRanges, bool isOpened)
    {
        (PulledImage pulled, ImageStore store) = await PullAsync(LazyMode.Always);
        ImageManifest manifest = store.ReadManifest(pulled.Manifest);
        Descriptor layer = manifest.Layers[0];
        long content = store.SizeOfContent(layer.Digest);
        await using (ImageFetching fetching = ImageFetching.TryOpen(store, manifest, "image", _ => registry, new FetchOptions(false, false, TimeSpan.Zero), TimeProvider.System, _ => { })!)
        {
            await fetching.Find(layer.Digest)!.ReadAsync(0, new byte[content], Cancelled);
        }

        // As if the spans at the beginning had not come: a byte for each, after 64 others.
        string path = Path.Combine(store.Paths.LazyOf(layer.Digest), "map");
        byte[] map = File.ReadAllBytes(path);
        map.AsSpan(64, (int)((1 - part) * (map.Length - 64))).Clear();
        File.WriteAllBytes(path, map);
        if (isDamaged)
        {
            using FileStream blob = File.OpenWrite(Path.Combine(store.Paths.LazyOf(layer.Digest), "blob"));
            blob.Position = layer.Size - 1000;
            blob.Write(new byte[100]);
        }

        registry.RangeBytes = 0;
        registry.Opened.Clear();
        await new ImagePull(store, registry, _ => { }).RunAsync(name, PlatformChoice.Host, Cancelled);

        Assert.InRange(registry.RangeBytes, (long)(leastRanges * layer.Size), (long)(mostRanges * layer.Size));
        Assert.Equal(isOpened, registry.Opened.Contains(layer.DigestText));
        Assert.Equal(registry.Blobs[layer.DigestText], File.ReadAllBytes(store.Paths.BlobOf(layer.Digest)));
        Assert.True(store.HasLayer(layer.Digest));
        Assert.Empty(Directory.EnumerateFileSystemEntries(store.Paths.Lazy));
        Assert.Empty(Directory.EnumerateFileSystemEntries(store.Paths.Ingest));
    }

    [Fact]
    public async Task An_older_index_is_used_where_the_newest_is_damaged()
    {
        Document broken = IndexArtifact.Compose(image, [.. artifact.Layers.Select(blob => blob with { DigestText = Digest.Of("gone"u8).ToString() })]);
        await registry.WriteManifestAsync(broken, Cancelled);

        (PulledImage pulled, _) = await PullAsync(LazyMode.Always);
        Assert.Equal(ImageWay.Lazy, pulled.Layers.Way);
    }

    /// <summary>Each push of indexes adds an artifact: only the newest is read if it has all.</summary>
    [Fact]
    public async Task Older_artifacts_are_not_read_if_the_newest_has_everything()
    {
        for (int pushes = 0; pushes < 4; pushes++)
        {
            Descriptor other = registry.Add(IndexArtifact.TraceType, Encoding.UTF8.GetBytes($"{pushes}"));
            await registry.WriteManifestAsync(IndexArtifact.Compose(image, [.. artifact.Layers.Where(blob => blob.MediaType != IndexArtifact.TraceType), other]), Cancelled);
        }

        Document newest = IndexArtifact.Compose(image, [.. artifact.Layers.Reverse()]);
        await registry.WriteManifestAsync(newest, Cancelled);

        (PulledImage pulled, ImageStore store) = await PullAsync(LazyMode.Always);

        Assert.Equal(ImageWay.Lazy, pulled.Layers.Way);
        Assert.NotNull(new TraceStore(store).TryRead(image.Digest));
        Assert.Equal([newest.Digest.ToString()], registry.Read);
    }

    [Fact]
    public async Task A_registry_that_cannot_be_read_is_the_reason()
    {
        registry.Failure = new ImageException(ImageError.Unreachable, "cannot read the index: the network is down");
        (PulledImage pulled, _) = await PullAsync(LazyMode.Auto);
        Assert.Equal("its indexes cannot be read: cannot read the index: the network is down", pulled.Layers.WhyFetched);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static string Json(Descriptor blob) => $$"""{"mediaType":"{{blob.MediaType}}","digest":"{{blob.DigestText}}","size":{{blob.Size}}}""";

    /// <param name="type">Of the blob; null for the artifact itself.</param>
    /// <param name="isMissing">Whether it is removed, and not changed.</param>
    private void Spoil(string? type, bool isMissing)
    {
        string digest = type is null ? registry.Manifests.Single(pair => pair.Key != image.DigestText).Key : artifact.Layers.Single(blob => blob.MediaType == type).DigestText;
        if (isMissing)
        {
            Assert.True(registry.Blobs.Remove(digest) || registry.Manifests.Remove(digest));
        }
        else if (type is null)
        {
            registry.Manifests[digest] = registry.Manifests[digest] with { Bytes = "[]"u8.ToArray() };
        }
        else
        {
            registry.Blobs[digest][registry.Blobs[digest].Length / 2] ^= 1;
        }
    }

    private async Task<(PulledImage Image, ImageStore Store)> PullAsync(LazyMode mode)
    {
        ImageStore store = new(Path.Combine(directory, Guid.NewGuid().ToString("N")));
        return (await new ImagePull(store, registry, _ => { }).RunAsync(name, PlatformChoice.Host, mode, name, Cancelled), store);
    }
}
