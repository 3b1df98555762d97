using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Distribution.Tests.Support;
using Hearth.Images.Pulling;

namespace Hearth.Client.Tests.Images;

/// <summary>An image's layers are listed with the images that share them.</summary>
public sealed class ImageLayerTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("hearth-layers-").FullName;

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task Layers_name_the_images_that_share_them()
    {
        ImageService images = new(new HearthDirectories(Path.Combine(directory, "state"), Path.Combine(directory, "run")), new RegistrySettings(), TimeProvider.System);
        foreach (string name in new[] { "one", "two" })
        {
            LayoutBuilder layout = new(Path.Combine(directory, name));
            layout.AddLayer(LayoutBuilder.Archive());
            layout.AddLayer(LayoutBuilder.Archive([(ImageArchivesTests.Entry(name), name)]));
            layout.Finish("latest");
            await images.PullAsync($"oci:{Path.Combine(directory, name)}", null, LazyMode.Never, _ => { }, TestContext.Current.CancellationToken);
        }

        IReadOnlyList<ImageLayer> layers = images.ListLayers(images.Find("localhost/one"));

        Assert.Equal([["localhost/two:latest"], []], layers.Select(layer => layer.SharedWith));
        Assert.Equal([1024, 2048], layers.Select(layer => layer.SizeInBytes));
        Assert.All(layers, layer => Assert.Null(layer.Step));
    }
}
