using Hearth.FileTree;

namespace Hearth.DiskImages.Erofs;

/// <summary>Numbers of the on-disk format (Linux, fs/erofs/erofs_fs.h).</summary>
internal static class ErofsLayout
{
    /// <summary>Old kernels mount only images whose blocks are as large as their pages.</summary>
    public const int BlockBits = 12;

    public const int BlockInBytes = 1 << BlockBits;

    /// <summary>The unit of inode numbers: a number is an offset from the start of the metadata.</summary>
    public const int SlotInBytes = 32;

    /// <summary>i_format: bit 0 marks the extended form, bits 1 to 3 are the data layout; Hearth uses no other bits.</summary>
    public const int ExtendedInode = 1;

    public const int DataLayoutShift = 1;

    public const int KnownFormatBits = 0xF;

    /// <summary>All data in whole blocks.</summary>
    public const int FlatPlain = 0;

    /// <summary>The last, partial block follows the inode and its attributes, and must not cross a block boundary.</summary>
    public const int FlatInline = 2;

    public const int DirectoryEntryInBytes = 12;

    public const int XattrHeaderInBytes = 12;

    public const int XattrEntryInBytes = 4;

    /// <summary>The unit of attribute padding, of i_xattr_icount and of shared ids.</summary>
    public const int XattrUnitInBytes = 4;

    /// <summary>i_xattr_icount has 16 bits; the header counts as one.</summary>
    public const int MostXattrBytes = XattrHeaderInBytes + ((ushort.MaxValue - 1) * XattrUnitInBytes);

    /// <summary>h_shared_count has 8 bits.</summary>
    public const int MostSharedXattrs = byte.MaxValue;

    /// <summary>The kernel reads a link's target as one page, with a NUL behind it.</summary>
    public const int MostLinkTargetBytes = BlockInBytes - 1;

    /// <summary>The type byte of directory entries (EROFS_FT_*); 0 for a type that does not exist.</summary>
    public static byte EntryTypeOf(NodeType type) => type switch
    {
        NodeType.Regular => 1,
        NodeType.Directory => 2,
        NodeType.CharacterDevice => 3,
        NodeType.BlockDevice => 4,
        NodeType.Fifo => 5,
        NodeType.Socket => 6,
        NodeType.SymbolicLink => 7,
        _ => 0,
    };
}
