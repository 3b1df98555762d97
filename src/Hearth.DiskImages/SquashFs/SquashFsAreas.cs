namespace Hearth.DiskImages.SquashFs;

/// <summary>The sizes and places that result from writing the inodes and listings of a tree.</summary>
/// <param name="InodeBytes">Length of the stream of inodes.</param>
/// <param name="ListingBytes">Length of the stream of directory listings.</param>
/// <param name="RootPosition">The root's position in the stream of inodes.</param>
/// <param name="DataEnd">The end of the last file in the image, aligned.</param>
/// <param name="FileCount">Files that are not empty.</param>
internal readonly record struct SquashFsAreas(long InodeBytes, long ListingBytes, uint RootPosition, long DataEnd, int FileCount);

/// <summary>The offsets of the tables behind the data, from the data's end on. The kernel requires this order, without gaps.</summary>
internal readonly record struct SquashFsTables
{
    public SquashFsTables(in SquashFsAreas areas, int idCount, SquashFsXattrPlan xattrs)
    {
        Listings = SquashFsLayout.StoredBytes(areas.InodeBytes);
        Ids = Listings + SquashFsLayout.StoredBytes(areas.ListingBytes);
        IdIndex = Ids + SquashFsLayout.StoredBytes(idCount * sizeof(uint));
        XattrPairs = IdIndex + IndexBytes(idCount * sizeof(uint));
        XattrSets = XattrPairs + SquashFsLayout.StoredBytes(xattrs.PairBytes);
        XattrIndex = XattrSets + SquashFsLayout.StoredBytes((long)xattrs.Count * SquashFsLayout.XattrIdInBytes);
        End = xattrs.Count == 0 ? XattrPairs : XattrIndex + SquashFsLayout.XattrTableHeaderInBytes + IndexBytes((long)xattrs.Count * SquashFsLayout.XattrIdInBytes);
    }

    public long Listings { get; }

    public long Ids { get; }

    public long IdIndex { get; }

    public long XattrPairs { get; }

    public long XattrSets { get; }

    /// <summary>The header of the attribute table, followed by the index.</summary>
    public long XattrIndex { get; }

    public long End { get; }

    /// <summary>An index contains the place of each block of a table.</summary>
    private static long IndexBytes(long streamBytes) => sizeof(ulong) * SquashFsLayout.BlocksFor(streamBytes, SquashFsLayout.MetadataBlockInBytes);
}
