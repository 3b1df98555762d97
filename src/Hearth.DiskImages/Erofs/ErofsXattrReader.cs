using Hearth.FileTree;

namespace Hearth.DiskImages.Erofs;

/// <summary>
/// Reads extended attributes. Behind the inode: name filter u32, shared count u8, 0 7, the ids of the shared attributes u32
/// each, then the inode's own entries. An entry: name length u8, prefix u8, value length u16, name, value, padding to 4
/// bytes. A shared id is an offset from xattr_blkaddr in units of 4 bytes.
/// </summary>
internal sealed class ErofsXattrReader(ImageBytes image, ErofsSuperblock superblock, RegionMap regions)
{
    private readonly Dictionary<uint, Xattr> shared = [];
    private long sharedBytes;

    public IReadOnlyList<Xattr> Read(long offset, int length, int node)
    {
        if (length == 0)
        {
            return [];
        }

        regions.Claim(offset, length, RegionKind.Xattrs, node);
        long end = offset + length;
        int sharedCount = image.Read(offset, ErofsLayout.XattrHeaderInBytes, "an attribute header")[sizeof(uint)];
        long at = offset + ErofsLayout.XattrHeaderInBytes;
        var found = new List<Xattr>(sharedCount);
        for (int i = 0; i < sharedCount; i++, at += sizeof(uint))
        {
            RequireWithin(at, sizeof(uint), end);
            found.Add(ReadShared(image.ReadU32(at, "a shared attribute's id")));
        }

        while (at < end)
        {
            found.Add(ReadEntry(at, end, out int entryBytes));
            at += entryBytes;
        }

        return found;
    }

    private Xattr ReadShared(uint id)
    {
        if (shared.TryGetValue(id, out Xattr known))
        {
            return known;
        }

        long offset = ((long)superblock.XattrBlock << superblock.BlockBits) + ((long)id * ErofsLayout.XattrUnitInBytes);
        Xattr xattr = ReadEntry(offset, image.Length, out int entryBytes);

        // Overlapping entries could make a small image fill the memory.
        sharedBytes += entryBytes;
        if (sharedBytes > image.Length)
        {
            throw ImageBytes.Corrupt(offset, "the shared attributes hold more bytes than the image, so they overlap");
        }

        regions.Claim(offset, entryBytes, RegionKind.Xattrs, DumpRegion.NoNode);
        shared.Add(id, xattr);
        return xattr;
    }

    private Xattr ReadEntry(long offset, long end, out int entryBytes)
    {
        RequireWithin(offset, ErofsLayout.XattrEntryInBytes, end);
        var reader = new WireReader(image.Read(offset, ErofsLayout.XattrEntryInBytes, "an attribute"));
        int nameLength = reader.U8();
        byte prefix = reader.U8();
        int valueLength = reader.U16();
        int used = ErofsLayout.XattrEntryInBytes + nameLength + valueLength;
        entryBytes = (used + ErofsLayout.XattrUnitInBytes - 1) / ErofsLayout.XattrUnitInBytes * ErofsLayout.XattrUnitInBytes;
        RequireWithin(offset, entryBytes, end);
        ReadOnlySpan<byte> text = image.Read(offset, used, "an attribute")[ErofsLayout.XattrEntryInBytes..];
        byte[] name = ErofsXattrNames.Join(prefix, text[..nameLength]) ?? throw ImageBytes.Unsupported(offset, $"an attribute of prefix {prefix}");
        return new Xattr(name, text[nameLength..].ToArray());
    }

    private static void RequireWithin(long offset, int length, long end)
    {
        if (length > end - offset)
        {
            throw ImageBytes.Corrupt(offset, $"an attribute of {length} bytes reaches past {end}");
        }
    }
}
