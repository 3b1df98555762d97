using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// Numbers of SquashFS 4.0, as in fs/squashfs/squashfs_fs.h of Linux. Inodes, directory listings, owners and attributes are
/// each a stream, split into blocks of 8 KiB behind a header of two bytes.
/// </summary>
internal static class SquashFsLayout
{
    /// <summary>Bytes of a metadata stream in one block.</summary>
    public const int MetadataBlockInBytes = 8192;

    public const int MetadataHeaderInBytes = 2;

    /// <summary>Flag in a metadata block's header: the block is not compressed.</summary>
    public const int MetadataIsStored = 0x8000;

    /// <summary>Flag in a data block's size: the block is not compressed.</summary>
    public const uint DataIsStored = 1 << 24;

    /// <summary>The smallest and the largest size of a data block, as powers of two.</summary>
    public const int LeastBlockBits = 12;

    public const int MostBlockBits = 20;

    /// <summary>Marks a table, a fragment or a set of attributes that does not exist.</summary>
    public const uint None = uint.MaxValue;

    public const ulong NoTable = ulong.MaxValue;

    /// <summary>An inode counts this for "." and ".." in the length of its listing, which does not contain them.</summary>
    public const int UnlistedBytes = 3;

    public const int RunHeaderInBytes = 12;

    public const int EntryInBytes = 8;

    /// <summary>The most entries behind one header of a listing.</summary>
    public const int MostEntriesInRun = 256;

    public const int MostNameBytes = 256;

    /// <summary>The kernel reads a link's target as one page.</summary>
    public const int MostLinkTargetBytes = 4095;

    /// <summary>Added to the type of the basic form for an extended inode.</summary>
    public const int ExtendedType = 7;

    public const int XattrIdInBytes = 16;

    public const int XattrTableHeaderInBytes = 16;

    /// <summary>Flag in an attribute's type: its value is stored elsewhere.</summary>
    public const int XattrValueElsewhere = 0x100;

    /// <summary>The type of a basic inode, also used in directory entries; 0 for a type that does not exist.</summary>
    public static int TypeOf(NodeType type) => type switch
    {
        NodeType.Directory => 1,
        NodeType.Regular => 2,
        NodeType.SymbolicLink => 3,
        NodeType.BlockDevice => 4,
        NodeType.CharacterDevice => 5,
        NodeType.Fifo => 6,
        NodeType.Socket => 7,
        _ => 0,
    };

    /// <summary>The node type for a number of <see cref="TypeOf"/>; null for a number of no basic inode.</summary>
    public static NodeType? NodeTypeOf(int type) => type switch
    {
        1 => NodeType.Directory,
        2 => NodeType.Regular,
        3 => NodeType.SymbolicLink,
        4 => NodeType.BlockDevice,
        5 => NodeType.CharacterDevice,
        6 => NodeType.Fifo,
        7 => NodeType.Socket,
        _ => null,
    };

    /// <summary>Bytes that a metadata stream takes in the image, headers included.</summary>
    public static long StoredBytes(long streamBytes) =>
        streamBytes + (MetadataHeaderInBytes * BlocksFor(streamBytes, MetadataBlockInBytes));

    /// <summary>The start of the block that holds a byte of a metadata stream, relative to its table's start in the image.</summary>
    public static long BlockStartOf(long streamPosition) =>
        streamPosition / MetadataBlockInBytes * (MetadataBlockInBytes + MetadataHeaderInBytes);

    /// <summary>
    /// The reference that inodes and tables use for a byte of a metadata stream: the block's start, and 16 bits within the
    /// block.
    /// </summary>
    public static ulong ReferenceTo(long streamPosition) =>
        ((ulong)BlockStartOf(streamPosition) << 16) | (ulong)(streamPosition % MetadataBlockInBytes);

    public static long BlocksFor(long bytes, int blockInBytes) => (bytes / blockInBytes) + (bytes % blockInBytes == 0 ? 0 : 1);
}
