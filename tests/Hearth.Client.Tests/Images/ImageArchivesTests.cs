using System.Text;
using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Tests.Support;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Images.Pulling;
using Hearth.Images.Saving;
using Hearth.Tar;

namespace Hearth.Client.Tests.Images;

/// <summary>Images go through archives to skopeo, podman and umoci and back without loss.</summary>
public sealed class ImageArchivesTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-archives-").FullName;
    private readonly HearthDirectories directories;
    private readonly ImageService images;
    private readonly ImageArchives archives;
    private readonly string[] digests = new string[2];

    public ImageArchivesTests()
    {
        directories = new HearthDirectories(Path.Combine(directory, "state"), Path.Combine(directory, "run"));
        images = new ImageService(directories, new RegistrySettings(), TimeProvider.System);
        archives = new ImageArchives(images, TimeProvider.System);
        for (int i = 0; i < digests.Length; i++)
        {
            LayoutBuilder layout = new(Path.Combine(directory, $"layout{i}"));
            layout.AddLayer(LayoutBuilder.Archive([(Entry("common"), "both")]));
            layout.AddLayer(LayoutBuilder.Archive([(Entry("own"), $"text {i}")]));
            digests[i] = layout.Finish("one", $$"""{"Cmd":["{{i}}"]}""");
        }
    }

    private HostImages Hosted => new(images, TimeProvider.System);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ArchiveFormat.DockerArchive)]
    [InlineData(ArchiveFormat.OciArchive)]
    public async Task Saved_images_are_loaded_with_their_names_and_digests(ArchiveFormat format)
    {
        await PullAsync();
        await ImageFiles.SaveAsync(Hosted, ["a/b:1", "a/b:again", "c/d", "a/b:1"], format, null, PathOf("images.tar"), Cancelled);
        ImageArchives others = new(Other(), TimeProvider.System);

        IReadOnlyList<LoadedImage> loaded = await others.LoadAsync(PathOf("images.tar"), Stream.Null, null, _ => { }, Cancelled);

        Assert.Equal([["a/b:1", "a/b:again"], ["c/d:latest"]], loaded.Select(image => image.Names.Select(name => name.Familiar)));
        Assert.Equal(loaded[0].Id, Other().Find("a/b:again").Id);
        Assert.Equal(digests, new[] { "a/b:1", "c/d" }.Select(name => Other().Find(name).Manifest.DigestText));
        Assert.Empty(Directory.EnumerateFiles(directory, "*.new"));
    }

    [Fact]
    public async Task The_same_images_give_the_same_bytes_and_an_id_gives_no_name()
    {
        await PullAsync();
        using MemoryStream first = new(), second = new(), nameless = new();
        archives.Save(["a/b:1", "c/d"], ArchiveFormat.DockerArchive, null, first, Cancelled);
        archives.Save(["a/b:1", "c/d"], ArchiveFormat.DockerArchive, null, second, Cancelled);
        archives.Save([images.Find("c/d").Id.Short], ArchiveFormat.DockerArchive, null, nameless, Cancelled);
        nameless.Position = 0;

        Assert.Equal(first.ToArray(), second.ToArray());
        Assert.Empty(Assert.Single(await new ImageArchives(Other(), TimeProvider.System).LoadAsync(null, nameless, null, _ => { }, Cancelled)).Names);
        Assert.Equal(digests[1], Assert.Single(Other().List()).Manifest.DigestText);
    }

    /// <summary>As docker does.</summary>
    [Fact]
    public async Task A_repository_without_a_tag_is_saved_with_all_its_tags()
    {
        await PullAsync();
        images.Tag("c/d", "a/b:other");
        images.Tag("c/d", "a/b/c:1");
        using MemoryStream saved = new();
        archives.Save(["a/b"], ArchiveFormat.DockerArchive, null, saved, Cancelled);
        saved.Position = 0;

        IReadOnlyList<LoadedImage> loaded = await new ImageArchives(Other(), TimeProvider.System).LoadAsync(null, saved, null, _ => { }, Cancelled);

        Assert.Equal(["a/b:1", "a/b:again", "a/b:other"], loaded.SelectMany(image => image.Names).Select(name => name.Familiar).Order());
        Assert.Contains("no such image: a;", Assert.Throws<HearthException>(() => archives.Save(["a"], ArchiveFormat.DockerArchive, null, Stream.Null, Cancelled)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Skopeo_podman_and_umoci_read_what_is_saved()
    {
        await PullAsync();
        await ImageFiles.SaveAsync(Hosted, ["a/b:1", "c/d"], ArchiveFormat.DockerArchive, null, PathOf("docker.tar"), Cancelled);
        await ImageFiles.SaveAsync(Hosted, ["a/b:1"], ArchiveFormat.OciArchive, null, PathOf("oci.tar"), Cancelled);

        string ids = Run("""
            podman --root=podman --runroot=runroot load -q -i docker.tar >&2
            podman --root=podman --runroot=runroot images --no-trunc --format '{{.ID}}' docker.io/a/b:1
            podman --root=podman --runroot=runroot images --no-trunc --format '{{.ID}}' docker.io/c/d:latest
            skopeo copy -q docker-archive:docker.tar:docker.io/c/d:latest dir:copied
            skopeo copy -q oci-archive:oci.tar:docker.io/a/b:1 oci:unpacked:one
            umoci unpack --image unpacked:one bundle >&2
            cat bundle/rootfs/common bundle/rootfs/own
            """);

        Assert.Equal([images.Find("a/b:1").Id.ToString(), images.Find("c/d").Id.ToString(), "bothtext 0"], ids.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("docker-archive", "archive.tar", "")]
    [InlineData("oci-archive", "archive.tar", "")]
    [InlineData("docker-archive", "archive.tar.gz", "gzip archive.tar")]
    public async Task What_podman_saves_is_loaded(string format, string file, string compression)
    {
        Run($"""
            skopeo copy -q oci:layout0:one docker-archive:layout.tar:example.com/a/b:1
            podman --root=podman --runroot=runroot load -q -i layout.tar
            podman --root=podman --runroot=runroot save -q --format {format} -o archive.tar example.com/a/b:1
            {compression}
            """);

        LoadedImage loaded = Assert.Single(await archives.LoadAsync(PathOf(file), Stream.Null, null, _ => { }, Cancelled));

        Assert.Equal("example.com/a/b:1", Assert.Single(loaded.Names).Familiar);
        Assert.Equal(["0"], images.Find("example.com/a/b:1").Configuration.Config!.Cmd!);
    }

    [Theory]
    [InlineData("tar c -C tree .")]
    [InlineData("tar cz -C tree .")]
    [InlineData("tar c -C tree . | zstd")]
    public async Task A_file_systems_archive_becomes_an_image(string pack)
    {
        Run($"mkdir -p tree/etc; echo text >tree/etc/file; {pack} >root.tar");
        using FileStream root = File.OpenRead(PathOf("root.tar"));

        Digest id = await archives.ImportAsync(
            "root.tar", root, "base", ["CMD [\"/bin/sh\"]", "ENV A=1"], null, new Platform { Os = "linux", Architecture = "arm64", Variant = "v8" }, Cancelled);

        ImageSummary image = images.Find("base");
        Assert.Equal((id, "linux", "arm64", "v8"), (image.Id, image.Configuration.Os, image.Configuration.Architecture, image.Configuration.Variant));
        Assert.Equal(["/bin/sh", "A=1"], image.Configuration.Config!.Cmd!.Concat(image.Configuration.Config.Env!));
        Assert.Equal("Imported from root.tar", Assert.Single(image.Configuration.History!).Comment);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(directories.Images, "ingest")));
        Assert.Equal("text", Run($"skopeo copy -q oci:{directories.Images}:docker.io/library/base:latest oci:out:one; umoci unpack --image out:one bundle >&2; cat bundle/rootfs/etc/file").Trim());
    }

    [Fact]
    public async Task Failures_name_their_cause()
    {
        await PullAsync();
        await RefusesAsync(HearthError.ImageUnknown, "no such image: nothing", () => Task.Run(() => archives.Save(["nothing"], ArchiveFormat.DockerArchive, null, Stream.Null, Cancelled)));
        await RefusesAsync(HearthError.StorageFailed, "cannot save images to '/nonexistent/x':", () => ImageFiles.SaveAsync(Hosted, ["a/b:1"], ArchiveFormat.DockerArchive, null, "/nonexistent/x", Cancelled));
        await RefusesAsync(HearthError.ImageUnknown, "cannot read '/nonexistent':", () => archives.LoadAsync("/nonexistent", Stream.Null, null, _ => { }, Cancelled));
        await RefusesAsync(HearthError.ImageUnavailable, "cannot read 'standard input': it has neither", () => archives.LoadAsync(null, Stream.Null, null, _ => { }, Cancelled));
        await RefusesAsync(HearthError.ImageUnavailable, "cannot import '-': cannot use the layer", () => ImportAsync("x", []));
        await RefusesAsync(HearthError.InvalidRequest, "cannot use the change 'RUN x'", () => ImportAsync("", ["RUN x"]));
        await RefusesAsync(HearthError.InvalidRequest, "a name with a digest cannot be given", () => ImportAsync("", [], $"a@sha256:{new string('0', 64)}"));

        string blob = Path.Combine(directories.Images, "blobs/sha256", images.ReadManifest(images.Find("c/d")).Layers[1].Digest.Hex);
        File.WriteAllText(blob, "");
        await RefusesAsync(HearthError.ImageUnavailable, "instead of", () => ImageFiles.SaveAsync(Hosted, ["c/d"], ArchiveFormat.DockerArchive, null, PathOf("kept"), Cancelled));
        Assert.False(File.Exists(PathOf("kept")));
    }

    public void Dispose()
    {
        Run("if [ -d podman ]; then podman --root=podman --runroot=runroot rmi -af; fi");
        Directory.Delete(directory, recursive: true);
    }

    internal static TarEntry Entry(string name) =>
        new() { Type = TarEntryType.File, Name = Encoding.UTF8.GetBytes(name), Mode = 0x1a4, UserId = 0, GroupId = 0, Modified = default };

    private static async Task RefusesAsync(HearthError error, string cause, Func<Task> act)
    {
        HearthException refused = await Assert.ThrowsAsync<HearthException>(act);
        Assert.Contains(cause, refused.Message, StringComparison.Ordinal);
        Assert.Equal(error, refused.Error);
    }

    private Task<Digest> ImportAsync(string archive, string[] changes, string? name = null) =>
        archives.ImportAsync("-", new MemoryStream(Encoding.ASCII.GetBytes(archive)), name, changes, null, null, Cancelled);

    private async Task PullAsync()
    {
        foreach ((string name, int layout) in new[] { ("a/b:1", 0), ("c/d", 1) })
        {
            await images.PullAsync($"oci:{PathOf($"layout{layout}")}", null, LazyMode.Never, _ => { }, Cancelled);
            images.Tag($"localhost/layout{layout}:latest", name);
        }

        images.Tag("a/b:1", "a/b:again");
    }

    private HearthDirectories Others() => new(Path.Combine(directory, "others"), Path.Combine(directory, "run"));

    private ImageService Other() => new(Others(), new RegistrySettings(), TimeProvider.System);

    private string PathOf(string name) => Path.Combine(directory, name);

    private string Run(string script) => Tool.Run(directory, "/bin/sh", "-ec", script);
}
