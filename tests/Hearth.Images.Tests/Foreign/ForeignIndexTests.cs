using System.Text.Json.Nodes;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Tests.Support;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Images.Indexes.Foreign;
using Hearth.Images.Lazy;
using Hearth.Images.Store;
using Hearth.Layers.Index;
using Hearth.Linux.Compression;
using Hearth.Tar;
using ZstdSharp;

namespace Hearth.Images.Tests.Foreign;

/// <summary>Layers that are read by others' tables of contents: eStargz, zstd:chunked and SOCI.</summary>
public sealed class ForeignIndexTests : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("hearth-foreign-");
    private readonly FetchPace pace = new(TimeSpan.FromMilliseconds(1), TimeProvider.System);
    private readonly List<ImageException> failures = [];
    private readonly ImageStore store;

    public ForeignIndexTests()
    {
        store = new ImageStore(Path.Combine(directory.FullName, "store"));
        store.Prepare();
    }

    public void Dispose()
    {
        pace.Dispose();
        directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData("stargz")]
    [InlineData("chunked")]
    [InlineData("chunked by skopeo")]
    [InlineData("soci")]
    [InlineData("soci of version 1")]
    [InlineData("soci with bits")]
    public async Task A_layer_is_read_by_its_table_and_becomes_one_of_the_store(string kind)
    {
        ForeignLayer layer = Make(kind);
        FaultySource source = new(layer.Blob);
        LayerIndex index = await ReadAsync(layer, source);
        Assert.NotEqual(IndexForm.Own, index.Form);
        Assert.Equal(index.Form, LayerIndexFile.Read(LayerIndexFile.Write(index)).Form);
        TarEntry[] real = [.. ForeignLayers.ReadEntries(layer.Archive)];
        TarEntry[] described = [.. index.ReadEntries()];
        Assert.Equal(real.Where(entry => !EntryComparison.IsOwnTable(entry)).Select(entry => entry.ShownName), described.Select(entry => entry.ShownName));
        Assert.All(real.Zip(described), pair => Assert.True(EntryComparison.AreAlike(pair.First, pair.Second), pair.First.ShownName));

        using LazyContent content = Open(layer, index, source);
        int before = source.Requests;
        await AssertReadAsync(content, layer, described[^1]);
        Assert.Equal(before + 1, source.Requests);

        // Bytes that hardly compress are in few blocks.
        Assert.True(content.MissingBytes > (kind == "soci with bits" ? 0 : layer.Blob.Length / 10), $"{content.MissingBytes} of {layer.Blob.Length}");
        foreach (TarEntry entry in described.Where(entry => entry.SizeInBytes > 0))
        {
            await AssertReadAsync(content, layer, entry);
        }

        await CompleteAsync(content);
        Assert.Empty(failures);
        Digest digest = Digest.Of(layer.Blob);
        Assert.Equal(layer.Archive, await File.ReadAllBytesAsync(store.Paths.ContentOf(digest), TestContext.Current.CancellationToken));
        Assert.Equal(layer.Blob, await File.ReadAllBytesAsync(store.Paths.BlobOf(digest), TestContext.Current.CancellationToken));
        Assert.Equal(IndexForm.Own, store.TryReadIndex(digest)!.Form);
        Assert.Empty(Directory.EnumerateFileSystemEntries(store.Paths.Lazy));

        // A reader that began with the table still has its places.
        await AssertReadAsync(content, layer, described[1]);
    }

    [Theory]
    [InlineData("stargz")]
    [InlineData("chunked")]
    public async Task Wrong_chunks_are_never_given_and_others_are(string kind)
    {
        ForeignLayer layer = Make(kind);
        FaultySource source = new(layer.Blob);
        LayerIndex index = await ReadAsync(layer, source);
        TarEntry large = index.ReadEntries().Single(entry => entry.ShownName == "dir/large");
        long damaged = index.Spans[2].CompressedStart + 20;
        source.AfterRead = (_, offset, bytes) =>
        {
            if (damaged >= offset && damaged < offset + bytes.Length)
            {
                bytes.Span[(int)(damaged - offset)] ^= 1;
            }
        };

        using LazyContent content = Open(layer, index, source);
        await Assert.ThrowsAsync<ImageException>(async () => await content.ReadAsync(large.DataOffset + (2 * ForeignLayers.ChunkBytes), new byte[10], TestContext.Current.CancellationToken));
        await AssertReadAsync(content, layer, index.ReadEntries().Last());
    }

    [Theory]
    [InlineData("stargz", "name")]
    [InlineData("stargz", "mode")]
    [InlineData("chunked", "name")]
    [InlineData("chunked", "swap")]
    public async Task A_table_that_lies_is_found_when_the_layer_is_complete(string kind, string lie)
    {
        ForeignLayer layer = Make(kind, toc =>
        {
            if (lie == "swap")
            {
                (toc[^1]!["name"], toc[^2]!["name"]) = (toc[^2]!["name"]!.DeepClone(), toc[^1]!["name"]!.DeepClone());
            }
            else
            {
                toc[^1]![lie] = lie == "name" ? JsonValue.Create("dir/other") : JsonValue.Create(0x1ff);
            }
        });
        FaultySource source = new(layer.Blob);
        using LazyContent content = Open(layer, await ReadAsync(layer, source), source);
        await CompleteAsync(content);
        Assert.Equal(ImageError.DigestMismatch, Assert.Single(failures).Error);
        Assert.False(store.HasLayer(Digest.Of(layer.Blob)));
        Assert.Empty(Directory.EnumerateFileSystemEntries(store.Paths.Lazy));
    }

    [Theory]
    [InlineData("stargz")]
    [InlineData("chunked")]
    public async Task A_table_that_is_not_the_manifests_is_not_used(string kind)
    {
        ForeignLayer layer = Make(kind);
        FaultySource source = new(layer.Blob) { AfterRead = (_, _, bytes) => bytes.Span[bytes.Length / 2] ^= 1 };
        await Assert.ThrowsAsync<ImageException>(() => ReadAsync(layer, source));
    }

    [Theory]
    [InlineData("size")]
    [InlineData("offset")]
    [InlineData("chunkDigest")]
    [InlineData("innerOffset")]
    [InlineData("modtime")]
    public async Task A_table_with_an_impossible_value_is_refused(string member)
    {
        ForeignLayer layer = Make("stargz", toc => toc[1]![member] = member switch
        {
            "chunkDigest" => JsonValue.Create("sha256:no"),
            "modtime" => JsonValue.Create("yesterday"),
            "offset" => JsonValue.Create(1L << 40),
            "size" => JsonValue.Create(-5),
            _ => JsonValue.Create(77),
        });
        await Assert.ThrowsAsync<ImageException>(() => ReadAsync(layer, new FaultySource(layer.Blob)));
    }

    private static byte[] Zstd(byte[] bytes)
    {
        using Compressor compressor = new();
        return compressor.Wrap(bytes).ToArray();
    }

    private ForeignLayer Make(string kind, Action<JsonArray>? change = null) => kind switch
    {
        "chunked by skopeo" => MakeBySkopeo(),
        "stargz" => ForeignLayers.Stargz(change),
        "chunked" => ForeignLayers.Chunked(Zstd, change),
        "soci" => ForeignLayers.Soci(ForeignLayers.Entries),
        "soci of version 1" => ForeignLayers.Soci(ForeignLayers.Entries, isFirst: true),
        _ => MakeWithBits(),
    };

    /// <summary>A layer whose spans begin where deflate blocks do.</summary>
    private static ForeignLayer MakeWithBits()
    {
        byte[] archive = ForeignLayers.Archive(ForeignLayers.Entries, hasEnd: true);
        byte[] blob = LayoutBuilder.Gzip(archive);
        List<(long, long, byte)> points = [(10, 0, 0)];
        using Inflater inflater = new();
        inflater.ResetToGzip();
        byte[] output = new byte[1 << 20];
        long produced = 0;
        for (long consumed = 0, last = 0; consumed < blob.Length;)
        {
            InflateResult result = inflater.Inflate(blob.AsSpan((int)consumed), output, stopsAtBlocks: true);
            consumed += result.Consumed;
            produced += result.Produced;
            if (result.State == InflateState.AtBlock && produced - last > 100_000)
            {
                points.Add((consumed, produced, (byte)result.UnusedBits));
                last = produced;
            }
        }

        Assert.Contains(points, point => point.Item3 > 0);
        return new ForeignLayer(blob, archive, MediaTypes.OciLayerGzip, new Dictionary<string, string>(), ForeignLayers.Ztoc(blob, archive, points));
    }

    private ForeignLayer MakeBySkopeo()
    {
        byte[] archive = ForeignLayers.Archive(ForeignLayers.Entries, hasEnd: true);
        LayoutBuilder layout = new(Path.Combine(directory.FullName, "layout"));
        layout.AddLayer(archive);
        layout.Finish("image");
        Tool.Run(directory.FullName, "skopeo", "copy", "--quiet", "--dest-compress", "--dest-compress-format", "zstd:chunked", "oci:layout:image", "dir:skopeo");
        Descriptor layer = ManifestReading.ReadManifest(new Document(MediaTypes.OciManifest, default, File.ReadAllBytes(Path.Combine(directory.FullName, "skopeo/manifest.json")))).Layers[0];
        return new ForeignLayer(File.ReadAllBytes(Path.Combine(directory.FullName, "skopeo", layer.Digest.Hex)), archive, layer.MediaType, layer.Annotations!, []);
    }

    private static Descriptor Describe(ForeignLayer layer) =>
        new() { MediaType = layer.MediaType, DigestText = ForeignLayers.DigestOf(layer.Blob), Size = layer.Blob.Length, Annotations = layer.Annotations };

    private static async Task<LayerIndex> ReadAsync(ForeignLayer layer, FaultySource source)
    {
        Digest content = Digest.Of(layer.Archive);
        return layer.Annotations.Count == 0
            ? ZtocReading.Read(layer.Table, Describe(layer), content)
            : (await OwnTable.TryReadAsync(source, Describe(layer), content, TestContext.Current.CancellationToken))!;
    }

    private LazyContent Open(ForeignLayer layer, LayerIndex index, FaultySource source)
    {
        LazyFiles files = LazyFiles.TryOpen(store.Paths, Describe(layer), index.Content, index)!;
        return new LazyContent(files, source, new LazyPolicy(TimeSpan.Zero), pace, new LazyStatistics(), TimeProvider.System);
    }

    private static async Task AssertReadAsync(LazyContent content, ForeignLayer layer, TarEntry entry)
    {
        byte[] bytes = new byte[entry.SizeInBytes];
        await content.ReadAsync(entry.DataOffset, bytes, TestContext.Current.CancellationToken);
        TarEntry real = ForeignLayers.ReadEntries(layer.Archive).Single(other => other.ShownName == entry.ShownName);
        Assert.True(layer.Archive.AsSpan((int)real.DataOffset, bytes.Length).SequenceEqual(bytes), entry.ShownName);
    }

    private Task CompleteAsync(LazyContent content) =>
        new BackgroundFetch(content, pace, TimeSpan.FromMilliseconds(5), TimeProvider.System).RunAsync(() => { }, failures.Add, TestContext.Current.CancellationToken);
}
