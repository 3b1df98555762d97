using System.Buffers.Binary;
using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// Reads a SquashFS image from its root down, and claims every byte it understands. Steps:
/// 1. the superblock and the tables of owners, attributes, fragments; 2. from the root, directory by directory, each inode
/// once; 3. the map of regions.
/// </summary>
internal sealed class SquashFsReader(ImageBytes image, CancellationToken cancellationToken)
{
    /// <summary>
    /// Hearth's images have fewer nodes, and a dump of more would not fit a small machine's memory. No image has more nodes
    /// than bytes either: even well compressed, a name and its inode take more than one byte.
    /// </summary>
    private const int MostNodes = 1 << 24;

    private const int FragmentInBytes = 16;

    private readonly RegionMap regions = new(image);
    private readonly List<DumpNode> nodes = [];
    private readonly List<DumpName> names = [];
    private readonly Dictionary<ulong, int> nodesByReference = [];
    private readonly Stack<PendingDirectory> pending = new();
    private readonly HashSet<(ulong Start, long Length)> claimedData = [];

    private SquashFsSuperblock superblock;
    private MetadataTable inodes = null!;
    private MetadataTable listings = null!;
    private SquashFsXattrReader xattrs = null!;
    private byte[] ids = [];
    private byte[] fragments = [];

    private readonly record struct PendingDirectory(SquashFsInode Inode, int Node);

    public static bool IsSquashFs(ImageBytes image) =>
        image.Length >= SquashFsSuperblock.SizeInBytes && image.ReadU32(0, "the superblock") == SquashFsSuperblock.Magic;

    public ImageDump Read()
    {
        ReadSuperblock();
        ReadTables();
        AddNode(superblock.RootInode, parentNumber: null, name: -1);
        if (nodes[0].Type != NodeType.Directory)
        {
            throw ImageBytes.Corrupt((long)superblock.InodeTable, "the root is not a directory");
        }

        while (pending.TryPop(out PendingDirectory directory))
        {
            cancellationToken.ThrowIfCancellationRequested();
            ReadDirectory(directory);
        }

        xattrs.ClaimValuesElsewhere();
        return new ImageDump
        {
            Format = ImageFormat.SquashFs,
            Length = image.Length,
            Fields = SquashFsFields.Of(superblock),
            Regions = regions.Complete(cancellationToken),
            Nodes = nodes,
            Names = names,
        };
    }

    private void ReadSuperblock()
    {
        superblock = SquashFsSuperblock.Read(image.Read(0, SquashFsSuperblock.SizeInBytes, "the superblock"));
        if ((superblock.MajorVersion, superblock.MinorVersion) != (SquashFsSuperblock.Major, SquashFsSuperblock.Minor))
        {
            throw ImageBytes.Unsupported(0, $"version {superblock.MajorVersion}.{superblock.MinorVersion}");
        }

        if (superblock.BlockBits is < SquashFsLayout.LeastBlockBits or > SquashFsLayout.MostBlockBits || superblock.BlockInBytes != 1u << superblock.BlockBits)
        {
            throw ImageBytes.Corrupt(0, $"blocks of {superblock.BlockInBytes} bytes, or of 2^{superblock.BlockBits}");
        }

        if (superblock.BytesUsed > (ulong)image.Length)
        {
            throw ImageBytes.Corrupt(0, $"the file system of {superblock.BytesUsed} bytes reaches past the image's end at {image.Length}");
        }

        if (superblock.InodeTable >= superblock.DirectoryTable || superblock.DirectoryTable > superblock.BytesUsed)
        {
            throw ImageBytes.Corrupt(0, $"inodes at {superblock.InodeTable}, directories at {superblock.DirectoryTable}, the end at {superblock.BytesUsed}");
        }

        regions.Claim(0, SquashFsSuperblock.SizeInBytes, RegionKind.Superblock, DumpRegion.NoNode);
        if ((superblock.Flags & SquashFsSuperblock.HasCompressorOptions) != 0)
        {
            // The compressor's options follow the superblock as one block of metadata. Expanding does not need them.
            int header = image.ReadU16(SquashFsSuperblock.SizeInBytes, "the compressor's options");
            int length = SquashFsLayout.MetadataHeaderInBytes + (header & ~SquashFsLayout.MetadataIsStored);
            regions.Claim(SquashFsSuperblock.SizeInBytes, length, RegionKind.Superblock, DumpRegion.NoNode);
        }
    }

