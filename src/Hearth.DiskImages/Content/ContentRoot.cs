namespace Hearth.DiskImages;

/// <summary>A source that a <see cref="DirectoryContent"/> reads from.</summary>
/// <param name="Path">Symbolic links in it are followed.</param>
/// <param name="CrossMounts">Whether files beneath it may lie on other mounts: to be set where the tree was walked so.</param>
public sealed record ContentRoot(string Path, bool CrossMounts);
