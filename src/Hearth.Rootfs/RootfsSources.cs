using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.FileTree;

namespace Hearth.Rootfs;

/// <summary>What a root is made of: a directory, and what is laid over it. Walked as one tree, read as one content.</summary>
internal static class RootfsSources
{
    /// <summary>
    /// What a guest mounts anew over whatever is there. Where mounts are crossed the host's would be walked, for nothing:
    /// some links of /proc may not even be read by root.
    /// </summary>
    private static readonly string[] GuestsOwn = ["proc/*", "sys/*", "dev/*"];

    /// <exception cref="RuntimeException">A source of a bind cannot be taken, or its destination not be used.</exception>
    /// <exception cref="FileTreeException">The directory cannot be taken.</exception>
    public static Tree Walk(string directory, RootfsOptions options, CancellationToken cancellationToken)
    {
        string[] exclude = [.. options.Exclude, .. options.CrossMounts ? GuestsOwn : []];
        Tree tree = DirectoryWalker.Walk(
            directory,
            new WalkOptions { CrossMounts = options.CrossMounts, Include = options.Include, Exclude = exclude },
            cancellationToken);
        return LayBinds(tree, directory, options, cancellationToken);
    }

    /// <summary>The tree of a directory with the binds laid over it.</summary>
    /// <exception cref="RuntimeException">A source of a bind cannot be taken, or its destination not be used.</exception>
    public static Tree LayBinds(Tree tree, string directory, RootfsOptions options, CancellationToken cancellationToken)
    {
        try
        {
            TreeLayer[] layers = [.. options.Binds.Select(bind => new TreeLayer(
                bind.Destination,
                DirectoryWalker.WalkSource(bind.Source, new WalkOptions { CrossMounts = bind.Recursive }, cancellationToken)))];
            return TreeOverlay.Lay(tree, layers);
        }
        catch (FileTreeException exception)
        {
            throw new RuntimeException(RuntimeError.InvalidRequest, $"cannot lay the binds over '{directory}': {exception.Message}", exception);
        }
    }

    /// <summary>The content of a tree from <see cref="Walk"/> with the same directory and options.</summary>
    /// <exception cref="Hearth.Linux.LinuxException">A source cannot be opened.</exception>
    public static DirectoryContent Open(Tree tree, string directory, RootfsOptions options) => new(
        tree,
        [new ContentRoot(directory, options.CrossMounts) { IsDeclared = options.Immutable?.Digest is not null }, .. options.Binds.Select(bind => new ContentRoot(bind.Source, bind.Recursive))]);
}
