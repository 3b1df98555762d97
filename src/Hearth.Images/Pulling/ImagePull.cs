using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Images.Store;

namespace Hearth.Images.Pulling;

/// <summary>Fetches a whole image into the store.</summary>
/// <param name="store">Receives it.</param>
/// <param name="source">Has it.</param>
/// <param name="progress">Receives what happens to each layer, from several threads.</param>
public sealed class ImagePull(ImageStore store, IImageSource source, Action<LayerProgress> progress)
{
    /// <summary>As in docker: more gain nothing, since the processors are busy.</summary>
    private const int LayersAtOnce = 3;

    /// <param name="name">The name that the image gets; null for none.</param>
    /// <param name="platform">Chooses from an index.</param>
    /// <param name="cancellationToken">Stops; the next pull goes on where this one was.</param>
    /// <exception cref="ImageException">The image cannot be fetched or stored.</exception>
    public async Task<PulledImage> RunAsync(ImageReference? name, Platform platform, CancellationToken cancellationToken)
    {
        ImageResolution resolution = await ImageResolution.RunAsync(source, platform, cancellationToken).ConfigureAwait(false);
        store.PrepareDrafts();
        ImageManifest manifest = ManifestReading.ReadManifest(resolution.Document);
        StoreBudget budget = StoreBudget.Reserve(store, source.Name, manifest.Layers.DistinctBy(layer => layer.Digest).Where(layer => !store.HasBlob(layer)).Sum(layer => layer.Size));

        // Nothing is removed while the image is incomplete.
        using StoreGate gate = StoreGate.Share(store.Paths.Gate);
        bool isNew = name is null || store.Find(name)?.Manifest.Digest != resolution.Manifest.Digest;
        ImageConfiguration configuration = await ReadConfigurationAsync(manifest, cancellationToken).ConfigureAwait(false);
        await FetchLayersAsync(manifest, configuration, budget, cancellationToken).ConfigureAwait(false);
        store.WriteBlob(resolution.Manifest.Digest, resolution.Document.Bytes);
        store.Name(name, resolution.Manifest, resolution.Source);
        return new PulledImage(name, resolution.Manifest, resolution.Source, isNew);
    }

    private async Task<ImageConfiguration> ReadConfigurationAsync(ImageManifest manifest, CancellationToken cancellationToken)
    {
        Descriptor descriptor = manifest.Config!;
        if (store.HasBlob(descriptor))
        {
            return store.ReadConfiguration(manifest, source.Name);
        }

        if (descriptor.Size > ManifestReading.MostConfigurationBytes)
        {
            throw new ImageException(
                ImageError.Malformed, $"cannot use the image '{source.Name}': its configuration has {descriptor.Size} bytes, and at most {ManifestReading.MostConfigurationBytes} are supported");
        }

        byte[] bytes = new byte[descriptor.Size];
        using (Stream stream = await source.OpenBlobAsync(descriptor, 0, cancellationToken).ConfigureAwait(false))
        {
            await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
        }

        ImageConfiguration configuration = ManifestReading.ReadConfiguration(bytes, manifest, source.Name);
        store.WriteBlob(descriptor.Digest, bytes);
        return configuration;
    }

    private async Task FetchLayersAsync(ImageManifest manifest, ImageConfiguration configuration, StoreBudget budget, CancellationToken cancellationToken)
    {
        (Descriptor Layer, Digest Content)[] layers = [.. manifest.Layers.Zip(configuration.Rootfs?.DiffIds.Select(Digest.Parse) ?? []).DistinctBy(layer => layer.First.Digest)];
        foreach ((Descriptor layer, _) in layers)
        {
            progress(new LayerProgress(layer.Digest, LayerState.Waiting, 0, layer.Size));
        }

        await Parallel.ForEachAsync(
            layers,
            new ParallelOptions { MaxDegreeOfParallelism = LayersAtOnce, CancellationToken = cancellationToken },
            async (layer, token) => await new LayerPull(store, source, budget, progress).RunAsync(layer.Layer, layer.Content, token).ConfigureAwait(false)).ConfigureAwait(false);
    }
}
