namespace Hearth.FileTree;

/// <summary>A tree or a single file that is laid over a tree, as <c>mount --bind</c> does.</summary>
/// <param name="Destination">A path in the tree beneath, from its root, with or without a leading slash.</param>
/// <param name="Source">
/// A directory's tree, or a tree of one node that is not a directory (see <see cref="DirectoryWalker.WalkSource"/>).
/// </param>
public sealed record TreeLayer(string Destination, WalkedTree Source);
