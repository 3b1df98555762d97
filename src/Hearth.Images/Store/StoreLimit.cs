using Hearth.Containers;

namespace Hearth.Images.Store;

/// <summary>How large a store may become.</summary>
/// <param name="Most">Of all blobs and layers, on the disk.</param>
/// <param name="Reclaim">Removes what nobody needs; called before an image is refused.</param>
public sealed record StoreLimit(ByteSize Most, Action Reclaim)
{
    /// <summary>The environment variable with the limit.</summary>
    public const string Variable = "HEARTH_IMAGE_LIMIT";
}
