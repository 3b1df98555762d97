using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.FileTree;

namespace Hearth.Rootfs;

/// <summary>A root's source and the binds over it, walked as one tree and read as one content.</summary>
internal static class RootfsSources
{
    /// <exception cref="HearthException">The source of a bind cannot be read, or its destination cannot be used.</exception>
    /// <exception cref="FileTreeException">The root cannot be read.</exception>
    public static WalkedTree Walk(IRootSource source, IReadOnlyList<RootfsBind> binds, CancellationToken cancellationToken) =>
        ApplyBinds(source.Walk(cancellationToken), source, binds, cancellationToken);

    /// <summary>The tree of a source with the binds over it.</summary>
    /// <exception cref="HearthException">The source of a bind cannot be read, or its destination cannot be used.</exception>
    public static WalkedTree ApplyBinds(WalkedTree tree, IRootSource source, IReadOnlyList<RootfsBind> binds, CancellationToken cancellationToken)
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
