using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// An inode's fixed part. Header: type u16, permissions u16, user and group as numbers u16, mtime u32, inode number u32. Then
/// by type, basic and, with a type higher by 7, extended:
/// <code>
/// directory   block u32, links u32, size u16, offset u16, parent u32
///   extended  links u32, size u32, block u32, parent u32, index count u16, offset u16, xattr u32, then the index
/// file        start u32, fragment u32, offset u32, size u32, then the blocks' sizes u32
///   extended  start u64, size u64, sparse u64, links u32, fragment u32, offset u32, xattr u32, then the same
/// link        links u32, size u32, then the target
/// device      links u32, device u32
/// fifo, socket  links u32
///   all three extended: xattr u32 at the very end
/// </code>
/// </summary>
internal readonly record struct SquashFsInode
{
    public const int HeaderInBytes = (2 * 4) + (4 * 2);

    public required NodeType Type { get; init; }

    public required bool IsExtended { get; init; }

    public required ushort Permissions { get; init; }

    public required ushort UserNumber { get; init; }

    public required ushort GroupNumber { get; init; }

    public required uint ModifiedSeconds { get; init; }

    public required uint Number { get; init; }

    public uint LinkCount { get; init; }

    /// <summary>
    /// In bytes: of a file or a link's target; of a directory's listing, plus <see cref="SquashFsLayout.UnlistedBytes"/>.
    /// </summary>
    public ulong Size { get; init; }

    /// <summary>A file's first byte in the image.</summary>
    public ulong Start { get; init; }

    public uint Fragment { get; init; }

    public uint FragmentOffset { get; init; }

    public uint ListingBlock { get; init; }

    public ushort ListingOffset { get; init; }

    public ushort IndexCount { get; init; }

    public uint ParentNumber { get; init; }

    public uint DeviceNumber { get; init; }

    /// <summary>The number of the set of attributes, or <see cref="SquashFsLayout.None"/>.</summary>
    public uint Xattr { get; init; }

    /// <summary>Reads the fixed part at the table's position; the caller reads what follows.</summary>
    public static SquashFsInode Read(MetadataTable inodes, int node)
    {
        long at = inodes.Position;
        var reader = new WireReader(inodes.Read(HeaderInBytes, RegionKind.Inode, node));
        int type = reader.U16();
        bool isExtended = type > SquashFsLayout.ExtendedType;
        var inode = new SquashFsInode
        {
            Type = SquashFsLayout.NodeTypeOf(isExtended ? type - SquashFsLayout.ExtendedType : type)
                ?? throw ImageBytes.Corrupt(at, $"an inode of type {type}"),
            IsExtended = isExtended,
            Permissions = reader.U16(),
            UserNumber = reader.U16(),
            GroupNumber = reader.U16(),
            ModifiedSeconds = reader.U32(),
            Number = reader.U32(),
            Xattr = SquashFsLayout.None,
        };
        return inode.Type switch
        {
            NodeType.Directory => inode.WithDirectory(inodes, node),
            NodeType.Regular => inode.WithFile(inodes, node),
            NodeType.SymbolicLink => inode with { LinkCount = inodes.ReadU32(RegionKind.Inode, node), Size = inodes.ReadU32(RegionKind.Inode, node) },
            NodeType.BlockDevice or NodeType.CharacterDevice =>
                inode with { LinkCount = inodes.ReadU32(RegionKind.Inode, node), DeviceNumber = inodes.ReadU32(RegionKind.Inode, node) },
            _ => inode with { LinkCount = inodes.ReadU32(RegionKind.Inode, node) },
        };
    }

    private SquashFsInode WithDirectory(MetadataTable inodes, int node)
    {
        const int BasicInBytes = (4 * 3) + (2 * 2);
        const int ExtendedInBytes = (4 * 5) + (2 * 2);
        var reader = new WireReader(inodes.Read(IsExtended ? ExtendedInBytes : BasicInBytes, RegionKind.Inode, node));
        return IsExtended
            ? this with
            {
                LinkCount = reader.U32(),
                Size = reader.U32(),
                ListingBlock = reader.U32(),
                ParentNumber = reader.U32(),
                IndexCount = reader.U16(),
                ListingOffset = reader.U16(),
                Xattr = reader.U32(),
            }
            : this with
            {
                ListingBlock = reader.U32(),
                LinkCount = reader.U32(),
                Size = reader.U16(),
                ListingOffset = reader.U16(),
                ParentNumber = reader.U32(),
            };
    }

    private SquashFsInode WithFile(MetadataTable inodes, int node)
    {
        const int BasicInBytes = 4 * 4;
        const int ExtendedInBytes = (8 * 3) + (4 * 4);
        var reader = new WireReader(inodes.Read(IsExtended ? ExtendedInBytes : BasicInBytes, RegionKind.Inode, node));
        if (!IsExtended)
        {
            return this with { Start = reader.U32(), Fragment = reader.U32(), FragmentOffset = reader.U32(), Size = reader.U32(), LinkCount = 1 };
        }

        ulong start = reader.U64();
        ulong size = reader.U64();
        reader.Skip(sizeof(ulong));
        return this with
        {
            Start = start,
            Size = size,
            LinkCount = reader.U32(),
            Fragment = reader.U32(),
            FragmentOffset = reader.U32(),
            Xattr = reader.U32(),
        };
    }
}
