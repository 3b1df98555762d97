using Hearth.FileTree;

namespace Hearth.DiskImages.Packed;

/// <summary>An image that was packed: a file on the disk that needs its source no more.</summary>
/// <param name="Path">Where it stands.</param>
/// <param name="DiskBytes">What it takes there; less than its size where it is sparse.</param>
/// <param name="LeftOut">What the format has no place for, for people; mostly nothing.</param>
public sealed record PackedImage(string Path, long DiskBytes, IReadOnlyList<string> LeftOut)
{
    /// <summary>Where this process builds an image that is to stand at a path: what is left of it if the process is killed.</summary>
    public static string UnfinishedPathOf(string path) => UnfinishedImage.PathOf(path);
}

/// <summary>A tree to pack.</summary>
/// <param name="Tree">What the image is to hold.</param>
/// <param name="Content">Where its files' bytes are.</param>
public sealed record PackSource(Tree Tree, IContentSource Content);
