using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Images.Indexes;
using Hearth.Images.Indexes.Foreign;
using Hearth.Images.Store;
using Hearth.Images.Traces;
using Hearth.Layers.Index;

namespace Hearth.Images.Pulling;

/// <summary>Decides which layers of an image are fetched when they are read: those that have an index.</summary>
/// <param name="store">Has indexes of layers that are there in parts.</param>
/// <param name="source">May have others.</param>
/// <param name="origin">Where a run finds the layers again; null if it cannot.</param>
internal sealed class LayerSearch(ImageStore store, IImageSource source, ImageReference? origin)
{
    /// <summary>Why layers are fetched that would have been worth an index; null if there are none.</summary>
    public string? WhyFetched { get; private set; }

    /// <summary>Sets what is known of each layer.</summary>
    /// <exception cref="ImageException">An index is missing, and must not be.</exception>
    public async Task RunAsync(Descriptor image, ImageManifest manifest, IReadOnlyList<LayerChoice> layers, LazyMode lazy, CancellationToken cancellationToken)
    {
        foreach (LayerChoice layer in layers)
        {
            layer.IsPresent = store.HasWhole(layer.Layer, layer.Content);
        }

        LayerChoice[] wanted = [.. layers.Where(layer => !layer.IsPresent && layer.Layer.Size >= ImageIndexes.LeastLayerBytes)];
        if (wanted.Length == 0)
        {
            return;
        }

        WhyFetched = lazy == LazyMode.Never ? "--lazy never was given"
            : origin is null ? "its place is no registry"
            : await FindAsync(image, manifest, wanted, cancellationToken).ConfigureAwait(false);
        if (lazy == LazyMode.Always && WhyFetched is { } reason)
        {
            throw new ImageException(ImageError.Unsupported, $"cannot read the layers of '{source.Name}' lazily: {reason}; leave out --lazy always");
        }
    }

    /// <returns>Why there are layers without an index; null if there are none.</returns>
    private async Task<string?> FindAsync(Descriptor image, ImageManifest manifest, LayerChoice[] wanted, CancellationToken cancellationToken)
    {
        foreach (LayerChoice layer in wanted)
        {
            layer.Index = store.TryReadLazyIndex(layer.Layer.Digest) is { } known && known.Content == layer.Content ? known : null;
        }

        Dictionary<Digest, Digest> unknown = wanted.Where(layer => layer.Index is null).ToDictionary(layer => layer.Layer.Digest, layer => layer.Content);
        if (unknown.Count == 0)
        {
            return null;
        }

        Task<bool> hasRanges = HasRangesAsync(wanted[0].Layer, cancellationToken);
        try
        {
            IndexSearch search = new(source);
            IReadOnlyDictionary<Digest, LayerIndex> found = await search.RunAsync(image, unknown, cancellationToken).ConfigureAwait(false);
            if (search.Trace is { } trace)
            {
                new TraceStore(store).Adopt(image.Digest, trace);
            }

            foreach (LayerChoice layer in wanted)
            {
                layer.Index ??= found.GetValueOrDefault(layer.Layer.Digest);
            }

            await FindForeignAsync(image, manifest, [.. wanted.Where(layer => layer.Index is null)], cancellationToken).ConfigureAwait(false);
        }
        catch (ImageException exception)
        {
            return $"its indexes cannot be read: {exception.Message}";
        }

        if (!await hasRanges.ConfigureAwait(false))
        {
            Array.ForEach(wanted, layer => layer.Index = null);
            return "the registry does not serve parts of layers";
        }

        int missing = wanted.Count(layer => layer.Index is null);
        return missing == 0 ? null : $"the registry has no index of {(missing == wanted.Length ? "it" : $"{missing} of its layers")}; 'hearth image index --push' makes one";
    }

    /// <summary>Reads the last byte of a layer. Any other failure will show itself when the layer is read.</summary>
    private async Task<bool> HasRangesAsync(Descriptor layer, CancellationToken cancellationToken)
    {
        try
        {
            await source.ReadRangeAsync(layer, layer.Size - 1, new byte[1], cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ImageException exception)
        {
            return exception.Error != ImageError.Unsupported;
        }
    }

    private async Task FindForeignAsync(Descriptor image, ImageManifest manifest, LayerChoice[] wanted, CancellationToken cancellationToken)
    {
        if (wanted.Length == 0)
        {
            return;
        }

        (Descriptor, Digest)[] layers = [.. wanted.Select(layer => (layer.Layer, layer.Content))];
        IReadOnlyDictionary<Digest, LayerIndex> found = await new ForeignIndexes(source).FindAsync(image, manifest, layers, cancellationToken).ConfigureAwait(false);
        foreach (LayerChoice layer in wanted)
        {
            layer.Index = found.GetValueOrDefault(layer.Layer.Digest);
        }
    }
}
