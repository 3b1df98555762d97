using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>
/// Where the bytes of regular files are in an image: each non-empty file once, in one piece, 4 KiB-aligned, ascending, never
/// overlapping. Eight bytes a file, since a tree may have half a million.
/// </summary>
public sealed class FileExtents
{
    /// <summary>Files start at multiples of this: EROFS requires it, and the guest's page cache reads in this unit.</summary>
    public const int AlignmentInBytes = 4096;

    internal FileExtents(ReadOnlyMemory<uint> startsInBlocks, ReadOnlyMemory<int> nodes)
    {
        StartsInBlocks = startsInBlocks;
        Nodes = nodes;
    }

    public int Count => Nodes.Length;

    internal ReadOnlyMemory<uint> StartsInBlocks { get; }

    internal ReadOnlyMemory<int> Nodes { get; }

    public long StartOf(int index) => (long)StartsInBlocks.Span[index] * AlignmentInBytes;

    public NodeId NodeOf(int index) => new(Nodes.Span[index]);

    /// <summary>The last file that starts at or before the offset, or -1.</summary>
    public int FindAtOrBefore(long offset)
    {
        uint block = (uint)Math.Min(offset / AlignmentInBytes, uint.MaxValue);
        int found = StartsInBlocks.Span.BinarySearch(block);
        return found >= 0 ? found : ~found - 1;
    }
}
