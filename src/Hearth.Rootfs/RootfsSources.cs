using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.FileTree;

namespace Hearth.Rootfs;

/// <summary>What a root is made of: where it comes from, and what is laid over it. Walked as one tree, read as one content.</summary>
internal static class RootfsSources
{
    /// <exception cref="HearthException">A source of a bind cannot be taken, or its destination not be used.</exception>
    /// <exception cref="FileTreeException">The root cannot be taken.</exception>
    public static WalkedTree Walk(IRootSource source, IReadOnlyList<RootfsBind> binds, CancellationToken cancellationToken) =>
        LayBinds(source.Walk(cancellationToken), source, binds, cancellationToken);

    /// <summary>The tree of a source with the binds laid over it.</summary>
    /// <exception cref="HearthException">A source of a bind cannot be taken, or its destination not be used.</exception>
    public static WalkedTree LayBinds(WalkedTree tree, IRootSource source, IReadOnlyList<RootfsBind> binds, CancellationToken cancellationToken)
    {
        try
        {
            TreeLayer[] layers = [.. binds.Select(bind => new TreeLayer(
                bind.Destination,
                DirectoryWalker.WalkSource(bind.Source, new WalkOptions { CrossMounts = bind.Recursive }, cancellationToken)))];
            return TreeOverlay.Apply(tree, layers);
        }
        catch (FileTreeException exception)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot lay the binds over '{source.Name}': {exception.Message}", exception);
        }
    }

    /// <summary>The content of a tree from <see cref="Walk"/> with the same source and binds.</summary>
    /// <exception cref="Hearth.Linux.LinuxException">A source cannot be opened.</exception>
    public static IContentSource Open(WalkedTree tree, IRootSource source, IReadOnlyList<RootfsBind> binds) =>
        source.Open(tree, [.. binds.Select(bind => new ContentRoot(bind.Source, bind.Recursive))]);
}
