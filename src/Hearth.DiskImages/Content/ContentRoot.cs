namespace Hearth.DiskImages;

/// <summary>A source that a <see cref="DirectoryContent"/> reads from.</summary>
/// <param name="Path">Symbolic links in it are followed.</param>
/// <param name="CrossMounts">Whether files beneath it may be on other mounts; set it if the tree was walked across mounts.</param>
public sealed record ContentRoot(string Path, bool CrossMounts)
{
    /// <summary>
    /// Whether the caller declares that this is the walked tree, although mounted at another place. Device and inode numbers
    /// are then not compared; sizes and times are.
    /// </summary>
    public bool IsDeclared { get; init; }
}
