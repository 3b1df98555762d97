using Hearth.FileTree;

namespace Hearth.DiskImages.Erofs;

/// <summary>
/// Reads an EROFS image of plain and inline inodes from its root down, and claims every byte it understands. Steps:
/// 1. the superblock and its checksum; 2. from the root, directory by directory, each inode once; 3. the map of regions.
/// </summary>
internal sealed class ErofsReader(ImageBytes image, CancellationToken cancellationToken)
{
    /// <summary>Hearth's images have fewer nodes, and a dump of more would not fit a small machine's memory.</summary>
    private const int MostNodes = 1 << 24;

    /// <summary>The smallest and the largest block that any kernel mounts.</summary>
    private const int LeastBlockBits = 9;

    private const int MostBlockBits = 16;

    /// <summary>Concerns only the padding of compressed blocks; mkfs sets it even on images without any.</summary>
    private const uint ZeroPadding = 1;

    private readonly RegionMap regions = new(image);
    private readonly List<DumpNode> nodes = [];
    private readonly List<DumpName> names = [];
    private readonly Dictionary<ulong, int> nodesByNid = [];
    private readonly Stack<PendingDirectory> pending = new();

    private ErofsSuperblock superblock;
    private ErofsXattrReader? xattrs;
    private long directoryBytes;

    private readonly record struct PendingDirectory(ulong Nid, ulong ParentNid, int Node, ErofsData Data);

    public static bool IsErofs(ImageBytes image) =>
        image.Length >= ErofsSuperblock.Offset + ErofsSuperblock.SizeInBytes
        && image.ReadU32(ErofsSuperblock.Offset, "the superblock") == ErofsSuperblock.Magic;

