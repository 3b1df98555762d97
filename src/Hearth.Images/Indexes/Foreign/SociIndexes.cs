using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Layers.Index;

namespace Hearth.Images.Indexes.Foreign;

/// <summary>
/// Finds zTOCs of SOCI: in the manifest that the image's manifest names (version 2), or in those whose subject is the image
/// (version 1). Each layer of such a manifest is a zTOC, and has the digest of the image's layer in an annotation.
/// </summary>
/// <param name="source">Has the image.</param>
internal sealed class SociIndexes(IImageSource source)
{
    private const string ArtifactType = "application/vnd.amazon.soci.index.v1+json";
    private const string NamedAnnotation = "com.amazon.soci.index-digest";
    private const string LayerAnnotation = "com.amazon.soci.image-layer-digest";

    /// <summary>A zTOC has about 33 KB for each 4 MB of the uncompressed layer.</summary>
    private const long MostZtocBytes = 300 << 20;

    /// <param name="image">The image.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="layers">Those that are wanted, with the digests of their contents.</param>
    /// <param name="found">Receives those that were found.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ImageException">The source cannot be read.</exception>
    public async Task FindAsync(
        Descriptor image, ImageManifest manifest, IReadOnlyList<(Descriptor Layer, Digest Content)> layers, Dictionary<Digest, LayerIndex> found, CancellationToken cancellationToken)
    {
        foreach (Descriptor artifact in await ListAsync(image, manifest, cancellationToken).ConfigureAwait(false))
        {
            Document document = await source.ReadManifestAsync(artifact, cancellationToken).ConfigureAwait(false);
            foreach (Descriptor ztoc in ManifestReading.ReadManifest(document).Layers)
            {
                (Descriptor layer, Digest content) = layers.FirstOrDefault(layer => !found.ContainsKey(layer.Layer.Digest) && LayerOf(ztoc) == layer.Layer.DigestText);
                if (layer is not null && await TryReadAsync(ztoc, layer, content, cancellationToken).ConfigureAwait(false) is { } index)
                {
                    found.Add(layer.Digest, index);
                }
            }
        }
    }

    private async Task<IReadOnlyList<Descriptor>> ListAsync(Descriptor image, ImageManifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.Annotations is { } annotations && annotations.TryGetValue(NamedAnnotation, out string? named) && Digest.TryParse(named, out _))
        {
            return [new Descriptor { MediaType = MediaTypes.OciManifest, DigestText = named, Size = Descriptor.UnknownSize }];
        }

        // Registries list what was pushed last at the end.
        return [.. (await source.ListReferrersAsync(image.Digest, ArtifactType, cancellationToken).ConfigureAwait(false)).Reverse()];
    }

    private static string? LayerOf(Descriptor ztoc) => ztoc.Annotations is { } annotations && annotations.TryGetValue(LayerAnnotation, out string? layer) ? layer : null;

    /// <returns>Null if the blob is no zTOC of the layer, or is damaged.</returns>
    private async Task<LayerIndex?> TryReadAsync(Descriptor ztoc, Descriptor layer, Digest content, CancellationToken cancellationToken)
    {
        if (ztoc.Size is <= 0 or > MostZtocBytes)
        {
            return null;
        }

        try
        {
            return ZtocReading.Read(await source.ReadBlobAsync(ztoc, cancellationToken).ConfigureAwait(false), layer, content);
        }
        catch (ImageException exception) when (exception.Error == ImageError.Unsupported || IndexSearch.IsLeftOut(exception))
        {
            return null;
        }
    }
}
