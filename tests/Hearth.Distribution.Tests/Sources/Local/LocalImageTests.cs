using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Local;
using Hearth.Distribution.Tests.Support;
using Hearth.Guest.Init.Tests.Support;
using Hearth.Images.Pulling;
using Hearth.Images.Store;

namespace Hearth.Distribution.Tests.Sources.Local;

/// <summary>Images in directories, as skopeo writes them, are pulled like those of registries.</summary>
public sealed class LocalImageTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-local-tests-").FullName;
    private readonly string digest;

    public LocalImageTests()
    {
        LayoutBuilder layout = new(Path.Combine(directory, "layout"));
        layout.AddLayer(LayoutBuilder.Archive());
        digest = layout.Finish("one");
    }

    [Theory]
    [InlineData("oci:layout")]
    [InlineData("oci:layout:one")]
    [InlineData("dir:plain")]
    public async Task An_image_is_pulled_from_a_directory(string location)
    {
        Tool.Run(directory, "skopeo", "copy", "-q", "oci:layout:one", "dir:plain");
        ImageStore store = new(Path.Combine(directory, "store"));
        await using IImageSource source = await OpenAsync(location);

        PulledImage pulled = await new ImagePull(store, source, _ => { }).RunAsync(ImageReference.Parse("a/b:1"), PlatformChoice.Host, TestContext.Current.CancellationToken);

        Assert.Equal(digest, pulled.Manifest.DigestText);
        Assert.Equal("a/b:1", Assert.Single(store.List()).Reference!.Familiar);
        Assert.True(store.HasLayer(store.ReadManifest(pulled.Manifest).Layers[0].Digest));
        Tool.Run(directory, "skopeo", "inspect", "oci:store:docker.io/a/b:1");
    }

    [Fact]
    public async Task A_layer_that_the_disk_damaged_is_fetched_again()
    {
        ImageStore store = new(Path.Combine(directory, "store"));
        await using IImageSource source = await OpenAsync("oci:layout");
        ImagePull pull = new(store, source, _ => { });
        PulledImage pulled = await pull.RunAsync(ImageReference.Parse("a/b:1"), PlatformChoice.Host, TestContext.Current.CancellationToken);
        string hex = store.ReadManifest(pulled.Manifest).Layers[0].Digest.Hex;
        string blob = Path.Combine(store.Directory, "blobs/sha256", hex);
        byte[] right = File.ReadAllBytes(blob);
        File.WriteAllBytes(blob, new byte[right.Length]);
        File.Delete(Path.Combine(store.Directory, "layers", hex, "index"));

        await pull.RunAsync(ImageReference.Parse("a/b:1"), PlatformChoice.Host, TestContext.Current.CancellationToken);

        Assert.Equal(right, File.ReadAllBytes(blob));
        Assert.NotNull(store.TryReadIndex(store.ReadManifest(pulled.Manifest).Layers[0].Digest));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(store.Directory, "ingest")));
    }

    [Theory]
    [InlineData("oci:layout:two", ImageError.Unknown, "it has one")]
    [InlineData("oci:nothing", ImageError.Unknown, "nothing/index.json")]
    [InlineData("dir:layout", ImageError.Unknown, "layout/manifest.json")]
    public async Task What_is_not_there_is_named(string location, ImageError error, string cause)
    {
        await using IImageSource source = await OpenAsync(location);
        ImageException refused = await Assert.ThrowsAsync<ImageException>(() => source.ReadNamedAsync(TestContext.Current.CancellationToken));
        Assert.Equal(error, refused.Error);
        Assert.Contains(cause, refused.Message);
    }

    [Fact]
    public async Task A_damaged_manifest_is_refused()
    {
        string path = Path.Combine(directory, "layout/blobs/sha256", digest["sha256:".Length..]);
        File.WriteAllText(path, File.ReadAllText(path) + " ");
        await using IImageSource source = await OpenAsync("oci:layout");
        Assert.Equal(ImageError.DigestMismatch, (await Assert.ThrowsAsync<ImageException>(() => source.ReadNamedAsync(TestContext.Current.CancellationToken))).Error);
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private async Task<IImageSource> OpenAsync(string text)
    {
        string[] parts = text.Split(':', 2);
        return (await LocalImages.OpenAsync(ImageLocation.Parse($"{parts[0]}:{Path.Combine(directory, parts[1])}"), "", directory, TestContext.Current.CancellationToken)).Source;
    }
}
