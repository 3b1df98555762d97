using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// Lays out a tree as an uncompressed SquashFS 4.0 image: every kernel since 2.6.29 mounts it. The order: the superblock, the
/// contents from 4096 on, each file aligned, then inodes, directory listings, owners, attributes. There are no fragments,
/// since a file's end would be copied into one, and no export table, which only NFS uses. See
/// Documentation/filesystems/squashfs.rst of Linux.
/// </summary>
/// <param name="blockBits">
/// The size of a data block as a power of two, 12 to 20. It determines how much the kernel reads at once, and how many block
/// sizes an inode lists.
/// </param>
internal sealed class SquashFsPlanner(int blockBits = SquashFsPlanner.DefaultBlockBits) : IImagePlanner
{
    /// <summary>32 KiB: see the measurements in docs/formats.md.</summary>
    public const int DefaultBlockBits = 15;

    public const int DataStart = FileExtents.AlignmentInBytes;

    public ImageFormat Format => ImageFormat.SquashFs;

    /// <summary>Times are 32 bits of seconds from 1970 on; times outside this range become the nearest one in it.</summary>
    public static uint TimeOf(long seconds) => (uint)Math.Clamp(seconds, 0, uint.MaxValue);

    public ImagePlan Plan(Tree tree, CancellationToken cancellationToken = default)
    {
        tree = AccessLists.Remove(tree, out IReadOnlyList<NodeId> listed);
        var owners = new SquashFsOwners(tree);
        var xattrs = new SquashFsXattrPlan(tree);
        List<NodeId> directories = FindDirectories(tree);
        SquashFsAreas areas = new SquashFsWriter<MeasuringSink>(tree, directories, owners, xattrs, blockBits, cancellationToken).Write(default, default, FileStarts.None);
        var tables = new SquashFsTables(areas, owners.Ids.Count, xattrs);
        if (tables.End > Array.MaxLength)
        {
            throw new DiskImageException(
                DiskImageError.TooLarge, $"the metadata needs {tables.End} bytes, and at most {Array.MaxLength} are held in memory");
        }

        byte[] bytes = new byte[tables.End];
        var files = new FileStarts(areas.FileCount);
        var inodes = new MetadataStream<EmittingSink>(SinkAt(bytes, 0), areas.InodeBytes);
        var listings = new MetadataStream<EmittingSink>(SinkAt(bytes, tables.Listings), areas.ListingBytes);
        SquashFsAreas emitted = new SquashFsWriter<EmittingSink>(tree, directories, owners, xattrs, blockBits, cancellationToken).Write(inodes, listings, files);
        if (emitted != areas)
        {
            throw new InvalidOperationException($"the image was measured as {areas} and written as {emitted}");
        }

        WriteOwners(bytes, tables, areas.DataEnd, owners.Ids);
        WriteXattrs(bytes, tables, areas.DataEnd, xattrs);
        long end = areas.DataEnd + tables.End;
        return new ImagePlan
        {
            Format = ImageFormat.SquashFs,
            Tree = tree,
            Length = SquashFsLayout.BlocksFor(end, FileExtents.AlignmentInBytes) * FileExtents.AlignmentInBytes,
            Metadata = [new MetadataRegion(0, Superblock(tree, areas, tables, owners, xattrs)), new MetadataRegion(areas.DataEnd, bytes)],
            Files = files.ToExtents(),
            LeftOut = SquashFsLosses.OfAccessLists(tree, listed),
        };
    }

    /// <summary>
    /// All directories in the order in which a walk enters them, each before its subdirectories. The kernel caches eight
    /// metadata blocks: in this order, a walk reads each of them about once; in the tree's own order (by depth), twice.
    /// </summary>
    private static List<NodeId> FindDirectories(Tree tree)
    {
        List<NodeId> found = [];
        Stack<NodeId> ahead = new([Tree.Root]);
        while (ahead.TryPop(out NodeId directory))
        {
            found.Add(directory);
            ReadOnlySpan<DirectoryEntry> entries = tree.EntriesOf(directory);
            for (int i = entries.Length - 1; i >= 0; i--)
            {
                if (tree[entries[i].Node].Type == NodeType.Directory)
                {
                    ahead.Push(entries[i].Node);
                }
            }
        }

        return found;
    }

