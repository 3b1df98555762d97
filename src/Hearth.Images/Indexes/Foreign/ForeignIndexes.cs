using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Layers.Index;

namespace Hearth.Images.Indexes.Foreign;

/// <summary>Finds what others made for lazy reading: a layer's own table of contents, and then zTOCs.</summary>
/// <param name="source">Has the image.</param>
internal sealed class ForeignIndexes(IImageSource source)
{
    /// <param name="image">The image.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="layers">Those that are wanted, with the digests of their contents.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Those that were found. What is malformed or not supported is left out.</returns>
    /// <exception cref="ImageException">The source cannot be read.</exception>
    public async Task<IReadOnlyDictionary<Digest, LayerIndex>> FindAsync(
        Descriptor image, ImageManifest manifest, IReadOnlyList<(Descriptor Layer, Digest Content)> layers, CancellationToken cancellationToken)
    {
        Dictionary<Digest, LayerIndex> found = [];
        foreach ((Descriptor layer, Digest content) in layers)
        {
            if (await TryReadOwnAsync(layer, content, cancellationToken).ConfigureAwait(false) is { } index && IsUsable(index))
            {
                found.Add(layer.Digest, index);
            }
        }

        if (found.Count < layers.Count)
        {
            await FindSociAsync(image, manifest, layers, found, cancellationToken).ConfigureAwait(false);
        }

        return found.Where(pair => IsUsable(pair.Value)).ToDictionary();
    }

    /// <summary>Whether the entries are within the limits of an index.</summary>
    private static bool IsUsable(LayerIndex index)
    {
        try
        {
            return index.HasSpans && index.ReadEntries().Count() == index.EntryCount;
        }
        catch (ImageException)
        {
            return false;
        }
    }

    private async Task FindSociAsync(
        Descriptor image, ImageManifest manifest, IReadOnlyList<(Descriptor Layer, Digest Content)> layers, Dictionary<Digest, LayerIndex> found, CancellationToken cancellationToken)
    {
        try
        {
            await new SociIndexes(source).FindAsync(image, manifest, layers, found, cancellationToken).ConfigureAwait(false);
        }
        catch (ImageException exception) when (IndexSearch.IsLeftOut(exception))
        {
            // The image's own tables remain.
        }
    }

    private async Task<LayerIndex?> TryReadOwnAsync(Descriptor layer, Digest content, CancellationToken cancellationToken)
    {
        try
        {
            return await OwnTable.TryReadAsync(source, layer, content, cancellationToken).ConfigureAwait(false);
        }
        catch (ImageException exception) when (exception.Error is ImageError.Malformed or ImageError.DigestMismatch or ImageError.Unsupported)
        {
            return null;
        }
    }
}
