using System.Buffers.Binary;
using System.Text;

namespace Hearth.DiskImages.Erofs;

/// <summary>Formats the fields of the superblock for users.</summary>
internal static class ErofsFields
{
    public static IReadOnlyList<DumpField> Of(in ErofsSuperblock superblock) =>
    [
        new("magic", $"{ErofsSuperblock.Magic:x8}"),
        new("checksum", $"{superblock.Checksum:x8}"),
        new("compatible features", $"{superblock.CompatibleFeatures:x8}"),
        new("block size", $"{1 << superblock.BlockBits}"),
        new("extension slots", $"{superblock.ExtensionSlots}"),
        new("root nid", $"{superblock.RootNid}"),
        new("inodes", $"{superblock.InodeCount}"),
        new("build time", $"{superblock.BuildSeconds}.{superblock.BuildNanoseconds:d9}"),
        new("blocks", $"{superblock.Blocks}"),
        new("metadata block", $"{superblock.MetadataBlock}"),
        new("shared attributes block", $"{superblock.XattrBlock}"),
        new("uuid", UuidOf(superblock.Uuid).ToString()),
        new("label", LabelOf(superblock.Label)),
        new("incompatible features", $"{superblock.IncompatibleFeatures:x8}"),
    ];

    private static Guid UuidOf(UInt128 value) => new(BytesOf(value), bigEndian: true);

    private static string LabelOf(UInt128 value) => Encoding.Latin1.GetString(BytesOf(value)).TrimEnd('\0');

    /// <summary>Both halves are read as little-endian numbers, in wire order.</summary>
    private static byte[] BytesOf(UInt128 value)
    {
        byte[] bytes = new byte[16];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, (ulong)(value >> 64));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(sizeof(ulong)), (ulong)value);
        return bytes;
    }
}
