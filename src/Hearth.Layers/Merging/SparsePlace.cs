using Hearth.Tar;

namespace Hearth.Layers.Merging;

/// <summary>A sparse file in a layer.</summary>
/// <param name="DataOffset">Where its stored bytes begin in the uncompressed layer.</param>
/// <param name="Parts">Where they belong in the file.</param>
public sealed record SparsePlace(long DataOffset, IReadOnlyList<SparseExtent> Parts);