    private void ReadTables()
    {
        inodes = OpenTable(superblock.InodeTable, superblock.DirectoryTable, RegionKind.Inode, "the inodes");
        listings = OpenTable(superblock.DirectoryTable, superblock.BytesUsed, RegionKind.Directory, "the directories");
        ids = IndexedTable.Read(image, regions, superblock, (superblock.IdTable, superblock.IdCount, sizeof(uint), "the id table"));
        xattrs = new SquashFsXattrReader(image, regions, superblock);
        if (superblock.FragmentCount > 0)
        {
            fragments = IndexedTable.Read(image, regions, superblock, (superblock.FragmentTable, superblock.FragmentCount, FragmentInBytes, "the fragment table"));
            ClaimFragments();
        }

        if (superblock.ExportTable != SquashFsLayout.NoTable)
        {
            _ = IndexedTable.Read(image, regions, superblock, (superblock.ExportTable, superblock.InodeCount, sizeof(ulong), "the export table"));
        }
    }

    private MetadataTable OpenTable(ulong start, ulong end, RegionKind kind, string what) =>
        new(image, regions, new MetadataPlace((long)start, (long)end, superblock.Compression, kind, what));

    /// <summary>A fragment's block holds the ends of several files: start u64, size u32, 0 u32.</summary>
    private void ClaimFragments()
    {
        for (int at = 0; at < fragments.Length; at += FragmentInBytes)
        {
            var reader = new WireReader(fragments.AsSpan(at, FragmentInBytes));
            ulong start = reader.U64();
            ClaimData(start, StoredSizeOf(reader.U32(), (long)superblock.FragmentTable), DumpRegion.NoNode);
        }
    }

    private int AddNode(ulong reference, uint? parentNumber, int name)
    {
        if (nodes.Count == Math.Min(MostNodes, image.Length))
        {
            throw ImageBytes.Unsupported((long)superblock.InodeTable, $"more than {nodes.Count} inodes");
        }

        inodes.Seek(reference);
        long offset = inodes.Position;
        int node = nodes.Count;
        SquashFsInode inode = SquashFsInode.Read(inodes, node);
        if (inode.Type == NodeType.Directory && parentNumber is { } expected && inode.ParentNumber != expected)
        {
            throw ImageBytes.Corrupt(offset, $"a directory names inode {inode.ParentNumber} as its parent, and is in {expected}");
        }

        var found = new DumpNode
        {
            Number = inode.Number,
            FirstName = name,
            Mode = (ushort)(((int)inode.Type << 12) | (inode.Permissions & 0xFFF)),
            Uid = IdOf(inode.UserNumber, offset),
            Gid = IdOf(inode.GroupNumber, offset),
            LinkCount = inode.LinkCount,
            Size = inode.Size <= long.MaxValue ? (long)inode.Size : throw ImageBytes.Corrupt(offset, $"an inode of {inode.Size} bytes"),
            ModifiedSeconds = inode.ModifiedSeconds,
            DeviceNumber = inode.DeviceNumber,
        };
        nodes.Add(ReadRest(found, ref inode, offset, node) with { Xattrs = xattrs.Read(inode.Xattr, offset) });
        nodesByReference.Add(reference, node);
        return node;
    }

    /// <summary>Reads what follows the inode's fixed part, and what that refers to.</summary>
    private DumpNode ReadRest(DumpNode found, ref SquashFsInode inode, long offset, int node)
    {
        switch (found.Type)
        {
            case NodeType.Directory:
                SkipIndex(inode.IndexCount, offset, node);
                pending.Push(new PendingDirectory(inode, node));
                return found;
            case NodeType.Regular:
                ReadBlocks(inode, offset, node);
                return found;
            case NodeType.SymbolicLink when found.Size > SquashFsLayout.MostLinkTargetBytes:
                throw ImageBytes.Corrupt(offset, $"a symbolic link of {found.Size} bytes");
            case NodeType.SymbolicLink:
                found = found with { LinkTarget = inodes.Read((int)found.Size, RegionKind.LinkTarget, node) };
                break;
        }

        inode = inode.IsExtended ? inode with { Xattr = inodes.ReadU32(RegionKind.Inode, node) } : inode;
        return found;
    }

