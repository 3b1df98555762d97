using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Images.Store;

/// <summary>A name of the store, and the manifest that it stands for.</summary>
/// <param name="Reference">Null for an image whose last name was given to another one.</param>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Source">What the registry's name stood for: the manifest itself, or an index with it. Null if the image is from no registry.</param>
/// <param name="Added">When the name was given.</param>
public sealed record StoredImage(ImageReference? Reference, Descriptor Manifest, Digest? Source, DateTimeOffset Added);
