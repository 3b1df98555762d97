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
    /// <param name="indexStart">The index, in the image.</param>
    /// <param name="count">Entries.</param>
    /// <param name="entryInBytes">Size of one.</param>
    /// <param name="what">For messages.</param>
    /// <exception cref="DiskImageException">It does not fit into the image, or its blocks are not where a table's are.</exception>
    public static byte[] Read(ImageBytes image, RegionMap regions, ulong indexStart, long count, int entryInBytes, string what)
    {
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
        if (start < index && (image.ReadU16(start, what) & SquashFsLayout.MetadataIsStored) == 0)
        {
            throw ImageBytes.Unsupported(start, $"a compressed block of {what}");
        }

        if (start > index || bytes > index - start)
        {
            throw ImageBytes.Corrupt(index, $"{what} of {bytes} bytes from {start} to {index}");
        }

        var table = new MetadataTable(image, regions, start, index, what);
        byte[] entries = new byte[bytes];
        for (long block = 0; block < blocks; block++)
        {
            ulong at = image.ReadU64(index + (block * sizeof(ulong)), what);
            if (at < (ulong)start || at >= (ulong)index)
            {
                throw ImageBytes.Corrupt(index, $"block {block} of {what} at {at}");
            }

            table.Seek((long)at - start, 0);
            long done = block * SquashFsLayout.MetadataBlockInBytes;
            int piece = (int)Math.Min(bytes - done, SquashFsLayout.MetadataBlockInBytes);
            table.Read(piece, RegionKind.Table, DumpRegion.NoNode).CopyTo(entries.AsSpan((int)done));
        }

        return entries;
    }
}
