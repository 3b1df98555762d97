namespace Hearth.FileTree.Overlaying;

/// <summary>A node of an overlay before it has its number: one of a layer's, or a directory that was made for a destination.</summary>
/// <param name="Layer">Index of the tree; <see cref="Made"/> for a directory that is in none.</param>
/// <param name="Node">The node in that tree, or the number of the made directory.</param>
internal readonly record struct Place(int Layer, NodeId Node)
{
    public const int Made = -1;

    public static Place Root => new(0, Tree.Root);
}
