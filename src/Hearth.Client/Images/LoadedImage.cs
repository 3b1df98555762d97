using Hearth.Distribution.References;

namespace Hearth.Client.Images;

/// <summary>An image that came from an archive.</summary>
/// <param name="Names">The names that it got; none if the archive gives it none.</param>
/// <param name="Id">The digest of the configuration.</param>
public sealed record LoadedImage(IReadOnlyList<ImageReference> Names, Digest Id);
