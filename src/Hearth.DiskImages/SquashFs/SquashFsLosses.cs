using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>Notes for users about what SquashFS cannot store of a tree.</summary>
internal static class SquashFsLosses
{
    /// <param name="tree">The tree that had the lists.</param>
    /// <param name="listed">From <see cref="AccessLists.Remove"/>.</param>
    public static IReadOnlyList<string> OfAccessLists(Tree tree, IReadOnlyList<NodeId> listed) => listed.Count == 0
        ? []
        : [$"SquashFS cannot store {listed.Count} access control lists, the first of '{tree.TextPathOf(listed[0])}'; they are left out, and the files' modes are narrowed so that nobody gains access"];
}
