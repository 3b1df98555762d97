using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// A directory's listing, run by run. A run is the entries that can stand behind one header: at most 256, their inodes in
/// one metadata block and their numbers near the first one's.
/// </summary>
/// <param name="tree">The whole tree.</param>
/// <param name="directory">Whose listing.</param>
/// <param name="inodePositions">Each node's place in the stream of inodes; known for all entries.</param>
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

    /// <summary>Where the block with their inodes begins.</summary>
    public uint InodeBlock { get; private set; }

    /// <summary>The first one's inode number, from which the others are told.</summary>
    public uint BaseNumber { get; private set; }

    /// <summary>Where the current run's header stands in the listing.</summary>
    public long Offset { get; private set; }

    /// <summary>Where the next one stands: after the last run, the listing's length.</summary>
    public long EndOffset { get; private set; }

    /// <summary>
    /// Whether the index tells where the current run stands: about every 8 KiB of the listing, so that the kernel need not look
    /// through all of a large one for a name. An inode has a 16-bit count of them; what stands behind is searched.
    /// </summary>
    public bool IsIndexed { get; private set; }

    /// <summary>Runs up to the current one that the index tells of.</summary>
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
