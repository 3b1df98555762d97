using System.Text;
using Hearth.FileTree;

namespace Hearth.DiskImages.SquashFs;

/// <summary>
/// Extended attributes: each distinct set is written once, and the inodes that have it refer to it by number. Sets are
/// numbered in the order of their first nodes, since the tree's own numbers may depend on the order of a multi-threaded walk.
/// <see cref="SquashFsXattrReader"/> describes the layout.
/// </summary>
internal sealed class SquashFsXattrPlan
{
    private const int EntryHeaderInBytes = 2 + 2 + 4;

    private readonly Tree tree;
    private readonly uint[] numbers;
    private readonly List<int> sets = [];

    /// <exception cref="DiskImageException">The format cannot store an attribute.</exception>
    public SquashFsXattrPlan(Tree tree)
    {
        this.tree = tree;
        numbers = new uint[tree.XattrSetCount];
        Array.Fill(numbers, SquashFsLayout.None);
        for (int i = 0; i < tree.NodeCount && sets.Count < numbers.Length; i++)
        {
            int set = tree.XattrSetOf(new NodeId(i));
            if (set >= 0 && numbers[set] == SquashFsLayout.None)
            {
                RefuseUnstorable(new NodeId(i));
                numbers[set] = (uint)sets.Count;
                sets.Add(set);
                PairBytes += BytesOf(set);
            }
        }
    }

    /// <summary>The number of sets that are written.</summary>
    public int Count => sets.Count;

    /// <summary>Length of the stream of names and values.</summary>
    public long PairBytes { get; private set; }

    /// <summary>The number by which an inode refers to its set, or <see cref="SquashFsLayout.None"/>.</summary>
    public uint NumberOf(int set) => set < 0 ? SquashFsLayout.None : numbers[set];

    public void WritePairs(ref MetadataStream<EmittingSink> sink)
    {
        foreach (int set in sets)
        {
            foreach (Xattr xattr in tree.XattrSet(set))
            {
                SquashFsXattrNames.TrySplit(xattr.Name.Span, out ushort type, out int prefixLength);
                sink.U16(type);
                sink.U16((ushort)(xattr.Name.Length - prefixLength));
                sink.Bytes(xattr.Name.Span[prefixLength..]);
                sink.U32((uint)xattr.Value.Length);
                sink.Bytes(xattr.Value.Span);
            }
        }
    }

    public void WriteSets(ref MetadataStream<EmittingSink> sink)
    {
        long position = 0;
        foreach (int set in sets)
        {
            long bytes = BytesOf(set);
            sink.U64(SquashFsLayout.ReferenceTo(position));
            sink.U32((uint)tree.XattrSet(set).Length);
            sink.U32((uint)bytes);
            position += bytes;
        }
    }

    private long BytesOf(int set)
    {
        long bytes = 0;
        foreach (Xattr xattr in tree.XattrSet(set))
        {
            SquashFsXattrNames.TrySplit(xattr.Name.Span, out _, out int prefixLength);
            bytes += EntryHeaderInBytes + xattr.Name.Length - prefixLength + xattr.Value.Length;
        }

        return bytes;
    }

    private void RefuseUnstorable(NodeId node)
    {
        foreach (Xattr xattr in tree.XattrsOf(node))
        {
            if (!SquashFsXattrNames.TrySplit(xattr.Name.Span, out _, out _))
            {
                throw new DiskImageException(
                    DiskImageError.Unsupported,
                    $"SquashFS cannot store the extended attribute '{Encoding.UTF8.GetString(xattr.Name.Span)}' of '{tree.TextPathOf(node)}'; " +
                    "use EROFS, remove it, or leave the file out");
            }
        }
    }
}
