using System.Buffers.Binary;
using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// Reads extended attributes. The table's header: where the stream of pairs starts u64, sets u32, 0 u32; behind it the index
/// of the sets. A set: reference to its first pair u64, pairs u32, bytes u32. A pair: type u16, name length u16, the name
/// without its name space, value length u32, the value; a type with 0x100 in it has a reference to the value instead.
/// </summary>
internal sealed class SquashFsXattrReader
{
    private readonly MetadataTable? pairs;
    private readonly byte[] sets = [];
    private readonly Dictionary<uint, IReadOnlyList<Xattr>> known = [];

    public SquashFsXattrReader(ImageBytes image, RegionMap regions, in SquashFsSuperblock superblock)
    {
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
        sets = IndexedTable.Read(image, regions, (ulong)header + SquashFsLayout.XattrTableHeaderInBytes, count, SquashFsLayout.XattrIdInBytes, What);
        pairs = pairsStart < (ulong)header
            ? new MetadataTable(image, regions, (long)pairsStart, header, "the attributes")
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

    private static List<Xattr> ReadSet(MetadataTable pairs, ReadOnlySpan<byte> set)
    {
        var reader = new WireReader(set);
        pairs.Seek(reader.U64());
        uint count = reader.U32();
        var found = new List<Xattr>();
        for (uint i = 0; i < count; i++)
        {
            long at = pairs.Position;
            var header = new WireReader(pairs.Read(2 * sizeof(ushort), RegionKind.Xattrs, DumpRegion.NoNode));
            int type = header.U16();
            int nameLength = header.U16();
            if ((type & SquashFsLayout.XattrValueElsewhere) != 0)
            {
                throw ImageBytes.Unsupported(at, "an attribute whose value stands elsewhere");
            }

            byte[] rest = pairs.Read(nameLength, RegionKind.Xattrs, DumpRegion.NoNode);
            byte[] name = SquashFsXattrNames.Join(type, rest) ?? throw ImageBytes.Unsupported(at, $"an attribute of type {type}");
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(pairs.Read(sizeof(uint), RegionKind.Xattrs, DumpRegion.NoNode));
            if (length > ushort.MaxValue + 1)
            {
                throw ImageBytes.Corrupt(at, $"an attribute of {length} bytes");
            }

            found.Add(new Xattr(name, pairs.Read((int)length, RegionKind.Xattrs, DumpRegion.NoNode)));
        }

        return found;
    }
}
