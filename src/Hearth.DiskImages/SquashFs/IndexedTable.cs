namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// A table of entries of one size: metadata blocks, and an index of u64 each that tells where every block is. The blocks
/// stand one behind the other, and the index behind the last.
/// </summary>
internal static class IndexedTable
{
    /// <summary>Reads all entries.</summary>
    /// <param name="image">The image.</param>
    /// <param name="regions">Takes the claims.</param>
    /// <param name="superblock">Tells how blocks are compressed.</param>
    /// <param name="table">The index in the image, the number of entries and the size of one; and what it is, for messages.</param>
    /// <exception cref="DiskImageException">It does not fit into the image, or its blocks are not where a table's are.</exception>
    public static byte[] Read(ImageBytes image, RegionMap regions, in SquashFsSuperblock superblock, (ulong Index, long Count, int EntryInBytes, string What) table)
    {
        (ulong indexStart, long count, int entryInBytes, string what) = table;
        if (count == 0)
        {
            return [];
        }

        // An index may claim to be anywhere: what it says is believed only as far as the image reaches.
        long index = indexStart <= (ulong)image.Length ? (long)indexStart : throw ImageBytes.Corrupt(image.Length, $"{what} at {indexStart}");
        long bytes = count * entryInBytes;
        long blocks = SquashFsLayout.BlocksFor(bytes, SquashFsLayout.MetadataBlockInBytes);
        image.Check(index, blocks * sizeof(ulong), what);
        regions.Claim(index, blocks * sizeof(ulong), RegionKind.Table, DumpRegion.NoNode);
        long start = (long)Math.Min(image.ReadU64(index, what), (ulong)image.Length);
        if (start > index)
        {
            throw ImageBytes.Corrupt(index, $"{what} of {bytes} bytes from {start} to {index}");
        }

        var stream = new MetadataTable(image, regions, new MetadataPlace(start, index, superblock.Compression, RegionKind.Table, what));

        // Grows with what is really there: the count alone may claim gigabytes.
        using var entries = new MemoryStream();
        for (long block = 0; block < blocks; block++)
        {
            ulong at = image.ReadU64(index + (block * sizeof(ulong)), what);
            if (at < (ulong)start || at >= (ulong)index)
            {
                throw ImageBytes.Corrupt(index, $"block {block} of {what} at {at}");
            }

            stream.Seek((long)at - start, 0);
            int piece = (int)Math.Min(bytes - entries.Length, SquashFsLayout.MetadataBlockInBytes);
            entries.Write(stream.Read(piece, RegionKind.Table, DumpRegion.NoNode));
        }

        return entries.ToArray();
    }
}
