using Hearth.DiskImages;
using Hearth.FileTree;
using Hearth.Rootfs.Cache;

namespace Hearth.Rootfs;

/// <summary>Where a root comes from: its tree, and the bytes of the tree's files. What is laid over the root is not part of it.</summary>
public interface IRootSource
{
    /// <summary>How people know it: a directory's path.</summary>
    string Name { get; }

    /// <summary>Declared never to change: a tree that a cache remembers by <see cref="FindKey"/> is not walked again.</summary>
    bool IsImmutable { get; }

    /// <summary>The key by which a cache remembers which tree this is: the source, and what is taken of it.</summary>
    /// <returns>Null where the source cannot be looked at: its walk says why.</returns>
    CacheKey? FindKey();

    /// <exception cref="FileTreeException">The source cannot be taken.</exception>
    WalkedTree Walk(CancellationToken cancellationToken);

    /// <summary>Opens the contents of a tree from <see cref="Walk"/>, or the same from a cache, with others laid over it.</summary>
    /// <param name="tree">Its nodes of origin 0 are this source's.</param>
    /// <param name="over">Where the nodes of origin 1, 2, … are from.</param>
    /// <exception cref="Hearth.Linux.LinuxException">A source cannot be opened.</exception>
    IContentSource Open(WalkedTree tree, IReadOnlyList<ContentRoot> over);

    /// <summary>A directory in which another program finds just this tree; null where there is none.</summary>
    string? FindPlainDirectory();
}
