using Hearth.FileTree;

namespace Hearth.DiskImages.Erofs;

/// <summary>
/// Writes the metadata of a tree, front to back. With a measuring sink, it computes the areas and every inode's slot. With
/// these and an emitting sink, it writes the same bytes at the same places.
/// </summary>
/// <param name="tree">What to write.</param>
/// <param name="xattrs">How its attributes are stored.</param>
/// <param name="slots">Each node's nid: filled by measuring, needed by directory entries when emitting.</param>
/// <param name="areas">The result of measuring; the default value while measuring.</param>
/// <param name="sink">Where the bytes go.</param>
/// <param name="cancellationToken">Checked from time to time.</param>
internal sealed class ErofsWriter<TSink>(
    Tree tree, ErofsXattrPlan xattrs, uint[] slots, ErofsAreas areas, TSink sink, CancellationToken cancellationToken)
    where TSink : struct, IImageSink
{
    private const int NodesBetweenCancellationChecks = 4096;

    private TSink sink = sink;
    private ErofsSlots places = new(ErofsSuperblock.Offset + ErofsSuperblock.SizeInBytes);
    private long nextBlock = areas.BlocksStart / ErofsLayout.BlockInBytes;
    private long nextDataBlock = areas.DataStart / ErofsLayout.BlockInBytes;
    private int fileCount;

    /// <summary>An inode's data: how much in whole blocks, how much behind the inode.</summary>
    private readonly record struct Shape(long Size, int WholeBlocks, int InlineBytes)
    {
        public int Layout => InlineBytes > 0 ? ErofsLayout.FlatInline : ErofsLayout.FlatPlain;
    }

    public ErofsAreas Write(FileStarts files)
    {
        WriteSuperblock();
        for (int i = 0; i < tree.NodeCount; i++)
        {
            if (i % NodesBetweenCancellationChecks == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            WriteInode(new NodeId(i), files);
        }

        long sharedXattrStart = AlignToBlock(places.End);
        xattrs.WriteShared(ref sink);
        long blocksStart = AlignToBlock(sink.Position);
        WriteWholeBlocks();
        long dataStart = AlignToBlock(sink.Position);
        long dataBlocks = nextDataBlock - (areas.DataStart / ErofsLayout.BlockInBytes);
        return new ErofsAreas(sharedXattrStart, blocksStart, dataStart, fileCount, (dataStart / ErofsLayout.BlockInBytes) + dataBlocks);
    }

    private void WriteSuperblock()
    {
        ref readonly Node root = ref tree[Tree.Root];
        sink.Position = ErofsSuperblock.Offset;
        new ErofsSuperblock
        {
            CompatibleFeatures = ErofsSuperblock.HasChecksum | ErofsSuperblock.HasModificationTimes,
            BlockBits = ErofsLayout.BlockBits,
            RootNid = checked((ushort)slots[Tree.Root.Index]),
            InodeCount = (ulong)tree.NodeCount,
            BuildSeconds = (ulong)root.ModifiedSeconds,
            BuildNanoseconds = root.ModifiedNanoseconds,
            Blocks = (uint)areas.Blocks,
            XattrBlock = (uint)(areas.SharedXattrStart / ErofsLayout.BlockInBytes),
        }.Write(ref sink);
    }

    private void WriteInode(NodeId id, FileStarts files)
    {
        ref readonly Node node = ref tree[id];
        int xattrSet = tree.XattrSetOf(id);
        int xattrBytes = xattrs.BytesOf(xattrSet);
        Shape shape = ShapeOf(id, node, xattrBytes);
        sink.Position = places.Take(ErofsInode.SizeInBytes + xattrBytes + shape.InlineBytes, withinOneBlock: shape.InlineBytes > 0);
        slots[id.Index] = checked((uint)(sink.Position / ErofsLayout.SlotInBytes));
        new ErofsInode
        {
            Format = (ushort)(ErofsLayout.ExtendedInode | (shape.Layout << ErofsLayout.DataLayoutShift)),
            XattrUnits = ErofsXattrPlan.UnitsOf(xattrBytes),
            Mode = node.Mode,
            Size = (ulong)shape.Size,
            BlockOrDevice = node.Type == NodeType.Regular ? TakeFileBlocks(id, node.Size, files) : TakeBlocksOrDevice(node, shape),
            Number = (uint)id.Index + 1,
            Uid = node.Uid,
            Gid = node.Gid,
            ModifiedSeconds = node.ModifiedSeconds,
            ModifiedNanoseconds = node.ModifiedNanoseconds,
            LinkCount = node.LinkCount,
        }.Write(ref sink);
        xattrs.WriteSet(ref sink, xattrSet);
        if (shape.InlineBytes > 0)
        {
            WriteInline(id, node, shape.WholeBlocks);
        }
    }

    private Shape ShapeOf(NodeId id, in Node node, int xattrBytes)
    {
        switch (node.Type)
        {
            case NodeType.Directory:
                new ErofsDirectory(tree, id).Measure(out int wholeBlocks, out int tailBytes);
                return ShapeOf(wholeBlocks, tailBytes, xattrBytes);
            case NodeType.SymbolicLink when node.Size > ErofsLayout.MostLinkTargetBytes:
                throw new DiskImageException(
                    DiskImageError.TooLarge, $"the symbolic link '{tree.TextPathOf(id)}' has {node.Size} bytes, and the kernel reads at most {ErofsLayout.MostLinkTargetBytes}");
            case NodeType.SymbolicLink:
                return ShapeOf(0, (int)node.Size, xattrBytes);
            default:
                return new Shape(node.Size, 0, 0);
        }
    }

    /// <summary>A tail follows its inode if both fit into one block; otherwise it gets a block of its own.</summary>
    private static Shape ShapeOf(int wholeBlocks, int tailBytes, int xattrBytes)
    {
        long size = ((long)wholeBlocks * ErofsLayout.BlockInBytes) + tailBytes;
        return ErofsInode.SizeInBytes + xattrBytes + tailBytes <= ErofsLayout.BlockInBytes
            ? new Shape(size, wholeBlocks, tailBytes)
            : new Shape(size, wholeBlocks + 1, 0);
    }

    private uint TakeBlocksOrDevice(in Node node, in Shape shape)
    {
        if (shape.WholeBlocks == 0)
        {
            return node.DeviceNumber;
        }

        nextBlock += shape.WholeBlocks;
        return checked((uint)(nextBlock - shape.WholeBlocks));
    }

    private uint TakeFileBlocks(NodeId id, long size, FileStarts files)
    {
        if (size == 0)
        {
            return 0;
        }

        long blocks = ((size - 1) / ErofsLayout.BlockInBytes) + 1;
        if (blocks > uint.MaxValue - nextDataBlock)
        {
            throw new DiskImageException(
                DiskImageError.TooLarge, $"with '{tree.TextPathOf(id)}' of {size} bytes the files need more than the 16 TiB that an EROFS image can have");
        }

        files.Add(nextDataBlock, id.Index);
        fileCount++;
        nextDataBlock += blocks;
        return (uint)(nextDataBlock - blocks);
    }

    private void WriteInline(NodeId id, in Node node, int wholeBlocks)
    {
        if (node.Type == NodeType.SymbolicLink)
        {
            sink.Bytes(tree.LinkTargetOf(id));
            return;
        }

        var directory = new ErofsDirectory(tree, id);
        int first = 0;
        for (int block = 0; block < wholeBlocks; block++)
        {
            first = directory.EndOfBlock(first, out _);
        }

        WriteEntries(directory, first, directory.Count);
    }

    private void WriteWholeBlocks()
    {
        for (int i = 0; i < tree.NodeCount; i++)
        {
            var id = new NodeId(i);
            ref readonly Node node = ref tree[id];
            if (node.Type is not (NodeType.Directory or NodeType.SymbolicLink))
            {
                continue;
            }

            int wholeBlocks = ShapeOf(id, node, xattrs.BytesOf(tree.XattrSetOf(id))).WholeBlocks;
            if (node.Type == NodeType.Directory)
            {
                WriteDirectoryBlocks(new ErofsDirectory(tree, id), wholeBlocks);
            }
            else if (wholeBlocks > 0)
            {
                AlignToBlock(sink.Position);
                sink.Bytes(tree.LinkTargetOf(id));
            }
        }
    }

    private void WriteDirectoryBlocks(in ErofsDirectory directory, int wholeBlocks)
    {
        int first = 0;
        for (int block = 0; block < wholeBlocks; block++)
        {
            AlignToBlock(sink.Position);
            int end = directory.EndOfBlock(first, out _);
            WriteEntries(directory, first, end);
            first = end;
        }
    }

    private void WriteEntries(in ErofsDirectory directory, int first, int end)
    {
        int nameOffset = (end - first) * ErofsLayout.DirectoryEntryInBytes;
        for (int i = first; i < end; i++)
        {
            NodeId node = directory.NodeOf(i);
            sink.U64(slots[node.Index]);
            sink.U16((ushort)nameOffset);
            sink.U8(ErofsLayout.EntryTypeOf(tree[node].Type));
            sink.U8(0);
            nameOffset += directory.NameOf(i).Length;
        }

        for (int i = first; i < end; i++)
        {
            sink.Bytes(directory.NameOf(i));
        }
    }

    private long AlignToBlock(long position)
    {
        sink.Position = ErofsSlots.AlignUp(position, ErofsLayout.BlockInBytes);
        return sink.Position;
    }
}
