using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// Numbers of SquashFS 4.0 as Linux has them in fs/squashfs/squashfs_fs.h. Inodes, directory listings, owners and
/// attributes are each a stream that is cut into blocks of 8 KiB behind a header of two bytes.
/// </summary>
internal static class SquashFsLayout
{
    /// <summary>Bytes of a metadata stream that stand in one block.</summary>
    public const int MetadataBlockInBytes = 8192;

    public const int MetadataHeaderInBytes = 2;

    /// <summary>In a metadata block's header: it stands as it is.</summary>
    public const int MetadataIsStored = 0x8000;

    /// <summary>In a data block's size: it stands as it is.</summary>
    public const uint DataIsStored = 1 << 24;

    /// <summary>Blocks of data and the largest page: powers of two between these.</summary>
    public const int LeastBlockBits = 12;

    public const int MostBlockBits = 20;

    /// <summary>Where a table, a fragment or a set of attributes is not there.</summary>
    public const uint None = uint.MaxValue;

    public const ulong NoTable = ulong.MaxValue;

    /// <summary>A listing's length is told with "." and ".." in it, which it does not hold.</summary>
    public const int UnlistedBytes = 3;

    public const int RunHeaderInBytes = 12;

    public const int EntryInBytes = 8;

    /// <summary>Entries behind one header of a listing.</summary>
    public const int MostEntriesInRun = 256;

    public const int MostNameBytes = 256;

    /// <summary>A link's target is read as one page.</summary>
    public const int MostLinkTargetBytes = 4095;

    /// <summary>Extended inodes have their basic form's type and this.</summary>
    public const int ExtendedType = 7;

    public const int XattrIdInBytes = 16;

    public const int XattrTableHeaderInBytes = 16;

    /// <summary>In an attribute's type: its value stands elsewhere.</summary>
    public const int XattrValueElsewhere = 0x100;

    /// <summary>The type of a basic inode, which directory entries have too; 0 for a type that does not exist.</summary>
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

    /// <summary>What <see cref="TypeOf"/> gave the number for; null for a number of no basic inode.</summary>
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

    /// <summary>Where the block that holds a byte of a metadata stream begins in the image, from its table's start.</summary>
    public static long BlockStartOf(long streamPosition) =>
        streamPosition / MetadataBlockInBytes * (MetadataBlockInBytes + MetadataHeaderInBytes);

    /// <summary>A byte of a metadata stream as inodes and tables refer to it: the block's start, and 16 bits within the block.</summary>
    public static ulong ReferenceTo(long streamPosition) =>
        ((ulong)BlockStartOf(streamPosition) << 16) | (ulong)(streamPosition % MetadataBlockInBytes);

    public static long BlocksFor(long bytes, int blockInBytes) => (bytes / blockInBytes) + (bytes % blockInBytes == 0 ? 0 : 1);
}
