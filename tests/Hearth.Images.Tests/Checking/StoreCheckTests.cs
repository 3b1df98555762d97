using System.Security.Cryptography;
using System.Text;
using Hearth.DiskImages;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Local;
using Hearth.Distribution.Tests.Support;
using Hearth.FileTree;
using Hearth.Images.Checking;
using Hearth.Images.Pulling;
using Hearth.Images.Roots;
using Hearth.Images.Store;
using Hearth.Tar;

namespace Hearth.Images.Tests.Checking;

/// <summary>What the disk damages in a store is found, and made good by a check or by a pull.</summary>
public sealed class StoreCheckTests : IAsyncLifetime
{
    private const int NoiseBytes = 8 << 20;

    private static readonly ImageReference name = ImageReference.Parse("a/b:1");

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-check-tests-").FullName;
    private readonly ImageStore store;
    private ImageManifest manifest = null!;
    private PulledImage pulled = null!;

    public StoreCheckTests() => store = new ImageStore(Path.Combine(directory, "store"));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private Digest Layer => manifest.Layers[0].Digest;

    public async ValueTask InitializeAsync()
    {
        MakeLayout("layout", "sha256", gzip: true);
        pulled = await PullAsync("layout");
        manifest = store.ReadManifest(pulled.Manifest);
    }

