using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Client.Images;

/// <summary>A name of the store with what a list shows of its image.</summary>
/// <param name="Reference">Null for an image without a name.</param>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Source">What the registry's name stood for; null if the image is from no registry.</param>
/// <param name="Added">When the name was given.</param>
/// <param name="Id">The digest of the configuration.</param>
/// <param name="Configuration">The image's configuration.</param>
/// <param name="SizeInBytes">Of its uncompressed layers.</param>
public sealed record ImageSummary(
    ImageReference? Reference, Descriptor Manifest, Digest? Source, DateTimeOffset Added, Digest Id, ImageConfiguration Configuration, long SizeInBytes)
{
    /// <summary>Whether a layer is not there, or only in parts: a run fetches what is read of it.</summary>
    public bool IsInParts { get; init; }
}
