using System.Text;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Local;
using Hearth.Distribution.Sources.Local.Archives;
using Hearth.Distribution.Tests.Support;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Images.Pulling;
using Hearth.Images.Store;
using Hearth.Tar;

namespace Hearth.Distribution.Tests.Sources.Local;

/// <summary>Images in archives, as skopeo and docker write them, are pulled like those of registries.</summary>
public sealed class ArchiveTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-archive-tests-").FullName;
    private readonly byte[] lower = LayoutBuilder.Archive([(Entry("etc/hosts"), "one")]);
    private readonly byte[] upper = LayoutBuilder.Archive([(Entry("etc/hosts"), "two")]);
    private readonly string digest;

    public ArchiveTests()
    {
        LayoutBuilder layout = new(Path.Combine(directory, "layout"));
        layout.AddLayer(lower);
        layout.AddLayer(upper);
        digest = layout.Finish("one");
        Tool.Run(directory, "skopeo", "copy", "-q", "oci:layout:one", "oci-archive:oci.tar:one");
        Tool.Run(directory, "skopeo", "copy", "-q", "oci:layout:one", "docker-archive:docker.tar:example.com/a/b:1");
    }

    public static TheoryData<string, string> Hostile => new()
    {
        { "../escape", "its entry '../escape' leads out of the archive" },
        { "/absolute", "its entry '/absolute' leads out of the archive" },
        { "a/../../b", "its entry 'a/../../b' leads out of the archive" },
        { "link", "its link 'link' leads out of the archive" },
        { "hard", "its link 'hard' leads out of the archive" },
        { "twice", "it has two files 'manifest.json'" },
        { "nothing", "it has neither manifest.json nor index.json, so it is no archive of images" },
    };

    [Theory]
    [InlineData("oci-archive:oci.tar", "")]
    [InlineData("oci-archive:oci.tar:one", "")]
    [InlineData("oci-archive:oci.tar.gz:one", "gzip -k oci.tar")]
    [InlineData("oci-archive:oci.tar.zst:one", "zstd -q oci.tar")]
    [InlineData("oci-archive:oci.tar.xz:one", "xz -k oci.tar")]
    [InlineData("oci-archive:oci.tar.bz2:one", "bzip2 -k oci.tar")]
    [InlineData("docker-archive:docker.tar", "")]
    [InlineData("docker-archive:docker.tar:example.com/a/b:1", "")]
    [InlineData("docker-archive:docker.tar.gz", "gzip -k docker.tar")]
    [InlineData("docker-archive:podman.tar:example.com/a/b:1", "podman --root=podman --runroot=run load -q -i docker.tar; podman --root=podman --runroot=run save -q -o podman.tar example.com/a/b:1")]
    public async Task An_image_is_pulled_from_an_archive(string location, string preparation)
    {
        Tool.Run(directory, "/bin/sh", "-c", preparation);
        ImageStore store = new(Path.Combine(directory, "store"));
        LocalImage opened = await OpenAsync(location, store);
        await using IImageSource source = opened.Source;

        PulledImage pulled = await new ImagePull(store, source, _ => { }).RunAsync(opened.Name, PlatformChoice.Host, TestContext.Current.CancellationToken);

        ImageManifest manifest = store.ReadManifest(pulled.Manifest);
        Assert.Equal([lower, upper], manifest.Layers.Select(layer => File.ReadAllBytes(Path.Combine(store.Directory, "layers", layer.Digest.Hex, "content"))));
        Assert.Equal(["/etc"], manifest.Layers.SelectMany(layer => store.TryReadIndex(layer.Digest)!.ReadEntries()).Select(entry => $"/{Path.GetDirectoryName(entry.ShownName)}").Distinct());
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(store.Directory, "ingest")));
        if (location.StartsWith("oci-archive", StringComparison.Ordinal))
        {
            Assert.Equal(digest, pulled.Manifest.DigestText);
        }
        else
        {
            Assert.Equal("example.com/a/b:1", pulled.Name!.Familiar);
            Assert.All(manifest.Layers, layer => Assert.Equal("2", Tool.Run(store.Directory, "stat", "-c", "%h", $"blobs/sha256/{layer.Digest.Hex}").Trim()));
            Tool.Run(directory, "skopeo", "inspect", "oci:store:example.com/a/b:1");
        }
    }

    [Fact]
    public async Task A_plain_archive_is_read_in_place()
    {
        using ImageArchive archive = await ImageArchive.OpenAsync("archive", Path.Combine(directory, "docker.tar"), Path.Combine(directory, "missing"), TestContext.Current.CancellationToken);
        LocalImage image = Assert.Single(archive.List());
        Document manifest = await image.Source.ReadNamedAsync(TestContext.Current.CancellationToken);
        Descriptor layer = ManifestReading.ReadManifest(manifest).Layers[1];
        byte[] part = new byte[512];

        await image.Source.ReadRangeAsync(layer, 512, part, TestContext.Current.CancellationToken);

        Assert.Equal(upper[512..1024], part);
    }

    [Fact]
    public async Task The_links_of_dockers_archives_are_followed()
    {
        Tool.Run(directory, "/bin/sh", "-c", """
            mkdir unpacked; tar xf docker.tar -C unpacked; cd unpacked; mkdir a b
            set -- $(tr '"' '\n' <manifest.json | grep '^[0-9a-f]*\.tar$')
            mv $1 a/layer.tar; mv $2 b/real.tar; ln -s ../b/real.tar b/layer.tar; ln b/real.tar hard.tar
            sed -i "s#$1#./a/layer.tar#; s#$2#b/layer.tar#" manifest.json
            tar cf ../linked.tar ./hard.tar ./b ./a ./*.json
            """);
        await using IImageSource source = (await OpenAsync("docker-archive:linked.tar")).Source;
        ImageStore store = new(Path.Combine(directory, "store"));

        PulledImage pulled = await new ImagePull(store, source, _ => { }).RunAsync(null, PlatformChoice.Host, TestContext.Current.CancellationToken);

        Assert.Equal(2, store.ReadManifest(pulled.Manifest).Layers.Count);
    }

    [Fact]
    public async Task Compressed_layers_of_dockers_archives_keep_their_digests()
    {
        byte[] gzip = LayoutBuilder.Gzip(lower);
        Digest layer = Digest.Of(gzip);
        string config = $$"""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["{{Digest.Of(lower)}}","{{Digest.Of(lower)}}"] } }""";
        string manifest = $$"""[{"Config":"config.json","RepoTags":null,"Layers":["blobs/sha256/{{layer.Hex}}","plain/layer.tar"]}]""";
        Write("archive.tar", ("manifest.json", manifest), ("config.json", config), ($"blobs/sha256/{layer.Hex}", Latin(gzip)), ("plain/layer.tar", Latin(gzip)));
        LocalImage opened = await OpenAsync("docker-archive:archive.tar");
        await using IImageSource source = opened.Source;

        ImageManifest read = ManifestReading.ReadManifest(await source.ReadNamedAsync(TestContext.Current.CancellationToken));

        Assert.Empty(opened.Names);
        Assert.Equal([(MediaTypes.OciLayerGzip, layer), (MediaTypes.OciLayerGzip, layer)], read.Layers.Select(one => (one.MediaType, one.Digest)));
    }

    [Theory]
    [InlineData("docker-archive:oci.tar", ImageError.Unknown, "the archive has no file 'manifest.json'")]
    [InlineData("oci-archive:docker.tar", ImageError.Unknown, "the archive has no file 'index.json'")]
    [InlineData("oci-archive:oci.tar:two", ImageError.Unknown, "it has one")]
    [InlineData("docker-archive:docker.tar:other", ImageError.Unknown, "it has example.com/a/b:1")]
    [InlineData("docker-archive:missing.tar", ImageError.Unknown, "missing.tar")]
    [InlineData("docker-archive:layout", ImageError.StorageFailed, "layout")]
    [InlineData("docker-archive:layout/oci-layout", ImageError.Malformed, "ends in the middle")]
    public async Task What_is_not_there_is_named(string location, ImageError error, string cause)
    {
        ImageException refused = await Assert.ThrowsAsync<ImageException>(async () =>
        {
            await using IImageSource source = (await OpenAsync(location)).Source;
            await source.ReadNamedAsync(TestContext.Current.CancellationToken);
        });
        Assert.Equal(error, refused.Error);
        Assert.Contains(cause, refused.Message);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task A_hostile_archive_is_refused(string name, string cause)
    {
        (TarEntry, string)[] entries = name switch
        {
            "link" => [(Entry("link") with { Type = TarEntryType.SymbolicLink, LinkName = "../../etc/passwd"u8.ToArray() }, "")],
            "hard" => [(Entry("hard") with { Type = TarEntryType.HardLink, LinkName = "/etc/passwd"u8.ToArray() }, "")],
            "twice" => [(Entry("manifest.json"), "[]"), (Entry("./manifest.json"), "[]")],
            "nothing" => [(Entry("etc/passwd"), "")],
            _ => [(Entry(name), "")],
        };
        File.WriteAllBytes(Path.Combine(directory, "archive.tar"), LayoutBuilder.Archive(entries));

        await RefusesAsync(ImageError.Malformed, cause);
    }

    [Theory]
    [InlineData("""[{"Config":"","Layers":[]}]""", ImageError.Malformed, "its manifest.json names an image without a configuration")]
    [InlineData("""[null]""", ImageError.Malformed, "its manifest.json names an image without a configuration")]
    [InlineData("""[{"Config":"config.json","Layers":[null]}]""", ImageError.Malformed, "a layer without a name")]
    [InlineData("""{}""", ImageError.Malformed, "its manifest.json is malformed")]
    [InlineData("""[{"Config":"missing.json","Layers":[]}]""", ImageError.Unknown, "the archive has no file 'missing.json'")]
    [InlineData("""[{"Config":"config.json","Layers":["a","b"]}]""", ImageError.Malformed, "its manifest.json has 2 layers, and its configuration 1 digests of contents")]
    [InlineData("""[{"Config":"config.json","Layers":["missing.tar"]}]""", ImageError.Unknown, "the archive has no file 'missing.tar'")]
    [InlineData("""[{"Config":"config.json","Layers":["../../../etc/passwd"]}]""", ImageError.Unknown, "the archive has no file '../../../etc/passwd'")]
    [InlineData("""[{"Config":"config.json","Layers":["circle"]}]""", ImageError.Unknown, "the archive has no file 'circle'")]
    [InlineData("""[{"Config":"config.json","Layers":["other.tar"]}]""", ImageError.DigestMismatch, "its bytes have the digest")]
    public async Task A_wrong_list_of_images_is_refused(string manifest, ImageError error, string cause)
    {
        string config = $$"""{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":["{{Digest.Of(lower)}}"] } }""";
        File.WriteAllBytes(Path.Combine(directory, "archive.tar"), LayoutBuilder.Archive([
            (Entry("manifest.json"), manifest), (Entry("config.json"), config), (Entry("other.tar"), Encoding.UTF8.GetString(upper)),
            (Entry("circle") with { Type = TarEntryType.SymbolicLink, LinkName = "circle"u8.ToArray() }, "")]));

        await RefusesAsync(error, cause);
    }

    [Theory]
    [InlineData("", "", 600)]
    [InlineData("gzip -k archive.tar", ".gz", 300)]
    [InlineData("xz -k archive.tar", ".xz", 300)]
    [InlineData("bzip2 -k archive.tar", ".bz2", 300)]
    public async Task A_truncated_archive_is_refused(string compression, string ending, int length)
    {
        File.Copy(Path.Combine(directory, "docker.tar"), Path.Combine(directory, "archive.tar"));
        Tool.Run(directory, "/bin/sh", "-c", compression);
        string path = Path.Combine(directory, $"archive.tar{ending}");
        File.WriteAllBytes(Path.Combine(directory, "archive.tar"), File.ReadAllBytes(path)[..length]);

        await RefusesAsync(ImageError.Malformed, "cannot read 'archive'");
    }

    [Fact]
    public void A_missing_program_is_named_with_its_package()
    {
        ImageException refused = Assert.Throws<ImageException>(() => DecompressorProcess.Start("archive", "no-such-program", "xz-utils", Stream.Null));

        Assert.Equal(ImageError.Unsupported, refused.Error);
        Assert.Contains("compressed by no-such-program, which this host does not have; install the package xz-utils", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bombs_are_refused()
    {
        Tool.Run(directory, "/bin/sh", "-c", "head -c 1200M /dev/zero | zstd -q -19 --long=27 -o bomb.zst; mv bomb.zst archive.tar");
        await RefusesAsync(ImageError.Malformed, "its content is more than 2000 times as large as its compressed bytes");
        Assert.Empty(Directory.EnumerateFiles(directory, "archive-*"));
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private static TarEntry Entry(string name) =>
        new() { Type = TarEntryType.File, Name = Encoding.UTF8.GetBytes(name), Mode = 0x1a4, UserId = 0, GroupId = 0, Modified = default };

    private static string Latin(byte[] bytes) => Encoding.Latin1.GetString(bytes);

    /// <summary>Writes an archive of files whose characters are bytes.</summary>
    private void Write(string name, params (string Name, string Data)[] files)
    {
        MemoryStream bytes = new();
        TarWriter writer = new(bytes);
        foreach ((string path, string data) in files)
        {
            byte[] content = Encoding.Latin1.GetBytes(data);
            writer.Begin(Entry(path) with { SizeInBytes = content.Length });
            writer.Write(content);
        }

        writer.End();
        File.WriteAllBytes(Path.Combine(directory, name), bytes.ToArray());
    }

    private async Task RefusesAsync(ImageError error, string cause)
    {
        ImageException refused = await Assert.ThrowsAsync<ImageException>(async () =>
        {
            using ImageArchive archive = await ImageArchive.OpenAsync("archive", Path.Combine(directory, "archive.tar"), directory, TestContext.Current.CancellationToken);
            ImageStore store = new(Path.Combine(directory, "store"));
            foreach (LocalImage image in archive.List())
            {
                await new ImagePull(store, image.Source, _ => { }).RunAsync(null, PlatformChoice.Host, TestContext.Current.CancellationToken);
            }
        });
        Assert.Contains(cause, refused.Message);
        Assert.Equal(error, refused.Error);
    }

    private async Task<LocalImage> OpenAsync(string text, ImageStore? store = null)
    {
        string[] parts = text.Split(':', 2);
        return await LocalImages.OpenAsync(
            ImageLocation.Parse($"{parts[0]}:{Path.Combine(directory, parts[1])}"), "", store?.PrepareDrafts() ?? directory, TestContext.Current.CancellationToken);
    }
}
