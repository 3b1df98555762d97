using Hearth.FileTree;

namespace Hearth.DiskImages.Packed;

/// <summary>A packed image: a file on the disk that does not need its source any more.</summary>
/// <param name="Path">The path of the file.</param>
/// <param name="DiskBytes">The bytes it takes on the disk; less than its size if it is sparse.</param>
/// <param name="LeftOut">Notes for users about what the format cannot store; usually none.</param>
public sealed record PackedImage(string Path, long DiskBytes, IReadOnlyList<string> LeftOut)
{
    /// <summary>The path where this process builds an image for the given path; a killed process leaves this file.</summary>
    public static string UnfinishedPathOf(string path) => UnfinishedImage.PathOf(path);
}

/// <summary>A tree to pack.</summary>
/// <param name="Tree">The content of the image.</param>
/// <param name="Content">The source of its files' bytes.</param>
public sealed record PackSource(Tree Tree, IContentSource Content);
