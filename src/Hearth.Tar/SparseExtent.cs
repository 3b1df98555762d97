namespace Hearth.Tar;

/// <summary>A part of a sparse file that is stored in the archive; what no extent covers is zeros.</summary>
/// <param name="Offset">In the file, in bytes.</param>
/// <param name="Length">In bytes.</param>
public readonly record struct SparseExtent(long Offset, long Length);
