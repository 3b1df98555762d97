namespace Hearth.FileTree.Overlaying;

/// <summary>A node of an overlay that has no number yet: a node of a layer, or a directory that was made for a destination.</summary>
/// <param name="Layer">Index of the tree; <see cref="Made"/> for a directory that is in no tree.</param>
/// <param name="Node">The node in that tree, or the number of the made directory.</param>
internal readonly record struct Place(int Layer, NodeId Node)
{
    public const int Made = -1;

    public static Place Root => new(0, Tree.Root);
}
