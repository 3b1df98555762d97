using System.Buffers.Binary;
using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// Reads extended attributes. The table's header: the start of the stream of pairs u64, sets u32, 0 u32; behind it the index
/// of the sets. A set: reference to its first pair u64, pairs u32, bytes u32. A pair: type u16, name length u16, the name
/// without its namespace, value length u32, the value. If the type has 0x100 set, the value is a reference to another length
/// and value.
/// </summary>
internal sealed class SquashFsXattrReader
{
    private readonly MetadataTable? pairs;
    private readonly byte[] sets = [];
    private readonly Dictionary<uint, IReadOnlyList<Xattr>> known = [];
    private readonly HashSet<ulong> valuesInPlace = [];
    private readonly Dictionary<ulong, byte[]> valuesElsewhere = [];
    private readonly ImageBytes image;
    private long bytesElsewhere;

    public SquashFsXattrReader(ImageBytes image, RegionMap regions, in SquashFsSuperblock superblock)
    {
        this.image = image;
        if (superblock.XattrTable == SquashFsLayout.NoTable)
        {
            return;
        }

        const string What = "the attribute table";
        long header = (long)Math.Min(superblock.XattrTable, (ulong)image.Length);
        var reader = new WireReader(image.Read(header, SquashFsLayout.XattrTableHeaderInBytes, What));
        ulong pairsStart = reader.U64();
        uint count = reader.U32();
        regions.Claim(header, SquashFsLayout.XattrTableHeaderInBytes, RegionKind.Table, DumpRegion.NoNode);
        sets = IndexedTable.Read(
            image, regions, superblock, ((ulong)header + SquashFsLayout.XattrTableHeaderInBytes, count, SquashFsLayout.XattrIdInBytes, What));
        pairs = pairsStart < (ulong)header
            ? new MetadataTable(image, regions, new MetadataPlace((long)pairsStart, header, superblock.Compression, RegionKind.Xattrs, "the attributes"))
            : throw ImageBytes.Corrupt(header, $"attributes at {pairsStart}, behind their table");
    }

    public IReadOnlyList<Xattr> Read(uint number, long inodeOffset)
    {
        if (number == SquashFsLayout.None)
        {
            return [];
        }

        if (known.TryGetValue(number, out IReadOnlyList<Xattr>? found))
        {
            return found;
        }

        if (pairs is null || number >= sets.Length / SquashFsLayout.XattrIdInBytes)
        {
            throw ImageBytes.Corrupt(inodeOffset, $"attributes number {number}, and there are {sets.Length / SquashFsLayout.XattrIdInBytes}");
        }

        found = ReadSet(pairs, sets.AsSpan((int)number * SquashFsLayout.XattrIdInBytes, SquashFsLayout.XattrIdInBytes));
        known.Add(number, found);
        return found;
    }

    /// <summary>
    /// Claims the values that attributes refer to and that no attribute has in place; called once all sets have been read.
    /// </summary>
    public void ClaimValuesElsewhere()
    {
        foreach ((ulong reference, byte[] value) in valuesElsewhere.Where(value => !valuesInPlace.Contains(value.Key)))
        {
            pairs!.Seek(reference);
            pairs.Read(sizeof(uint) + value.Length, RegionKind.Xattrs, DumpRegion.NoNode);
        }
    }

    private List<Xattr> ReadSet(MetadataTable from, ReadOnlySpan<byte> set)
    {
        var reader = new WireReader(set);
        from.Seek(reader.U64());
        uint count = reader.U32();
        var found = new List<Xattr>();
        for (uint i = 0; i < count; i++)
        {
            long at = from.Position;
            var header = new WireReader(from.Read(2 * sizeof(ushort), RegionKind.Xattrs, DumpRegion.NoNode));
            int type = header.U16();
            byte[] rest = from.Read(header.U16(), RegionKind.Xattrs, DumpRegion.NoNode);
            byte[] name = SquashFsXattrNames.Join(type & ~SquashFsLayout.XattrValueElsewhere, rest)
                ?? throw ImageBytes.Unsupported(at, $"an attribute of type {type}");
            valuesInPlace.Add(from.Reference);
            byte[] value = from.Read(LengthOf(from.ReadU32(RegionKind.Xattrs, DumpRegion.NoNode), at), RegionKind.Xattrs, DumpRegion.NoNode);
            bool isElsewhere = (type & SquashFsLayout.XattrValueElsewhere) != 0;
            found.Add(new Xattr(name, isElsewhere ? ReadElsewhere(from, value, at) : value));
        }

        return found;
    }

    /// <summary>
    /// Reads a value that several attributes share. It is stored once, with one of them or separately; the reference leads to
    /// its length.
    /// </summary>
    private byte[] ReadElsewhere(MetadataTable from, byte[] reference, long at)
    {
        if (reference.Length != sizeof(ulong))
        {
            throw ImageBytes.Corrupt(at, $"a reference to an attribute's value of {reference.Length} bytes");
        }

        ulong place = BinaryPrimitives.ReadUInt64LittleEndian(reference);
        if (valuesElsewhere.TryGetValue(place, out byte[]? value))
        {
            return value;
        }

        int length = LengthOf(BinaryPrimitives.ReadUInt32LittleEndian(from.Peek(place, 0, sizeof(uint))), at);

        // Overlapping values could make a small image fill the memory.
        bytesElsewhere += length;
        if (bytesElsewhere > image.Length)
        {
            throw ImageBytes.Corrupt(at, "the attributes' values hold more bytes than the image, so they overlap");
        }

        value = from.Peek(place, sizeof(uint), length);
        valuesElsewhere.Add(place, value);
        return value;
    }

    private static int LengthOf(uint length, long at) =>
        length <= ushort.MaxValue + 1 ? (int)length : throw ImageBytes.Corrupt(at, $"an attribute of {length} bytes");
}
