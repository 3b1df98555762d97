using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>Tells people what of a tree a SquashFS has no place for.</summary>
internal static class SquashFsLosses
{
    /// <param name="tree">That had them.</param>
    /// <param name="listed">From <see cref="AccessLists.Remove"/>.</param>
    public static IReadOnlyList<string> OfAccessLists(Tree tree, IReadOnlyList<NodeId> listed) => listed.Count == 0
        ? []
        : [$"SquashFS has no place for {listed.Count} access control lists, the first of '{tree.TextPathOf(listed[0])}': left out, and the modes of the files narrowed so that nobody may do more"];
}
