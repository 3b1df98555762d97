using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>A source file that could not be served: which one and why.</summary>
/// <param name="Node">The file in its tree.</param>
/// <param name="Path">Its path below its root; bytes that are not UTF-8 are replaced.</param>
/// <param name="Error">SourceChanged or SourceUnreadable.</param>
/// <param name="Reason">What differs, or the error.</param>
public sealed record SourceFault(NodeId Node, string Path, DiskImageError Error, string Reason);
