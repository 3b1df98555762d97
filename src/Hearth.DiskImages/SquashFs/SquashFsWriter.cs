using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// Writes the inodes and the directory listings of a tree. A listing refers to the inodes of its entries, and a directory's
/// inode to its listing. So directories are written backwards, each after its subdirectories. The inodes of a directory's
/// entries are adjacent and precede its listing. With sinks that count, it computes all positions; with sinks that store, it
/// writes the same bytes.
/// </summary>
/// <param name="tree">What to write.</param>
/// <param name="directories">All directories of the tree, in the order in which a walk enters them.</param>
/// <param name="owners">Its users and groups.</param>
/// <param name="xattrs">Its extended attributes.</param>
/// <param name="blockBits">The size of a data block, as a power of two.</param>
/// <param name="cancellationToken">Checked from time to time.</param>
internal sealed class SquashFsWriter<TSink>(Tree tree, IReadOnlyList<NodeId> directories, SquashFsOwners owners, SquashFsXattrPlan xattrs, int blockBits, CancellationToken cancellationToken)
    where TSink : struct, IImageSink
{
    private const int DirectoriesBetweenCancellationChecks = 512;

    /// <summary>The position of a node that is not written yet.</summary>
    private const uint NotWritten = uint.MaxValue;

    private readonly uint[] inodePositions = NewPositions(tree);
    private readonly uint[] listingPositions = new uint[tree.NodeCount];
    private readonly uint[] listingBytes = new uint[tree.NodeCount];
    private MetadataStream<TSink> inodes;
    private MetadataStream<TSink> listings;
    private long nextDataBlock = SquashFsPlanner.DataStart / FileExtents.AlignmentInBytes;
    private int fileCount;

    public SquashFsAreas Write(MetadataStream<TSink> inodeStream, MetadataStream<TSink> listingStream, FileStarts files)
    {
        inodes = inodeStream;
        listings = listingStream;
        for (int i = directories.Count - 1; i >= 0; i--)
        {
            if (i % DirectoriesBetweenCancellationChecks == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            WriteEntriesInodes(directories[i], files);
            WriteListing(directories[i]);
        }

        uint root = PositionForInode(Tree.Root);
        WriteDirectoryInode(Tree.Root, (uint)tree.NodeCount + 1);
        return new SquashFsAreas(inodes.Position, listings.Position, root, nextDataBlock * FileExtents.AlignmentInBytes, fileCount);
    }

    private static uint[] NewPositions(Tree tree)
    {
        uint[] positions = new uint[tree.NodeCount];
        Array.Fill(positions, NotWritten);
        return positions;
    }

    private void WriteEntriesInodes(NodeId directory, FileStarts files)
    {
        foreach (ref readonly DirectoryEntry entry in tree.EntriesOf(directory))
        {
            NodeId id = entry.Node;
            if (inodePositions[id.Index] != NotWritten)
            {
                continue;
            }

            PositionForInode(id);
            switch (tree[id].Type)
            {
                case NodeType.Directory:
                    WriteDirectoryInode(id, SquashFsDirectory.NumberOf(directory));
                    break;
                case NodeType.Regular:
                    WriteFileInode(id, files);
                    break;
                default:
                    WriteOtherInode(id);
                    break;
            }
        }
    }

    private uint PositionForInode(NodeId id) => inodePositions[id.Index] = checked((uint)inodes.Position);

    private void WriteHeader(NodeId id, bool isExtended)
    {
        ref readonly Node node = ref tree[id];
        inodes.U16((ushort)(SquashFsLayout.TypeOf(node.Type) + (isExtended ? SquashFsLayout.ExtendedType : 0)));
        inodes.U16(node.Permissions);
        inodes.U16(owners.NumberOf(node.Uid));
        inodes.U16(owners.NumberOf(node.Gid));
        inodes.U32(SquashFsPlanner.TimeOf(node.ModifiedSeconds));
        inodes.U32(SquashFsDirectory.NumberOf(id));
    }

    private void WriteDirectoryInode(NodeId id, uint parentNumber)
    {
        ref readonly Node node = ref tree[id];
        uint position = listingPositions[id.Index];
        uint size = listingBytes[id.Index] + SquashFsLayout.UnlistedBytes;
        uint block = (uint)SquashFsLayout.BlockStartOf(position);
        ushort offset = (ushort)(position % SquashFsLayout.MetadataBlockInBytes);
        uint xattr = xattrs.NumberOf(tree.XattrSetOf(id));
        bool isExtended = xattr != SquashFsLayout.None || size > SquashFsLayout.MetadataBlockInBytes;
        WriteHeader(id, isExtended);
        if (!isExtended)
        {
            inodes.U32(block);
            inodes.U32(node.LinkCount);
            inodes.U16((ushort)size);
            inodes.U16(offset);
            inodes.U32(parentNumber);
            return;
        }

        inodes.U32(node.LinkCount);
        inodes.U32(size);
        inodes.U32(block);
        inodes.U32(parentNumber);
        inodes.U16(CountIndexEntries(id));
        inodes.U16(offset);
        inodes.U32(xattr);
        WriteIndex(id, position);
    }

    private ushort CountIndexEntries(NodeId id)
    {
        var runs = new SquashFsDirectory(tree, id, inodePositions);
        while (runs.MoveNext())
        {
        }

        return runs.IndexEntries;
    }

    private void WriteIndex(NodeId id, uint listingPosition)
    {
        for (var runs = new SquashFsDirectory(tree, id, inodePositions); runs.MoveNext();)
        {
            if (!runs.IsIndexed)
            {
                continue;
            }

            ReadOnlySpan<byte> name = tree.NameOf(runs.Entries[0]);
            inodes.U32((uint)runs.Offset);
            inodes.U32((uint)SquashFsLayout.BlockStartOf(listingPosition + runs.Offset));
            inodes.U32((uint)name.Length - 1);
            inodes.Bytes(name);
        }
    }

    private void WriteFileInode(NodeId id, FileStarts files)
    {
        ref readonly Node node = ref tree[id];
        long blocks = SquashFsLayout.BlocksFor(node.Size, 1 << blockBits);
        long start = TakeData(id, node.Size, blocks, files);
        uint xattr = xattrs.NumberOf(tree.XattrSetOf(id));
        bool isExtended = xattr != SquashFsLayout.None || node.LinkCount != 1 || node.Size > uint.MaxValue || start > uint.MaxValue;
        WriteHeader(id, isExtended);
        if (isExtended)
        {
            inodes.U64((ulong)start);
            inodes.U64((ulong)node.Size);
            inodes.U64(0);
            inodes.U32(node.LinkCount);
            inodes.U32(SquashFsLayout.None);
            inodes.U32(0);
            inodes.U32(xattr);
        }
        else
        {
            inodes.U32((uint)start);
            inodes.U32(SquashFsLayout.None);
            inodes.U32(0);
            inodes.U32((uint)node.Size);
        }

        long left = node.Size;
        for (; left > 0; left -= 1 << blockBits)
        {
            inodes.U32((uint)Math.Min(left, 1 << blockBits) | SquashFsLayout.DataIsStored);
        }
    }

    /// <summary>Assigns a file its place in the data; an empty file needs none.</summary>
    private long TakeData(NodeId id, long size, long blocks, FileStarts files)
    {
        if (size == 0)
        {
            return 0;
        }

        long start = nextDataBlock;
        long pages = SquashFsLayout.BlocksFor(size, FileExtents.AlignmentInBytes);
        if (pages > uint.MaxValue - start || inodes.Position + (blocks * sizeof(uint)) > Array.MaxLength)
        {
            throw new DiskImageException(
                DiskImageError.TooLarge, $"with '{tree.TextPathOf(id)}' of {size} bytes the image would have more than 16 TiB of files or {Array.MaxLength} bytes of metadata; leave it out");
        }

        files.Add(start, id.Index);
        fileCount++;
        nextDataBlock += pages;
        return start * FileExtents.AlignmentInBytes;
    }

    private void WriteOtherInode(NodeId id)
    {
        ref readonly Node node = ref tree[id];
        uint xattr = xattrs.NumberOf(tree.XattrSetOf(id));
        WriteHeader(id, xattr != SquashFsLayout.None);
        inodes.U32(node.LinkCount);
        if (node.Type == NodeType.SymbolicLink)
        {
            if (node.Size > SquashFsLayout.MostLinkTargetBytes)
            {
                throw new DiskImageException(
                    DiskImageError.TooLarge, $"the symbolic link '{tree.TextPathOf(id)}' has {node.Size} bytes, and the kernel reads at most {SquashFsLayout.MostLinkTargetBytes}");
            }

            inodes.U32((uint)node.Size);
            inodes.Bytes(tree.LinkTargetOf(id));
        }
        else if (node.Type is NodeType.BlockDevice or NodeType.CharacterDevice)
        {
            inodes.U32(node.DeviceNumber);
        }

        if (xattr != SquashFsLayout.None)
        {
            inodes.U32(xattr);
        }
    }

    private void WriteListing(NodeId id)
    {
        listingPositions[id.Index] = checked((uint)listings.Position);
        var runs = new SquashFsDirectory(tree, id, inodePositions);
        while (runs.MoveNext())
        {
            listings.U32((uint)runs.Entries.Length - 1);
            listings.U32(runs.InodeBlock);
            listings.U32(runs.BaseNumber);
            foreach (ref readonly DirectoryEntry entry in runs.Entries)
            {
                listings.U16((ushort)(inodePositions[entry.Node.Index] % SquashFsLayout.MetadataBlockInBytes));
                listings.U16((ushort)(short)(SquashFsDirectory.NumberOf(entry.Node) - (long)runs.BaseNumber));
                listings.U16((ushort)SquashFsLayout.TypeOf(tree[entry.Node].Type));
                listings.U16((ushort)(entry.NameLength - 1));
                listings.Bytes(tree.NameOf(entry));
            }
        }

        listingBytes[id.Index] = checked((uint)runs.EndOffset);
    }
}
