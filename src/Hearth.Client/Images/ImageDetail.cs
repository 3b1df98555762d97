using Hearth.Distribution.Manifests;

namespace Hearth.Client.Images;

/// <summary>An image with what its manifest says.</summary>
/// <param name="Image">Its name and configuration.</param>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Layers">The lowest first.</param>
public sealed record ImageDetail(ImageSummary Image, ImageManifest Manifest, IReadOnlyList<ImageLayer> Layers);
