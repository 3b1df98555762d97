using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.FileTree;
using Hearth.Rootfs.Cache;

namespace Hearth.Rootfs;

/// <summary>The source of a root: its tree, and the bytes of the tree's files. Binds over the root are not part of it.</summary>
public interface IRootSource
{
    /// <summary>The name shown to users: a directory's path, or an image's name.</summary>
    string Name { get; }

    /// <summary>
    /// Whether the source is declared never to change. A tree that a cache stores by <see cref="FindKey"/> is then not walked
    /// again.
    /// </summary>
    bool IsImmutable { get; }

    /// <summary>The key by which a cache identifies the tree: the source, and the selected part of it.</summary>
    /// <returns>Null if the source cannot be examined; <see cref="Walk"/> then reports why.</returns>
    CacheKey? FindKey();

    /// <exception cref="FileTreeException">The source cannot be read.</exception>
    /// <exception cref="HearthException">An image's source is not there.</exception>
    WalkedTree Walk(CancellationToken cancellationToken);

    /// <summary>Opens the contents of a tree from <see cref="Walk"/> or of the same tree from a cache, with other trees over it.</summary>
    /// <param name="tree">Its nodes of origin 0 belong to this source.</param>
    /// <param name="over">The sources of the nodes of origin 1, 2, …</param>
    /// <exception cref="Hearth.Linux.LinuxException">A source cannot be opened.</exception>
    /// <exception cref="HearthException">An image's source is not there.</exception>
    IContentSource Open(WalkedTree tree, IReadOnlyList<ContentRoot> over);

    /// <summary>A directory with exactly this tree, for another program; null if there is none.</summary>
    string? FindPlainDirectory();
}
