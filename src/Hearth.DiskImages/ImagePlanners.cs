using Hearth.DiskImages.Erofs;
using Hearth.DiskImages.SquashFs;

namespace Hearth.DiskImages;

/// <summary>The planner of each format.</summary>
public static class ImagePlanners
{
    /// <summary>Raise it when a planner lays out the same tree differently, since plans are cached.</summary>
    public const int Version = 3;

    /// <exception cref="DiskImageException">There is no planner for the format.</exception>
    public static IImagePlanner For(ImageFormat format) => format switch
    {
        ImageFormat.Erofs => new ErofsPlanner(),
        ImageFormat.SquashFs => new SquashFsPlanner(),
        _ => throw new DiskImageException(DiskImageError.Unsupported, $"there is no planner for the format {format}"),
    };
}
