using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Images.Saving;

/// <summary>An image that goes into an archive.</summary>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Names">Those that it has in the archive; may be empty.</param>
public sealed record SavedImage(Descriptor Manifest, IReadOnlyList<ImageReference> Names);
