namespace Hearth.FileTree;

/// <summary>Something to be laid over a tree, as <c>mount --bind</c> would.</summary>
/// <param name="Destination">Where: a path in the tree it is laid over, from that tree's root on, with or without a leading slash.</param>
/// <param name="Source">What: a directory's tree, or one of a single node that is no directory (see <see cref="DirectoryWalker.WalkSource"/>).</param>
public sealed record TreeLayer(string Destination, WalkedTree Source);
