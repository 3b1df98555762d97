namespace Hearth.DiskImages;

/// <summary>A source that a <see cref="DirectoryContent"/> reads from.</summary>
/// <param name="Path">Symbolic links in it are followed.</param>
/// <param name="CrossMounts">Whether files beneath it may lie on other mounts: to be set where the tree was walked so.</param>
public sealed record ContentRoot(string Path, bool CrossMounts)
{
    /// <summary>
    /// Whether somebody vouches that this is the tree, though mounted elsewhere than where it was walked: device and inode
    /// numbers are not compared then, sizes and times are.
    /// </summary>
    public bool IsDeclared { get; init; }
}
