using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.FileTree;
using Hearth.Rootfs.Cache;

namespace Hearth.Rootfs;

/// <summary>A directory of the host as a root.</summary>
/// <param name="path">Symbolic links in it are followed.</param>
/// <param name="options">What part of the directory is taken, and whether it is declared immutable.</param>
public sealed class DirectoryRoot(string path, RootfsOptions options) : IRootSource
{
    /// <summary>
    /// Directories over which a guest mounts its own file systems. If mounts are crossed, the host's would be walked for nothing.
    /// Some links of /proc cannot even be read by root.
    /// </summary>
    private static readonly string[] guestsOwn = ["proc/*", "sys/*", "dev/*"];

    public string Name => path;

    public bool IsImmutable => options.Immutable is not null;

    public CacheKey? FindKey() => RootName.Of(path, options);

    public WalkedTree Walk(CancellationToken cancellationToken)
    {
        string[] exclude = [.. options.Exclude, .. options.CrossMounts ? guestsOwn : []];
        return DirectoryWalker.Walk(
            path,
            new WalkOptions { CrossMounts = options.CrossMounts, Include = options.Include, Exclude = exclude },
            cancellationToken);
    }

    public IContentSource Open(WalkedTree tree, IReadOnlyList<ContentRoot> over) => new DirectoryContent(
        tree, [new ContentRoot(path, options.CrossMounts) { IsDeclared = options.Immutable?.Digest is not null }, .. over]);

    /// <summary>
    /// The directory itself if the tree is all of it: nothing is left out, it is no symbolic link, and nothing is mounted beneath
    /// it.
    /// </summary>
    public string? FindPlainDirectory()
    {
        string beneath = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)) + "/";
        bool isPlain = options.Include.Count + options.Exclude.Count == 0
            && new DirectoryInfo(path).ResolveLinkTarget(returnFinalTarget: true) is null
            && !File.ReadLines("/proc/self/mounts").Any(line => line.Split(' ')[1].StartsWith(beneath, StringComparison.Ordinal));
        return isPlain ? path : null;
    }
}
