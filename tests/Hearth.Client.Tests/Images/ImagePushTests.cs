using System.Collections.Concurrent;
using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Tests.Support;
using Hearth.Images.Pulling;

namespace Hearth.Client.Tests.Images;

/// <summary>A push sends what the registry does not have in another repository, as far as the store knows.</summary>
public sealed class ImagePushTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-push-").FullName;
    private readonly DebianRegistry registry;
    private readonly ImageService images;

    public ImagePushTests()
    {
        registry = new DebianRegistry(Directory.CreateDirectory(Path.Combine(directory, "registry")).FullName);
        images = new ImageService(new HearthDirectories(Path.Combine(directory, "state"), Path.Combine(directory, "run")), new RegistrySettings(), TimeProvider.System);
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        registry.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Layers_of_another_repository_of_the_registry_are_mounted()
    {
        byte[] common = LayoutBuilder.Archive([(ImageArchivesTests.Entry("common"), "both")]);
        foreach (string name in new[] { "first", "second" })
        {
            LayoutBuilder layout = new(Path.Combine(directory, name));
            layout.AddLayer(common);
            layout.AddLayer(LayoutBuilder.Archive([(ImageArchivesTests.Entry(name), name)]));
            layout.Finish("one");
            await images.PullAsync($"oci:{Path.Combine(directory, name)}:one", null, LazyMode.Never, _ => { }, Cancelled);
            images.Tag($"localhost/{name}:one", $"{registry.Host}/{name}:1");
        }

        Assert.Equal([BlobWriting.Sent, BlobWriting.Sent, BlobWriting.Sent], await PushAsync("first"));
        Assert.Equal([BlobWriting.Mounted, BlobWriting.Sent, BlobWriting.Sent], await PushAsync("second"));
        Assert.Equal([BlobWriting.Existed, BlobWriting.Existed, BlobWriting.Existed], await PushAsync("second"));
    }

    /// <summary>How each blob came, in the order of the manifest, the configuration last.</summary>
    private async Task<BlobWriting[]> PushAsync(string name)
    {
        ConcurrentDictionary<string, BlobWriting> writings = new();
        string text = $"{registry.Host}/{name}:1";
        await images.PushAsync(text, (blob, writing) => writings[blob.DigestText] = writing, Cancelled);
        return [.. images.ReadManifest(images.Find(text)).Layers.Append(images.ReadManifest(images.Find(text)).Config!).Select(blob => writings[blob.DigestText])];
    }
}
