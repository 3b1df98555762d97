using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Images.Lazy;
using Hearth.Images.Store;
using Hearth.Images.Traces;

namespace Hearth.Images.Pulling;

/// <summary>Fetches an image into the store: all of it, or all but layers that are read in parts.</summary>
/// <param name="store">Receives it.</param>
/// <param name="source">Has it.</param>
/// <param name="progress">Receives what happens to each layer, from several threads.</param>
public sealed class ImagePull(ImageStore store, IImageSource source, Action<LayerProgress> progress)
{
    /// <summary>As in docker: more gain nothing, since the processors are busy.</summary>
    private const int LayersAtOnce = 3;

    /// <summary>Fetches all of the image.</summary>
    /// <param name="name">The name that the image gets; null for none.</param>
    /// <param name="platform">Chooses from an index.</param>
    /// <param name="cancellationToken">Stops; the next pull goes on where this one was.</param>
    /// <exception cref="ImageException">The image cannot be fetched or stored.</exception>
    public Task<PulledImage> RunAsync(ImageReference? name, Platform platform, CancellationToken cancellationToken) =>
        RunAsync(name, platform, LazyMode.Never, origin: null, cancellationToken);

    /// <param name="name">The name that the image gets; null for none.</param>
    /// <param name="platform">Chooses from an index.</param>
    /// <param name="lazy">Whether layers may be left out that can be read in parts.</param>
    /// <param name="origin">Where a run finds such layers again; null if it cannot.</param>
    /// <param name="cancellationToken">Stops; the next pull goes on where this one was.</param>
    /// <exception cref="ImageException">The image cannot be fetched or stored.</exception>
    public async Task<PulledImage> RunAsync(ImageReference? name, Platform platform, LazyMode lazy, ImageReference? origin, CancellationToken cancellationToken)
    {
        ImageResolution resolution = await ImageResolution.RunAsync(source, platform, cancellationToken).ConfigureAwait(false);
        store.PrepareDrafts();
        ImageManifest manifest = ManifestReading.ReadManifest(resolution.Document);
        StoreBudget budget = StoreBudget.Reserve(store, source.Name, manifest.Layers.DistinctBy(layer => layer.Digest).Where(layer => !store.HasBlob(layer)).Sum(layer => layer.Size));

        // Nothing is removed while the image is incomplete.
        using StoreGate gate = StoreGate.Share(store.Paths.Gate);
        Digest? before = name is null ? null : store.Find(name)?.Manifest.Digest;
        bool isNew = before != resolution.Manifest.Digest;
        ImageConfiguration configuration = await ReadConfigurationAsync(manifest, cancellationToken).ConfigureAwait(false);
        LayerChoice[] layers =
        [
            .. manifest.Layers.Zip(configuration.Rootfs?.DiffIds.Select(Digest.Parse) ?? []).DistinctBy(layer => layer.First.Digest).Select(layer => new LayerChoice(layer.First, layer.Second)),
        ];
        PulledLayers pulled = await FetchLayersAsync(resolution.Manifest, manifest, layers, lazy, origin, budget, cancellationToken).ConfigureAwait(false);
        store.WriteBlob(resolution.Manifest.Digest, resolution.Document.Bytes);
        if (before is { } older && new TraceStore(store).TryReadBytes(older) is { } trace)
        {
            // Another build of the same image: most of its files are the same.
            new TraceStore(store).Adopt(resolution.Manifest.Digest, trace);
        }

        store.Name(name, resolution.Manifest, resolution.Source);
        return new PulledImage(name, resolution.Manifest, resolution.Source, isNew, pulled);
    }

    private async Task<ImageConfiguration> ReadConfigurationAsync(ImageManifest manifest, CancellationToken cancellationToken)
    {
        Descriptor descriptor = manifest.Config!;
        if (store.TryReadBlob(descriptor) is { } stored)
        {
            return ManifestReading.ReadConfiguration(stored, manifest, source.Name);
        }

        if (descriptor.Size > ManifestReading.MostConfigurationBytes)
        {
            throw new ImageException(
                ImageError.Malformed, $"cannot use the image '{source.Name}': its configuration has {descriptor.Size} bytes, and at most {ManifestReading.MostConfigurationBytes} are supported");
        }

        byte[] bytes = await source.ReadBlobAsync(descriptor, cancellationToken).ConfigureAwait(false);
        ImageConfiguration configuration = ManifestReading.ReadConfiguration(bytes, manifest, source.Name);
        store.WriteBlob(descriptor.Digest, bytes);
        return configuration;
    }

    /// <exception cref="ImageException">A layer cannot be fetched, or its index is missing and must not be.</exception>
    private async Task<PulledLayers> FetchLayersAsync(
        Descriptor image, ImageManifest manifest, LayerChoice[] layers, LazyMode lazy, ImageReference? origin, StoreBudget budget, CancellationToken cancellationToken)
    {
        foreach (LayerChoice layer in layers)
        {
            progress(new LayerProgress(layer.Layer.Digest, LayerState.Waiting, 0, layer.Layer.Size));
        }

        LayerSearch search = new(store, source, origin);
        await search.RunAsync(image, manifest, layers, lazy, cancellationToken).ConfigureAwait(false);
        foreach (LayerChoice layer in layers.Where(layer => layer.Index is not null))
        {
            // A type that is not supported is refused at once, and not when the layer is read.
            _ = LayerPull.CompressionOf(layer.Layer);
            LazyFiles.TryOpen(store.Paths, layer.Layer, layer.Content, layer.Index!, origin: $"{origin!.Repository}")?.Dispose();
            progress(new LayerProgress(layer.Layer.Digest, LayerState.Indexed, 0, layer.Layer.Size));
        }

        await Parallel.ForEachAsync(
            layers.Where(layer => layer.Index is null),
            new ParallelOptions { MaxDegreeOfParallelism = LayersAtOnce, CancellationToken = cancellationToken },
            async (layer, token) => await new LayerPull(store, source, budget, progress).RunAsync(layer.Layer, layer.Content, token).ConfigureAwait(false)).ConfigureAwait(false);
        return new PulledLayers(
            layers.Where(layer => layer.IsPresent).Sum(layer => layer.Layer.Size),
            layers.Where(layer => !layer.IsPresent && layer.Index is null).Sum(layer => layer.Layer.Size),
            layers.Where(layer => layer.Index is not null).Sum(layer => layer.Layer.Size),
            search.WhyFetched);
    }
}