    private static EmittingSink SinkAt(byte[] bytes, long position) => new(bytes) { Position = position };

    private static void WriteOwners(byte[] bytes, in SquashFsTables tables, long tablesStart, IReadOnlyList<uint> ids)
    {
        var stream = new MetadataStream<EmittingSink>(SinkAt(bytes, tables.Ids), ids.Count * sizeof(uint));
        foreach (uint id in ids)
        {
            stream.U32(id);
        }

        EmittingSink index = SinkAt(bytes, tables.IdIndex);
        WriteIndex(ref index, tablesStart + tables.Ids, stream.Position);
    }

    private static void WriteXattrs(byte[] bytes, in SquashFsTables tables, long tablesStart, SquashFsXattrPlan xattrs)
    {
        if (xattrs.Count == 0)
        {
            return;
        }

        var pairs = new MetadataStream<EmittingSink>(SinkAt(bytes, tables.XattrPairs), xattrs.PairBytes);
        xattrs.WritePairs(ref pairs);
        var sets = new MetadataStream<EmittingSink>(SinkAt(bytes, tables.XattrSets), (long)xattrs.Count * SquashFsLayout.XattrIdInBytes);
        xattrs.WriteSets(ref sets);
        EmittingSink index = SinkAt(bytes, tables.XattrIndex);
        index.U64((ulong)(tablesStart + tables.XattrPairs));
        index.U32((uint)xattrs.Count);
        index.U32(0);
        WriteIndex(ref index, tablesStart + tables.XattrSets, sets.Position);
    }

    /// <summary>Writes the image offset of each metadata block of a table.</summary>
    private static void WriteIndex(ref EmittingSink sink, long tableStart, long streamBytes)
    {
        for (long position = 0; position < streamBytes; position += SquashFsLayout.MetadataBlockInBytes)
        {
            sink.U64((ulong)(tableStart + SquashFsLayout.BlockStartOf(position)));
        }
    }

    private byte[] Superblock(Tree tree, in SquashFsAreas areas, in SquashFsTables tables, SquashFsOwners owners, SquashFsXattrPlan xattrs)
    {
        byte[] bytes = new byte[SquashFsSuperblock.SizeInBytes];
        ulong start = (ulong)areas.DataEnd;
        int flags = SquashFsSuperblock.InodesAreStored | SquashFsSuperblock.DataIsStored | SquashFsSuperblock.FragmentsAreStored
            | SquashFsSuperblock.HasNoFragments | SquashFsSuperblock.XattrsAreStored | SquashFsSuperblock.IdsAreStored
            | (xattrs.Count == 0 ? SquashFsSuperblock.HasNoXattrs : 0);
        var sink = new EmittingSink(bytes);
        new SquashFsSuperblock
        {
            InodeCount = (uint)tree.NodeCount,
            ModifiedSeconds = TimeOf(tree[Tree.Root].ModifiedSeconds),
            BlockInBytes = 1u << blockBits,
            Compression = SquashFsSuperblock.Gzip,
            BlockBits = (ushort)blockBits,
            Flags = (ushort)flags,
            IdCount = (ushort)owners.Ids.Count,
            MajorVersion = SquashFsSuperblock.Major,
            MinorVersion = SquashFsSuperblock.Minor,
            RootInode = SquashFsLayout.ReferenceTo(areas.RootPosition),
            BytesUsed = start + (ulong)tables.End,
            IdTable = start + (ulong)tables.IdIndex,
            XattrTable = xattrs.Count == 0 ? SquashFsLayout.NoTable : start + (ulong)tables.XattrIndex,
            InodeTable = start,
            DirectoryTable = start + (ulong)tables.Listings,
            FragmentTable = SquashFsLayout.NoTable,
            ExportTable = SquashFsLayout.NoTable,
        }.Write(ref sink);
        return bytes;
    }
}
