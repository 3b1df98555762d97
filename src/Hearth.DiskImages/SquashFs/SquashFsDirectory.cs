using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// A directory's listing, run by run. A run consists of the entries that share one header: at most 256, with their inodes in
/// one metadata block and their inode numbers near the first one's.
/// </summary>
/// <param name="tree">The whole tree.</param>
/// <param name="directory">The directory to list.</param>
/// <param name="inodePositions">Each node's position in the stream of inodes; known for all entries.</param>
internal ref struct SquashFsDirectory(Tree tree, NodeId directory, uint[] inodePositions)
{
    private readonly Tree tree = tree;
    private readonly ReadOnlySpan<DirectoryEntry> entries = tree.EntriesOf(directory);
    private readonly uint[] inodePositions = inodePositions;
    private int first;
    private int end;
    private long lastIndexed;

    /// <summary>The current run's entries.</summary>
    public readonly ReadOnlySpan<DirectoryEntry> Entries => entries[first..end];

    /// <summary>The start of the block with the run's inodes.</summary>
    public uint InodeBlock { get; private set; }

    /// <summary>The inode number of the run's first entry; the other numbers are relative to it.</summary>
    public uint BaseNumber { get; private set; }

    /// <summary>The offset of the current run's header in the listing.</summary>
    public long Offset { get; private set; }

    /// <summary>The offset of the next run; after the last run, the listing's length.</summary>
    public long EndOffset { get; private set; }

    /// <summary>
    /// Whether the directory's index has an entry for the current run: about one per 8 KiB of the listing, so that the kernel
    /// need not search all of a large listing for a name. An inode counts index entries in 16 bits; the kernel searches the
    /// runs after the last one.
    /// </summary>
    public bool IsIndexed { get; private set; }

    /// <summary>The number of indexed runs up to the current one.</summary>
    public ushort IndexEntries { get; private set; }

    public static uint NumberOf(NodeId node) => (uint)node.Index + 1;

    public bool MoveNext()
    {
        if (end == entries.Length)
        {
            return false;
        }

        first = end;
        Offset = EndOffset;
        IsIndexed = Offset - lastIndexed >= SquashFsLayout.MetadataBlockInBytes && IndexEntries < ushort.MaxValue;
        if (IsIndexed)
        {
            lastIndexed = Offset;
            IndexEntries++;
        }

        NodeId leader = entries[first].Node;
        InodeBlock = (uint)SquashFsLayout.BlockStartOf(inodePositions[leader.Index]);
        BaseNumber = NumberOf(leader);
        EndOffset += SquashFsLayout.RunHeaderInBytes;
        for (; end < entries.Length && end - first < SquashFsLayout.MostEntriesInRun && FitsTheRun(entries[end].Node); end++)
        {
            EndOffset += SquashFsLayout.EntryInBytes + entries[end].NameLength;
        }

        return true;
    }

    private readonly bool FitsTheRun(NodeId node) =>
        (uint)SquashFsLayout.BlockStartOf(inodePositions[node.Index]) == InodeBlock
        && (long)NumberOf(node) - BaseNumber is >= short.MinValue and <= short.MaxValue;
}
