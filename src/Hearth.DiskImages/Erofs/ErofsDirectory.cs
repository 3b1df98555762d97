using Hearth.FileTree;

namespace Hearth.DiskImages.Erofs;

/// <summary>
/// A directory's entries as the format orders them: "." and ".." are among the names, all names are sorted by their bytes,
/// and each block takes as many as fit. The last block is the tail.
/// </summary>
internal readonly ref struct ErofsDirectory
{
    private readonly Tree tree;
    private readonly NodeId self;
    private readonly NodeId parent;
    private readonly ReadOnlySpan<DirectoryEntry> entries;
    private readonly int dot;
    private readonly int dotDot;

    public ErofsDirectory(Tree tree, NodeId directory)
    {
        this.tree = tree;
        self = directory;
        parent = tree.ParentOf(directory);
        entries = tree.EntriesOf(directory);
        dot = CountBefore("."u8, 0);
        dotDot = CountBefore(".."u8, dot) + 1;
    }

    public int Count => entries.Length + 2;

    public ReadOnlySpan<byte> NameOf(int index) => index == dot ? "."u8 : index == dotDot ? ".."u8 : tree.NameOf(EntryAt(index));

    public NodeId NodeOf(int index) => index == dot ? self : index == dotDot ? parent : EntryAt(index).Node;

    /// <summary>The index after the last entry of the block that begins with the given entry.</summary>
    public int EndOfBlock(int first, out int bytes)
    {
        bytes = 0;
        int index = first;
        for (; index < Count; index++)
        {
            int needed = ErofsLayout.DirectoryEntryInBytes + NameLengthOf(index);
            if (bytes + needed > ErofsLayout.BlockInBytes)
            {
                break;
            }

            bytes += needed;
        }

        return index;
    }

    public void Measure(out int wholeBlocks, out int tailBytes)
    {
        wholeBlocks = -1;
        tailBytes = 0;
        for (int first = 0; first < Count; wholeBlocks++)
        {
            first = EndOfBlock(first, out tailBytes);
        }
    }

    private int NameLengthOf(int index) => index == dot ? 1 : index == dotDot ? 2 : EntryAt(index).NameLength;

    private ref readonly DirectoryEntry EntryAt(int index) => ref entries[index - (index > dot ? 1 : 0) - (index > dotDot ? 1 : 0)];

    /// <summary>Few names begin with a byte before '.', so counting is faster than a search.</summary>
    private int CountBefore(ReadOnlySpan<byte> name, int from)
    {
        int index = from;
        while (index < entries.Length && tree.NameOf(entries[index]).SequenceCompareTo(name) < 0)
        {
            index++;
        }

        return index;
    }
}
