using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>
/// Lays out a tree as one file system image. Pure: the same tree gives the same bytes; no clock, no file access, no
/// dictionary order.
/// </summary>
public interface IImagePlanner
{
    ImageFormat Format { get; }

    /// <exception cref="DiskImageException">The tree does not fit the format (an offset, size or count beyond its fields).</exception>
    ImagePlan Plan(Tree tree, CancellationToken cancellationToken = default);
}
