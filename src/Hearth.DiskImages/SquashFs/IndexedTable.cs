namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// A table of entries of one size, in metadata blocks one after the other. An index follows the last block: one u64 per
/// block, with the place of the block.
/// </summary>
internal static class IndexedTable
{
    /// <summary>Reads all entries.</summary>
    /// <param name="image">The image.</param>
    /// <param name="regions">Receives the claims.</param>
    /// <param name="superblock">Names the compression of the blocks.</param>
    /// <param name="table">
    /// The offset of the index in the image, the number of entries and the size of one, and the table's name for messages.
    /// </param>
    /// <exception cref="DiskImageException">
    /// The table does not fit into the image, or a block is not between the table's start and its index.
    /// </exception>
    public static byte[] Read(ImageBytes image, RegionMap regions, in SquashFsSuperblock superblock, (ulong Index, long Count, int EntryInBytes, string What) table)
    {
        (ulong indexStart, long count, int entryInBytes, string what) = table;
        if (count == 0)
        {
            return [];
        }

        // The index's offset is untrusted: it must be within the image.
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

        // Grows with the bytes that exist: the count is untrusted and may claim gigabytes.
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
