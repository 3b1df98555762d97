using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Local;

/// <summary>An image in files of this host.</summary>
/// <param name="Names">Those that its archive gives it; none for an image of a directory.</param>
/// <param name="Source">Reads it.</param>
public sealed record LocalImage(IReadOnlyList<ImageReference> Names, IImageSource Source)
{
    /// <summary>The first name; null if it has none.</summary>
    public ImageReference? Name => Names.Count > 0 ? Names[0] : null;
}
