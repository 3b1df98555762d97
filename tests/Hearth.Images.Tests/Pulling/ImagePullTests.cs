using System.Text;
using Hearth.Containers.Reports;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Tests.Support;
using Hearth.Images.Lazy;
using Hearth.Images.Pulling;
using Hearth.Images.Store;
using Hearth.Images.Tests.Support;
using Hearth.Images.Traces;
using Hearth.Tar;
using ZstdSharp;

namespace Hearth.Images.Tests.Pulling;

/// <summary>Pulls: which manifest is chosen, which images are refused, and what a collection leaves.</summary>
public sealed class ImagePullTests : IDisposable
{
    private static readonly ImageReference name = ImageReference.Parse("a/b:1");

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-pull-tests-").FullName;
    private readonly MemoryRegistry registry = new();
    private readonly byte[] archive = LayoutBuilder.Archive((new TarEntry { Type = TarEntryType.File, Name = "file"u8.ToArray(), Mode = 0x1a4, UserId = 0, GroupId = 0, Modified = default }, "text"));
    private readonly ImageStore store;

    public ImagePullTests() => store = new ImageStore(Path.Combine(directory, "store"));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("linux/amd64", "amd64")]
    [InlineData("linux/x86_64", "amd64")]
    [InlineData("linux/arm64", "arm64")]
    [InlineData("arm64/v8", null)]
    [InlineData("linux/arm64/v8", "arm64")]
    [InlineData("linux/arm/v7", "arm v7")]
    [InlineData("linux/arm/v6", "arm v6")]
    [InlineData("linux/arm", "arm v7")]
    [InlineData("linux/arm/v5", null)]
    [InlineData("linux/arm/v8", "arm v7")]
    [InlineData("armhf", "arm v7")]
    [InlineData("armel", "arm v6")]
    [InlineData("linux/amd64/v3", "amd64")]
    [InlineData("windows/amd64", "windows")]
    [InlineData("linux/s390x", null)]
    public async Task The_manifest_of_the_platform_is_chosen(string platform, string? chosen)
    {
        Dictionary<string, Descriptor> manifests = [];
        List<string> entries = [];
        foreach ((string key, string fields) in ((string, string)[])
        [
            ("windows", "\"os\":\"windows\",\"architecture\":\"amd64\",\"os.version\":\"10.0\""),
            ("arm v6", "\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v6\""),
            ("arm v7", "\"os\":\"linux\",\"architecture\":\"arm\",\"variant\":\"v7\""),
            ("arm64", "\"os\":\"linux\",\"architecture\":\"arm64\""),
            ("amd64", "\"os\":\"linux\",\"architecture\":\"amd64\""),
            ("attestation", "\"os\":\"unknown\",\"architecture\":\"unknown\""),
        ])
        {
            manifests[key] = AddImage(key);
            entries.Add(Json(manifests[key], $",\"platform\":{{{fields}}}"));
        }

        // An index within the index, as some tools nest them.
        Descriptor inner = AddIndex(entries[4]);
        registry.SetNamed(AddIndex([.. entries[..4], Json(inner, ",\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"}"), entries[5]]));

        if (chosen is not null)
        {
            PulledImage pulled = await PullAsync(PlatformChoice.Parse(platform));
            Assert.Equal(manifests[chosen].DigestText, pulled.Manifest.DigestText);
            return;
        }

        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => PullAsync(PlatformChoice.Parse(platform)));
        Assert.Equal(ImageError.Unknown, refused.Error);
        Assert.Contains("it is for windows/amd64, linux/arm/v6, linux/arm/v7, linux/arm64, linux/amd64; --platform chooses one", refused.Message);
    }

    [Fact]
    public async Task Indexes_that_are_nested_without_end_are_refused()
    {
        Descriptor index = AddImage("image");
        for (int i = 0; i < 5; i++)
        {
            index = AddIndex(Json(index, $",\"platform\":{{\"os\":\"linux\",\"architecture\":\"{PlatformChoice.Host.Architecture}\"}}"));
        }

        registry.SetNamed(index);
        Assert.Contains("nested more than 3 deep", (await Assert.ThrowsAsync<ImageException>(() => PullAsync(PlatformChoice.Host))).Message);
    }

    [Theory]
    [InlineData("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip", "foreign layer")]
    [InlineData("application/vnd.oci.image.layer.nondistributable.v1.tar+gzip", "foreign layer")]
    [InlineData("application/vnd.oci.image.layer.v1.tar+xz", "no layer of a container image")]
    public async Task Layers_that_cannot_be_used_are_refused(string type, string cause)
    {
        registry.SetNamed(AddImage("image", type));
        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => PullAsync(PlatformChoice.Host));
        Assert.Equal(ImageError.Unsupported, refused.Error);
        Assert.Contains(cause, refused.Message);
        Assert.Empty(store.List());
    }

    /// <summary>As docker, containerd and podman do.</summary>
    [Theory]
    [InlineData(MediaTypes.OciLayer, "gzip")]
    [InlineData(MediaTypes.OciLayer, "zstd")]
    [InlineData(MediaTypes.OciLayerGzip, "none")]
    [InlineData(MediaTypes.OciLayerGzip, "zstd")]
    [InlineData(MediaTypes.OciLayerZstd, "gzip")]
    public async Task A_layer_is_decompressed_by_its_first_bytes_whatever_its_type_says(string type, string compression)
    {
        byte[] stored = compression switch
        {
            "gzip" => LayoutBuilder.Gzip(archive),
            "zstd" => new Compressor().Wrap(archive).ToArray(),
            _ => archive,
        };
        registry.SetNamed(AddImage("image", type, stored: stored));

        ImageManifest manifest = store.ReadManifest((await PullAsync(PlatformChoice.Host)).Manifest);

        Assert.True(store.HasWhole(manifest.Layers[0], Digest.Of(archive)));
        Assert.Equal(archive, File.ReadAllBytes(store.Paths.ContentOf(manifest.Layers[0].Digest)));
        Assert.Equal(stored, File.ReadAllBytes(store.Paths.BlobOf(manifest.Layers[0].Digest)));
    }

    [Fact]
    public async Task A_start_needs_no_layer_as_the_registry_has_it()
    {
        registry.SetNamed(AddImage("image"));
        ImageManifest manifest = store.ReadManifest((await PullAsync(PlatformChoice.Host)).Manifest);
        File.Delete(store.Paths.BlobOf(manifest.Layers[0].Digest));

        Assert.Null(ImageFetching.TryOpen(store, manifest, "image", _ => registry, new FetchOptions(true, true, TimeSpan.Zero), TimeProvider.System, _ => { }));
        Assert.Throws<ImageException>(() => store.RequireLayers("push", "image", manifest));
        Assert.Equal(manifest.Layers[0].Size, (await PullAsync(PlatformChoice.Host)).Layers.FetchedBytes);
        store.RequireLayers("push", "image", manifest);
    }

    [Fact]
    public async Task Fields_that_nobody_knows_are_passed_over()
    {
        registry.SetNamed(AddImage("image", extra: ",\"vendor.thing\":{\"a\":[1,null]},\"annotations\":{\"x\":\"y\"}"));
        Assert.Equal(ImageWay.Eager, (await PullAsync(PlatformChoice.Host)).Layers.Way);
    }

    [Fact]
    public async Task A_configuration_without_end_is_refused_before_it_is_read()
    {
        Descriptor layer = registry.Add(MediaTypes.OciLayerGzip, LayoutBuilder.Gzip(archive));
        Descriptor configuration = registry.Add(MediaTypes.OciConfiguration, "{}"u8.ToArray()) with { Size = 1L << 40 };
        registry.SetNamed(AddManifest(configuration, layer));
        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => PullAsync(PlatformChoice.Host));
        Assert.Contains($"its configuration has {1L << 40} bytes, and at most", refused.Message);
        Assert.DoesNotContain(configuration.DigestText, registry.Opened);
    }

    [Fact]
    public async Task Nothing_is_removed_while_an_image_is_pulled_or_used()
    {
        registry.SetNamed(AddImage("image"));
        PulledImage pulled = await PullAsync(PlatformChoice.Host);
        using (StoreGate.Share(store.Paths.Gate))
        {
            store.Remove(_ => true);
            Assert.Null(new StoreCollection(store).Run(withUnfinished: true));
        }

        using (ImageLease.Take(store, pulled.Manifest.Digest))
        {
            Assert.Equal(0, new StoreCollection(store).Run(withUnfinished: true)!.Bytes);
            Assert.Single(store.ReadManifest(pulled.Manifest).Layers);
        }

        Assert.Equal(3, new StoreCollection(store).Run(withUnfinished: true)!.Blobs.Count);
        Assert.Equal(ImageError.Unknown, Assert.Throws<ImageException>(() => ImageLease.Take(store, pulled.Manifest.Digest)).Error);
    }

    /// <summary>A start either finds the whole image, or fails since the image is gone.</summary>
    [Fact]
    public async Task A_start_and_a_collection_at_the_same_time_agree()
    {
        registry.SetNamed(AddImage("image"));
        for (int i = 0; i < 50; i++)
        {
            PulledImage pulled = await PullAsync(PlatformChoice.Host);
            store.Remove(_ => true);
            Task collecting = Task.Run(() => new StoreCollection(store).Run(withUnfinished: true), Cancelled);
            try
            {
                using ImageLease lease = ImageLease.Take(store, pulled.Manifest.Digest);
                await collecting;
                ImageManifest manifest = store.ReadManifest(pulled.Manifest);
                Assert.True(store.HasWhole(manifest.Layers[0], Digest.Of(archive)));
            }
            catch (ImageException gone) when (gone.Error == ImageError.Unknown)
            {
                await collecting;
                Assert.False(store.HasBlob(pulled.Manifest));
            }
        }
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private static string Json(Descriptor blob, string more = "") => $"{{\"mediaType\":\"{blob.MediaType}\",\"digest\":\"{blob.DigestText}\",\"size\":{blob.Size}{more}}}";

    /// <summary>More than a gigabyte of zeros in some kilobytes.</summary>
    [Fact]
    public async Task A_layer_that_is_made_to_fill_the_disk_is_refused_and_leaves_nothing()
    {
        const int Block = 4 << 20;
        using MemoryStream bomb = new();
        using (CompressionStream zstd = new(bomb, leaveOpen: true))
        {
            TarWriter writer = new(zstd);
            writer.Begin(new TarEntry { Type = TarEntryType.File, Name = "zeros"u8.ToArray(), Mode = 0x1a4, UserId = 0, GroupId = 0, Modified = default, SizeInBytes = 300L * Block });
            byte[] zeros = new byte[Block];
            for (int block = 0; block < 300; block++)
            {
                writer.Write(zeros);
            }

            writer.End();
        }

        registry.SetNamed(AddImage("bomb", MediaTypes.OciLayerZstd, stored: bomb.ToArray()));
        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => PullAsync(PlatformChoice.Host));
        Assert.Contains("is more than 2000 times as large as its compressed bytes, the limit for contents above 1 GiB", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(store.Paths.Layers));
        Assert.DoesNotContain(Directory.EnumerateFiles(store.Paths.Ingest, "*", SearchOption.AllDirectories), file => new FileInfo(file).Length > bomb.Length);
    }

    [Fact]
    public async Task Layers_are_fetched_at_the_same_time()
    {
        byte[] other = LayoutBuilder.Archive((new TarEntry { Type = TarEntryType.File, Name = "other"u8.ToArray(), Mode = 0x1a4, UserId = 0, GroupId = 0, Modified = default }, "text"));
        Descriptor[] layers = [registry.Add(MediaTypes.OciLayerGzip, LayoutBuilder.Gzip(archive)), registry.Add(MediaTypes.OciLayerGzip, LayoutBuilder.Gzip(other))];
        Descriptor configuration = registry.Add(MediaTypes.OciConfiguration, Encoding.UTF8.GetBytes(
            $"{{\"architecture\":\"amd64\",\"os\":\"linux\",\"config\":{{}},\"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[\"{Digest.Of(archive)}\",\"{Digest.Of(other)}\"]}}}}"));
        registry.SetNamed(registry.AddManifest(
            MediaTypes.OciManifest,
            $"{{\"schemaVersion\":2,\"mediaType\":\"{MediaTypes.OciManifest}\",\"config\":{Json(configuration)},\"layers\":[{string.Join(',', layers.Select(layer => Json(layer)))}]}}"));
        TaskCompletionSource both = new();
        int opened = 0;
        registry.Opening = blob =>
        {
            bool isOfLayer = layers.Any(layer => layer.DigestText == blob.DigestText);
            if (isOfLayer && Interlocked.Increment(ref opened) == layers.Length)
            {
                both.SetResult();
            }

            return isOfLayer ? both.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, Cancelled) : Task.CompletedTask;
        };

        Assert.True((await PullAsync(PlatformChoice.Host)).IsNew);
        Assert.Equal(2, opened);
    }

    [Fact]
    public async Task A_new_build_of_an_image_takes_the_trace_of_the_one_before_over()
    {
        registry.SetNamed(AddImage("one"));
        PulledImage before = await PullAsync(PlatformChoice.Host);
        new TraceStore(store).Write(before.Manifest.Digest, new ImageTrace(TraceDocument.Version, [new TracedFile("/file", "0123456789abcdef", [new TracedRange(0, 4)])]));
        registry.SetNamed(AddImage("two"));
        PulledImage after = await PullAsync(PlatformChoice.Host);
        Assert.NotEqual(before.Manifest.Digest, after.Manifest.Digest);
        Assert.Equal("/file", Assert.Single(new TraceStore(store).TryRead(after.Manifest.Digest)!.Files).Path);
    }

    private Descriptor AddImage(string comment, string layerType = MediaTypes.OciLayerGzip, string extra = "", byte[]? stored = null)
    {
        Descriptor layer = registry.Add(layerType, stored ?? LayoutBuilder.Gzip(archive));
        Descriptor configuration = registry.Add(MediaTypes.OciConfiguration, Encoding.UTF8.GetBytes($$$"""
            {"architecture":"amd64","os":"linux","comment":"{{{comment}}}","config":{},"rootfs":{"type":"layers","diff_ids":["{{{Digest.Of(archive)}}}"]}}
            """));
        return AddManifest(configuration, layer, extra);
    }

    private Descriptor AddManifest(Descriptor configuration, Descriptor layer, string extra = "") =>
        registry.AddManifest(MediaTypes.OciManifest, $"{{\"schemaVersion\":2,\"mediaType\":\"{MediaTypes.OciManifest}\",\"config\":{Json(configuration)},\"layers\":[{Json(layer)}]{extra}}}");

    private Descriptor AddIndex(params string[] entries) =>
        registry.AddManifest(MediaTypes.OciIndex, $"{{\"schemaVersion\":2,\"mediaType\":\"{MediaTypes.OciIndex}\",\"manifests\":[{string.Join(',', entries)}]}}");

    private Task<PulledImage> PullAsync(Platform platform) => new ImagePull(store, registry, _ => { }).RunAsync(name, platform, Cancelled);
}