    /// <summary>
    /// Skips a directory's index: listing offset u32, block u32, name length - 1 u32, name. The kernel needs it; a dump does not.
    /// </summary>
    private void SkipIndex(int count, long offset, int node)
    {
        for (int i = 0; i < count; i++)
        {
            var reader = new WireReader(inodes.Read(3 * sizeof(uint), RegionKind.Inode, node));
            reader.Skip(2 * sizeof(uint));
            uint length = reader.U32();
            if (length >= SquashFsLayout.MostNameBytes)
            {
                throw ImageBytes.Corrupt(offset, $"a directory's index with a name of {length + 1L} bytes");
            }

            inodes.Read((int)length + 1, RegionKind.Inode, node);
        }
    }

    private void ReadBlocks(in SquashFsInode inode, long offset, int node)
    {
        bool hasTail = inode.Fragment != SquashFsLayout.None;
        ulong blocks = (inode.Size >> superblock.BlockBits) + (!hasTail && (inode.Size & (superblock.BlockInBytes - 1)) != 0 ? 1u : 0);
        if (hasTail && inode.Fragment >= fragments.Length / FragmentInBytes)
        {
            throw ImageBytes.Corrupt(offset, $"a file ends in fragment {inode.Fragment}, and there are {fragments.Length / FragmentInBytes}");
        }

        long stored = 0;
        for (ulong block = 0; block < blocks; block++)
        {
            stored += StoredSizeOf(inodes.ReadU32(RegionKind.Inode, node), offset);
        }

        ClaimData(inode.Start, stored, node);
    }

    private long StoredSizeOf(uint word, long offset)
    {
        uint size = word & (SquashFsLayout.DataIsStored - 1);
        return size <= superblock.BlockInBytes ? size : throw ImageBytes.Corrupt(offset, $"a block of {size} bytes");
    }

    /// <summary>Files of the same content may share their data; it is claimed for the first.</summary>
    private void ClaimData(ulong start, long length, int node)
    {
        if (length > 0 && claimedData.Add((start, length)))
        {
            regions.Claim((long)Math.Min(start, (ulong)image.Length), length, RegionKind.FileData, node);
        }
    }

    private uint IdOf(int number, long offset) => number < ids.Length / sizeof(uint)
        ? BinaryPrimitives.ReadUInt32LittleEndian(ids.AsSpan(number * sizeof(uint)))
        : throw ImageBytes.Corrupt(offset, $"owner number {number}, and there are {ids.Length / sizeof(uint)}");

    private void ReadDirectory(PendingDirectory directory)
    {
        foreach (SquashFsListingEntry entry in SquashFsListing.Read(listings, directory.Inode, directory.Node))
        {
            bool isKnown = nodesByReference.TryGetValue(entry.Reference, out int child);
            if (!isKnown)
            {
                child = AddNode(entry.Reference, directory.Inode.Number, names.Count);
            }

            DumpNode found = nodes[child];
            Require(!isKnown || found.Type != NodeType.Directory, entry.Offset, "a directory has two names, or is within itself");
            Require(SquashFsLayout.TypeOf(found.Type) == entry.Type, entry.Offset, $"an entry has type {entry.Type}, and its inode {found.Type}");
            Require(found.Number == entry.Number, entry.Offset, $"an entry names inode {entry.Number}, and refers to {found.Number}");
            names.Add(new DumpName(directory.Node, entry.Name, child));
        }
    }

    private static void Require(bool holds, long offset, string otherwise)
    {
        if (!holds)
        {
            throw ImageBytes.Corrupt(offset, otherwise);
        }
    }
}