    public ImageDump Read()
    {
        ReadSuperblock();
        xattrs = new ErofsXattrReader(image, superblock, regions);
        AddNode(superblock.RootNid, superblock.RootNid, name: -1);
        if (nodes[0].Type != NodeType.Directory)
        {
            throw ImageBytes.Corrupt(OffsetOf(superblock.RootNid), "the root is not a directory");
        }

        while (pending.TryPop(out PendingDirectory directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadDirectory(directory);
        }

        return new ImageDump
        {
            Format = ImageFormat.Erofs,
            Length = image.Length,
            Fields = ErofsFields.Of(superblock),
            Regions = regions.Complete(cancellationToken),
            Nodes = nodes,
            Names = names,
        };
    }

    private void ReadSuperblock()
    {
        superblock = ErofsSuperblock.Read(image.Read(ErofsSuperblock.Offset, ErofsSuperblock.SizeInBytes, "the superblock"));
        if (superblock.BlockBits is < LeastBlockBits or > MostBlockBits)
        {
            throw ImageBytes.Unsupported(ErofsSuperblock.Offset, $"blocks of 2^{superblock.BlockBits} bytes");
        }

        if ((superblock.IncompatibleFeatures & ~ZeroPadding) != 0 || superblock.ExtensionSlots != 0)
        {
            throw ImageBytes.Unsupported(
                ErofsSuperblock.Offset, $"incompatible features {superblock.IncompatibleFeatures:x8} and {superblock.ExtensionSlots} extension slots");
        }

        image.Check(0, (long)superblock.Blocks << superblock.BlockBits, "the file system");
        CheckChecksum();
        regions.Claim(ErofsSuperblock.Offset, ErofsSuperblock.SizeInBytes, RegionKind.Superblock, DumpRegion.NoNode);
    }

    private void CheckChecksum()
    {
        int blockInBytes = 1 << superblock.BlockBits;
        int covered = blockInBytes > ErofsSuperblock.Offset ? blockInBytes - ErofsSuperblock.Offset : blockInBytes;
        if ((superblock.CompatibleFeatures & ErofsSuperblock.HasChecksum) == 0)
        {
            return;
        }

        uint checksum = ErofsSuperblock.ChecksumOf(image.Read(ErofsSuperblock.Offset, covered, "the superblock's block"));
        if (checksum != superblock.Checksum)
        {
            throw ImageBytes.Corrupt(ErofsSuperblock.Offset, $"the superblock's checksum is {superblock.Checksum:x8}, its block's {checksum:x8}");
        }
    }

    /// <summary>The inode's offset, which may be outside the image: reading the inode checks it.</summary>
    private long OffsetOf(ulong nid)
    {
        long start = (long)superblock.MetadataBlock << superblock.BlockBits;
        return nid > (ulong)image.Length / ErofsLayout.SlotInBytes ? image.Length : start + ((long)nid * ErofsLayout.SlotInBytes);
    }

    private int AddNode(ulong nid, ulong parentNid, int name)
    {
        long offset = OffsetOf(nid);
        if (nodes.Count == MostNodes)
        {
            throw ImageBytes.Unsupported(offset, $"more than {MostNodes} inodes");
        }

        ErofsInode inode = ReadInode(offset);
        int node = nodes.Count;
        regions.Claim(offset, inode.InodeBytes, RegionKind.Inode, node);
        var found = new DumpNode
        {
            Number = nid,
            FirstName = name,
            Mode = inode.Mode,
            Uid = inode.Uid,
            Gid = inode.Gid,
            LinkCount = inode.LinkCount,
            Size = inode.Size <= long.MaxValue ? (long)inode.Size : throw ImageBytes.Corrupt(offset, $"an inode of {inode.Size} bytes"),
            ModifiedSeconds = inode.ModifiedSeconds,
            ModifiedNanoseconds = inode.ModifiedNanoseconds,
            Xattrs = xattrs!.Read(offset + inode.InodeBytes, inode.XattrBytes, node),
        };
        nodes.Add(ReadData(found, inode, offset, node, parentNid));
        nodesByNid.Add(nid, node);
        return node;
    }

    private ErofsInode ReadInode(long offset)
    {
        ushort format = image.ReadU16(offset, "an inode");
        ErofsInode inode = ErofsInode.IsExtended(format)
            ? ErofsInode.ReadExtended(image.Read(offset, ErofsInode.SizeInBytes, "an inode"))
            : ErofsInode.ReadCompact(image.Read(offset, ErofsInode.CompactSizeInBytes, "an inode"), superblock);
        if ((format & ~ErofsLayout.KnownFormatBits) != 0 || inode.DataLayout is not (ErofsLayout.FlatPlain or ErofsLayout.FlatInline))
        {
            throw ImageBytes.Unsupported(offset, $"an inode of format {format:x} (compressed, in chunks, or later than this reader)");
        }

        if (ErofsLayout.EntryTypeOf((NodeType)(inode.Mode >> 12)) == 0)
        {
            throw ImageBytes.Corrupt(offset, $"an inode of mode {inode.Mode:x}");
        }

        return inode;
    }

    private DumpNode ReadData(DumpNode found, in ErofsInode inode, long offset, int node, ulong parentNid)
    {
        switch (found.Type)
        {
            case NodeType.Regular:
                Locate(inode, found.Size, offset).Claim(regions, RegionKind.FileData, node);
                return found;
            case NodeType.Directory:
                ErofsData data = Locate(inode, found.Size, offset);
                data.Claim(regions, RegionKind.Directory, node);
                pending.Push(new PendingDirectory(found.Number, parentNid, node, data));
                return found;
            case NodeType.SymbolicLink when found.Size > ErofsLayout.MostLinkTargetBytes:
                throw ImageBytes.Corrupt(offset, $"a symbolic link of {found.Size} bytes");
            case NodeType.SymbolicLink:
                ErofsData target = Locate(inode, found.Size, offset);
                target.Claim(regions, RegionKind.LinkTarget, node);
                return found with { LinkTarget = target.ReadWhole(image) };
            case NodeType.CharacterDevice or NodeType.BlockDevice:
                return found with { DeviceNumber = inode.BlockOrDevice };
            default:
                return found;
        }
    }

    private ErofsData Locate(in ErofsInode inode, long size, long offset)
    {
        ErofsData data = ErofsData.Locate(inode, size, offset, superblock.BlockBits);
        data.Check(image);
        return data;
    }

    private void ReadDirectory(PendingDirectory directory)
    {
        // Overlapping directories could make a small image list its bytes many times over.
        directoryBytes += directory.Data.Size;
        if (directoryBytes > image.Length)
        {
            throw ImageBytes.Corrupt(directory.Data.InlineOffset, "the directories hold more bytes than the image, so they overlap");
        }

        var entries = new ErofsDirectoryReader(image, directory.Data, 1 << superblock.BlockBits);
        int dots = 0;
        while (entries.MoveNext())
        {
            bool isSelf = entries.Name.SequenceEqual("."u8);
            if (isSelf || entries.Name.SequenceEqual(".."u8))
            {
                dots++;
                Require(entries.Nid == (isSelf ? directory.Nid : directory.ParentNid), entries.Offset, "'.' or '..' has a wrong inode");
                Require(entries.Type == ErofsLayout.EntryTypeOf(NodeType.Directory), entries.Offset, "'.' or '..' is not a directory");
                continue;
            }

            AddName(directory, entries.Name.ToArray(), entries.Nid, entries.Type, entries.Offset);
        }

        Require(dots == 2, directory.Data.InlineOffset, "a directory lacks '.' or '..'");
    }

    private void AddName(PendingDirectory directory, byte[] name, ulong nid, byte type, long offset)
    {
        bool isKnown = nodesByNid.TryGetValue(nid, out int child);
        if (!isKnown)
        {
            child = AddNode(nid, directory.Nid, names.Count);
        }

        NodeType found = nodes[child].Type;
        Require(!isKnown || found != NodeType.Directory, offset, "a directory has two names, or is within itself");
        Require(ErofsLayout.EntryTypeOf(found) == type, offset, $"an entry has type {type}, and its inode {found}");
        names.Add(new DumpName(directory.Node, name, child));
    }

    private static void Require(bool holds, long offset, string otherwise)
    {
        if (!holds)
        {
            throw ImageBytes.Corrupt(offset, otherwise);
        }
    }
}
