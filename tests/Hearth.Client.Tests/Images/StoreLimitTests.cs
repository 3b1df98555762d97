using System.Security.Cryptography;
using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Tests.Support;
using Hearth.Images.Pulling;

namespace Hearth.Client.Tests.Images;

/// <summary>A store with a limit takes no image with which it would be larger.</summary>
public sealed class StoreLimitTests : IDisposable
{
    private const int LayerBytes = 1 << 20;

    private readonly string directory = Directory.CreateTempSubdirectory("hearth-limit-").FullName;
    private readonly HearthDirectories directories;

    public StoreLimitTests()
    {
        directories = new HearthDirectories(Path.Combine(directory, "state"), Path.Combine(directory, "run"));
        foreach (string name in new[] { "one", "two", "three" })
        {
            LayoutBuilder layout = new(Path.Combine(directory, name));
            layout.AddLayer(LayoutBuilder.Archive([(ImageArchivesTests.Entry(name), Convert.ToHexString(RandomNumberGenerator.GetBytes(LayerBytes / 2)))]));
            layout.Finish("latest");
        }
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task An_image_without_room_is_refused_before_and_while_its_layers_come()
    {
        HearthException before = await Assert.ThrowsAsync<HearthException>(() => PullAsync("one", LayerBytes / 4));
        Assert.Equal(HearthError.StorageFailed, before.Error);
        Assert.Matches("^cannot store the image 'oci:.*one': the image store has 0 B, and with .* more it would exceed its limit of 256.0 KiB; 'hearth image prune --all'", before.Message);

        HearthException during = await Assert.ThrowsAsync<HearthException>(() => PullAsync("one", LayerBytes));
        Assert.Contains("with its uncompressed layers the image store would exceed its limit of 1.0 MiB", during.Message, StringComparison.Ordinal);
        Assert.Equal(0, Directory.EnumerateFiles(Path.Combine(directories.Images, "ingest"), "*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(directories.Images, "layers")));

        await PullAsync("one", 2 * LayerBytes);
        await PullAsync("one", 2 * LayerBytes);
    }

    [Fact]
    public async Task Images_without_a_name_make_room_and_those_with_one_stay()
    {
        await PullAsync("one", 2 * LayerBytes);
        await Assert.ThrowsAsync<HearthException>(() => PullAsync("two", 2 * LayerBytes));
        Service(null).Tag("localhost/one:latest", "kept");
        await PullAsync("two", 4 * LayerBytes);
        await Assert.ThrowsAsync<HearthException>(() => PullAsync("three", 4 * LayerBytes));
        Assert.Equal(3, Service(null).List().Count);

        Service(null).Tag("kept", "localhost/two:latest");
        Assert.Equal(4, Service(null).List().Count);
        await PullAsync("three", 4 * LayerBytes);

        Assert.Equal(["kept:latest", "localhost/one:latest", "localhost/three:latest", "localhost/two:latest"], Service(null).List().Select(image => image.Reference?.Familiar).Order());
    }

    private Task<PulledImage> PullAsync(string name, long limit) =>
        Service(new ByteSize(limit)).PullAsync($"oci:{Path.Combine(directory, name)}", null, LazyMode.Never, _ => { }, TestContext.Current.CancellationToken);

    private ImageService Service(ByteSize? limit) => new(directories, new RegistrySettings(), TimeProvider.System, limit);
}
