using Hearth.Distribution.Manifests;

namespace Hearth.Client.Images;

/// <summary>A layer of an image of the store.</summary>
/// <param name="Layer">As the manifest names it.</param>
/// <param name="Step">The step of the image's history that made it; null if the history does not say.</param>
/// <param name="SizeInBytes">Uncompressed; 0 if it is not in the store.</param>
/// <param name="SharedWith">The other images with this layer, by their names or else ids.</param>
public sealed record ImageLayer(Descriptor Layer, HistoryEntry? Step, long SizeInBytes, IReadOnlyList<string> SharedWith);
