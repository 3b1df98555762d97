using Hearth.FileTree;

namespace Hearth.DiskImages;

/// <summary>
/// Where the bytes of regular files stand in an image: each non-empty file once, whole, 4 KiB-aligned, ascending,
/// never overlapping. Eight bytes a file, since a tree may have half a million.
/// </summary>
public sealed class FileExtents
{
    /// <summary>Files start at multiples of this: EROFS needs it, and the guest's page cache reads in it.</summary>
    public const int AlignmentInBytes = 4096;

    private readonly uint[] startsInBlocks;
    private readonly int[] nodes;

    internal FileExtents(uint[] startsInBlocks, int[] nodes)
    {
        this.startsInBlocks = startsInBlocks;
        this.nodes = nodes;
    }

    public int Count => nodes.Length;

    public long StartOf(int index) => (long)startsInBlocks[index] * AlignmentInBytes;

    public NodeId NodeOf(int index) => new(nodes[index]);

    /// <summary>The last file that starts at or before the offset, or -1.</summary>
    public int FindAtOrBefore(long offset)
    {
        uint block = (uint)Math.Min(offset / AlignmentInBytes, uint.MaxValue);
        int found = startsInBlocks.AsSpan().BinarySearch(block);
        return found >= 0 ? found : ~found - 1;
    }
}
