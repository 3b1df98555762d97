namespace Hearth.DiskImages.SquashFs;

/// <summary>An entry of a directory's listing.</summary>
/// <param name="Reference">Reference to its inode; see <see cref="SquashFsLayout.ReferenceTo"/>.</param>
/// <param name="Number">The inode's number.</param>
/// <param name="Type">Its type as <see cref="SquashFsLayout.TypeOf"/> numbers it.</param>
/// <param name="Name">1 to 256 bytes.</param>
/// <param name="Offset">The entry's offset in the image.</param>
internal readonly record struct SquashFsListingEntry(ulong Reference, uint Number, int Type, byte[] Name, long Offset);

/// <summary>
/// Reads a directory's listing and rejects what the kernel would fail on. A run: entries - 1 u32, inode block u32, base inode
/// number u32; then the entries: offset in that block u16, number from the base s16, type u16, name length - 1 u16, name.
/// </summary>
internal sealed class SquashFsListing
{
    private readonly MetadataTable listings;
    private readonly int node;
    private readonly List<SquashFsListingEntry> entries = [];
    private long left;

    private SquashFsListing(MetadataTable listings, in SquashFsInode directory, int node)
    {
        this.listings = listings;
        this.node = node;
        left = Math.Max(0, (long)directory.Size - SquashFsLayout.UnlistedBytes);
    }

    public static IReadOnlyList<SquashFsListingEntry> Read(MetadataTable listings, in SquashFsInode directory, int node)
    {
        var listing = new SquashFsListing(listings, directory, node);
        if (listing.left > 0)
        {
            listings.Seek(directory.ListingBlock, directory.ListingOffset);
        }

        while (listing.left > 0)
        {
            listing.ReadRun();
        }

        return listing.entries;
    }

    private void ReadRun()
    {
        long at = listings.Position;
        var header = new WireReader(Take(SquashFsLayout.RunHeaderInBytes));
        uint count = header.U32();
        ulong block = header.U32();
        uint baseNumber = header.U32();
        if (count >= SquashFsLayout.MostEntriesInRun)
        {
            throw ImageBytes.Corrupt(at, $"a directory's run of {count + 1L} entries");
        }

        for (uint i = 0; i <= count; i++)
        {
            ReadEntry(block, baseNumber);
        }
    }

    private void ReadEntry(ulong block, uint baseNumber)
    {
        long at = listings.Position;
        var reader = new WireReader(Take(SquashFsLayout.EntryInBytes));
        ushort offset = reader.U16();
        uint number = (uint)(baseNumber + (short)reader.U16());
        int type = reader.U16();
        int length = reader.U16() + 1;
        byte[] name = length <= SquashFsLayout.MostNameBytes ? Take(length) : throw ImageBytes.Corrupt(at, $"a name of {length} bytes");
        if (name.AsSpan().ContainsAny((byte)0, (byte)'/') || name.AsSpan().SequenceEqual("."u8) || name.AsSpan().SequenceEqual(".."u8))
        {
            throw ImageBytes.Corrupt(at, "a name with '/' or NUL in it, or '.' or '..'");
        }

        if (entries.Count > 0 && entries[^1].Name.AsSpan().SequenceCompareTo(name) >= 0)
        {
            throw ImageBytes.Corrupt(at, "the names of a directory are not in order");
        }

        entries.Add(new SquashFsListingEntry((block << 16) | offset, number, type, name, at));
    }

    private byte[] Take(int count)
    {
        left -= count;
        return left >= 0 ? listings.Read(count, RegionKind.Directory, node) : throw ImageBytes.Corrupt(listings.Position, "a directory's listing ends within an entry");
    }
}
