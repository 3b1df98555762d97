using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Images.Pulling;

/// <summary>An image that is in the store.</summary>
/// <param name="Name">The name that it got; null for none.</param>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Source">What the source's name stood for: the manifest itself, or an index with it.</param>
/// <param name="IsNew">False if the store had all of it under this name.</param>
/// <param name="Layers">How its layers came to the store.</param>
public sealed record PulledImage(ImageReference? Name, Descriptor Manifest, Digest Source, bool IsNew, PulledLayers Layers);