    [Fact]
    public async Task A_good_store_has_no_damage()
    {
        StoreCheck check = new(store, repairs: true);
        Assert.Empty(await ListAsync(check));
        Assert.Equal(1, check.Read.Layers);
        Assert.True(check.Read.Bytes > manifest.Layers[0].Size);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(store.Directory, "ingest")));
    }

    [Theory]
    [InlineData("content", StorePart.Content, DamageState.Repaired)]
    [InlineData("index", StorePart.Content, DamageState.Repaired)]
    [InlineData("windows", StorePart.Content, DamageState.Repaired)]
    [InlineData("blob", StorePart.Layer, DamageState.Removed)]
    [InlineData("configuration", StorePart.Configuration, DamageState.Removed)]
    [InlineData("manifest", StorePart.Manifest, DamageState.Removed)]
    public async Task A_changed_byte_is_found_and_made_good(string file, StorePart part, DamageState repaired)
    {
        string path = PathOf(file);
        byte[] right = File.ReadAllBytes(path);
        byte[] wrong = [.. right];
        wrong[right.Length / 2] ^= 1;
        File.WriteAllBytes(path, wrong);

        StoreDamage damage = Assert.Single(await ListAsync(new StoreCheck(store, repairs: false)));
        Assert.Equal(("a/b:1", part, DamageState.Damaged), (damage.Image, damage.Part, damage.State));
        Assert.Equal(wrong, File.ReadAllBytes(path));

        Assert.Equal(repaired, Assert.Single(await ListAsync(new StoreCheck(store, repairs: true))).State);
        Assert.Equal(repaired == DamageState.Repaired, (await ListAsync(new StoreCheck(store, repairs: true))).Count == 0 && store.Find(name) is not null);
        await PullAsync("layout");
        Assert.Empty(await ListAsync(new StoreCheck(store, repairs: false)));
        Assert.Equal(right, File.ReadAllBytes(path));
        Assert.Equal("hello", ReadFile());
    }

    [Theory]
    [InlineData("{")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"digest":"nonsense"}]}""")]
    public async Task Damaged_names_are_put_aside_and_a_pull_names_the_image_again(string names)
    {
        string file = Path.Combine(store.Directory, "index.json");
        File.WriteAllText(file, names);
        string message = Assert.Throws<ImageException>(() => store.Find(name)).Message;
        Assert.StartsWith($"cannot read the names of images in '{file}': ", message, StringComparison.Ordinal);
        Assert.EndsWith("; 'hearth image check --repair' puts the file aside, and pulls name the images again", message, StringComparison.Ordinal);

        Assert.Equal([new StoreDamage("<all>", StorePart.Names, "index.json", DamageState.Damaged)], await ListAsync(new StoreCheck(store, repairs: false)));
        Assert.Equal(names, File.ReadAllText(file));
        Assert.Equal([new StoreDamage("<all>", StorePart.Names, "index.json", DamageState.Removed)], await ListAsync(new StoreCheck(store, repairs: true)));
        Assert.Equal(names, File.ReadAllText(file + ".damaged"));
        Assert.Empty(store.List());

        await PullAsync("layout");
        Assert.NotNull(store.Find(name));
        Assert.Empty(await ListAsync(new StoreCheck(store, repairs: false)));
        Assert.Equal("hello", ReadFile());
    }

    [Fact]
    public void More_names_than_can_be_read_are_not_written()
    {
        StoredImage image = Assert.Single(store.List());
        NameIndex index = new(store.Paths);
        IEnumerable<StoredImage> Named(int count) => Enumerable.Range(0, count).Select(number => image with { Reference = ImageReference.Parse($"a/b:{number}") });

        index.Change(_ => Named(10_000));
        Assert.Equal(10_000, store.List().Count);
        string message = Assert.Throws<ImageException>(() => index.Change(_ => Named(10_001))).Message;
        Assert.Contains("it would have 10001 in ", message, StringComparison.Ordinal);
        Assert.Contains("'hearth rmi' and 'hearth image prune --all' remove some", message, StringComparison.Ordinal);
        Assert.Equal(10_000, store.List().Count);
    }

    /// <summary>Where a program reads the file, the disk fails: a directory cannot be read as a file either.</summary>
    [Fact]
    public async Task A_layers_index_that_cannot_be_read_is_made_again_by_a_pull()
    {
        string path = PathOf("index");
        byte[] right = File.ReadAllBytes(path);
        File.Delete(path);
        Directory.CreateDirectory(path);
        Assert.Null(store.TryReadIndex(Layer));
        Directory.Delete(path);
        await PullAsync("layout");
        Assert.Equal(right, File.ReadAllBytes(path));
    }

    /// <summary>All but a change within a layer or its content, which only a check finds.</summary>
    [Theory]
    [InlineData("content", true)]
    [InlineData("index", false)]
    [InlineData("index", true)]
    [InlineData("blob", true)]
    [InlineData("configuration", false)]
    [InlineData("configuration", true)]
    [InlineData("manifest", false)]
    [InlineData("manifest", true)]
    public async Task A_pull_heals_what_it_can_see(string file, bool isTruncated)
    {
        string path = PathOf(file);
        byte[] right = File.ReadAllBytes(path);
        byte[] wrong = isTruncated ? right[..(right.Length / 2)] : [.. right];
        wrong[^1] ^= 1;
        File.WriteAllBytes(path, wrong);

        await PullAsync("layout");

        Assert.Equal(right, File.ReadAllBytes(path));
        Assert.Equal("hello", ReadFile());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_start_uses_the_content_of_a_removed_layer_unless_it_is_damaged_too(bool isContentDamaged)
    {
        foreach (string file in (string[])["blob", .. isContentDamaged ? ["content"] : Array.Empty<string>()])
        {
            using FileStream stream = File.OpenWrite(PathOf(file));
            stream.WriteByte(1);
        }

        Assert.Equal((StorePart.Layer, DamageState.Removed), (await ListAsync(new StoreCheck(store, repairs: true))).Select(damage => (damage.Part, damage.State)).Single());
        Assert.Equal((false, !isContentDamaged), (File.Exists(PathOf("blob")), File.Exists(PathOf("content"))));
    }

    [Fact]
    public async Task Nothing_is_removed_while_a_store_is_checked()
    {
        File.Delete(PathOf("index"));
        await using IAsyncEnumerator<StoreDamage> damages = new StoreCheck(store, repairs: true).RunAsync(Cancelled).GetAsyncEnumerator(Cancelled);
        Assert.True(await damages.MoveNextAsync());

        Assert.Null(new StoreCollection(store).Run(withUnfinished: true));
        Assert.False(await damages.MoveNextAsync());
        Assert.NotNull(new StoreCollection(store).Run(withUnfinished: true));
    }

    [Fact]
    public async Task An_uncompressed_layer_is_one_file_and_removed_whole()
    {
        MakeLayout("plain", "sha256", gzip: false);
        manifest = store.ReadManifest((await PullAsync("plain")).Manifest);
        using (FileStream blob = File.OpenWrite(PathOf("blob")))
        {
            blob.WriteByte(1);
        }

        Assert.Equal((StorePart.Layer, DamageState.Removed), (await ListAsync(new StoreCheck(store, repairs: true))).Select(damage => (damage.Part, damage.State)).Single());
        Assert.False(File.Exists(PathOf("blob")) || File.Exists(PathOf("content")));
        await PullAsync("plain");
        Assert.Equal("hello", ReadFile());
    }

    [Fact]
    public async Task An_image_by_sha512_is_used_and_collected_like_others()
    {
        MakeLayout("long", "sha512", gzip: true);
        pulled = await PullAsync("long");
        manifest = store.ReadManifest(pulled.Manifest);
        Assert.Equal("sha512", Layer.Algorithm);
        Assert.Equal("hello", ReadFile());
        Assert.Empty(await ListAsync(new StoreCheck(store, repairs: false)));

        // A second pull finds all of it.
        Assert.Equal(manifest.Layers[0].Size, (await PullAsync("long")).Layers.PresentBytes);
        store.Remove(_ => true);
        using (ImageLease.Take(store, pulled.Manifest.Digest))
        {
            new StoreCollection(store).Run(withUnfinished: true);
            Assert.Equal("hello", ReadFile());
        }

        new StoreCollection(store).Run(withUnfinished: true);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(store.Directory, "blobs"), "*", SearchOption.AllDirectories));
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private static async Task<List<StoreDamage>> ListAsync(StoreCheck check)
    {
        List<StoreDamage> found = [];
        await foreach (StoreDamage damage in check.RunAsync(Cancelled))
        {
            found.Add(damage);
        }

        return found;
    }

    private void MakeLayout(string at, string algorithm, bool gzip)
    {
        // Enough for several spans, and so for windows.
        string noise = Convert.ToHexString(RandomNumberGenerator.GetBytes(NoiseBytes));
        TarEntry entry = new() { Type = TarEntryType.File, Name = "greeting"u8.ToArray(), Mode = 0x1a4, UserId = 0, GroupId = 0, Modified = default };
        byte[] archive = LayoutBuilder.Archive((entry, "hello"), (entry with { Name = "noise"u8.ToArray() }, noise));
        LayoutBuilder layout = new(Path.Combine(directory, at), algorithm);
        layout.AddLayer(gzip ? LayoutBuilder.Gzip(archive) : archive, archive, gzip ? MediaTypes.OciLayerGzip : MediaTypes.OciLayer);
        layout.Finish("test");
    }

    private async Task<PulledImage> PullAsync(string layout)
    {
        await using IImageSource source = (await LocalImages.OpenAsync(ImageLocation.Parse($"oci:{directory}/{layout}:test"), "", directory, Cancelled)).Source;
        return await new ImagePull(store, source, _ => { }).RunAsync(name, PlatformChoice.Host, Cancelled);
    }

    private string PathOf(string file) => file switch
    {
        "blob" => store.Paths.BlobOf(Layer),
        "configuration" => store.Paths.BlobOf(manifest.Config!.Digest),
        "manifest" => store.Paths.BlobOf(pulled.Manifest.Digest),
        _ => Path.Combine(store.Paths.LayerOf(Layer), file),
    };

    private string ReadFile()
    {
        ImageRoot image = new(store, "a/b:1", manifest);
        WalkedTree tree = image.Walk(Cancelled);
        using IContentSource content = image.Open(tree, []);
        NodeId file = tree.Tree.EntriesOf(Tree.Root)[0].Node;
        byte[] bytes = new byte[tree.Tree[file].Size];
        ValueTask read = content.ReadAsync(file, 0, bytes, Cancelled);
        Assert.True(read.IsCompletedSuccessfully);
        return Encoding.UTF8.GetString(bytes);
    }
}
