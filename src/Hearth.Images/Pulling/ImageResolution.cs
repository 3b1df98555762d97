using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;

namespace Hearth.Images.Pulling;

/// <summary>From a source's name to the manifest of one platform.</summary>
/// <param name="Manifest">Names the manifest.</param>
/// <param name="Document">Its bytes.</param>
/// <param name="Source">What the name stood for: the manifest itself, or an index with it.</param>
public sealed record ImageResolution(Descriptor Manifest, Document Document, Digest Source)
{
    /// <summary>An index can hold indexes; nobody nests them deeper.</summary>
    private const int MostIndexes = 3;

    /// <exception cref="ImageException">The source has no such image, or none for the platform.</exception>
    public static async Task<ImageResolution> RunAsync(IImageSource source, Platform platform, CancellationToken cancellationToken)
    {
        Document document = await source.ReadNamedAsync(cancellationToken).ConfigureAwait(false);
        Digest named = document.Digest;
        for (int depth = 0; MediaTypes.IsIndex(document.MediaType); depth++)
        {
            if (depth == MostIndexes)
            {
                throw new ImageException(ImageError.Malformed, $"cannot use the image '{source.Name}': its indexes are nested more than {MostIndexes} deep");
            }

            Descriptor chosen = PlatformChoice.Choose(ManifestReading.ReadIndex(document), platform, source.Name);
            document = await source.ReadManifestAsync(chosen, cancellationToken).ConfigureAwait(false);
        }

        if (!MediaTypes.IsManifest(document.MediaType))
        {
            throw new ImageException(ImageError.Unsupported, $"cannot use the image '{source.Name}': its manifest is {(document.MediaType.Length == 0 ? "of no type" : document.MediaType)}");
        }

        return new ImageResolution(
            new Descriptor { MediaType = document.MediaType, DigestText = document.Digest.ToString(), Size = document.Bytes.Length }, document, named);
    }
}
