using System.Text;
using Hearth.FileTree;

namespace Hearth.DiskImages.Erofs;

/// <summary>
/// Decides which attributes follow their inode and which are shared: a set that several nodes have is written once, and each
/// of them refers to it. Sets are laid out in the order of their first nodes, since the tree's set numbers may depend on the
/// order of a multi-threaded walk.
/// </summary>
internal sealed class ErofsXattrPlan
{
    private const int NotShared = -1;

    private readonly Tree tree;

    /// <summary>Each set's first id in the shared area, in units of 4 bytes, or <see cref="NotShared"/>.</summary>
    private readonly long[] sharedIds;

    private readonly int[] inodeBytes;
    private readonly List<int> sharedSets = [];

    public ErofsXattrPlan(Tree tree)
    {
        this.tree = tree;
        sharedIds = new long[tree.XattrSetCount];
        inodeBytes = new int[tree.XattrSetCount];
        if (tree.XattrSetCount > 0)
        {
            LayOut(CountUses());
        }
    }

    /// <summary>The bytes that follow an inode with the set; 0 for no set (-1).</summary>
    public int BytesOf(int set) => set < 0 ? 0 : inodeBytes[set];

    /// <summary>i_xattr_icount: the header counts as one unit.</summary>
    public static ushort UnitsOf(int bytes) =>
        bytes == 0 ? (ushort)0 : checked((ushort)(1 + ((bytes - ErofsLayout.XattrHeaderInBytes) / ErofsLayout.XattrUnitInBytes)));

    /// <summary>Writes the attributes that follow an inode; <see cref="ErofsXattrReader"/> describes the layout.</summary>
    public void WriteSet<TSink>(ref TSink sink, int set)
        where TSink : struct, IImageSink
    {
        if (set < 0)
        {
            return;
        }

        ReadOnlySpan<Xattr> xattrs = tree.XattrSet(set);
        int shared = SharedCount(set);
        sink.U32(0);
        sink.U8((byte)shared);
        sink.Zeros(7);
        long id = sharedIds[set];
        foreach (Xattr xattr in xattrs[..shared])
        {
            sink.U32(checked((uint)id));
            id += EntryBytes(xattr) / ErofsLayout.XattrUnitInBytes;
        }

        foreach (Xattr xattr in xattrs[shared..])
        {
            WriteEntry(ref sink, xattr);
        }
    }

    public void WriteShared<TSink>(ref TSink sink)
        where TSink : struct, IImageSink
    {
        foreach (int set in sharedSets)
        {
            foreach (Xattr xattr in tree.XattrSet(set)[..SharedCount(set)])
            {
                WriteEntry(ref sink, xattr);
            }
        }
    }

    private int[] CountUses()
    {
        int[] uses = new int[tree.XattrSetCount];
        for (int i = 0; i < tree.NodeCount; i++)
        {
            int set = tree.XattrSetOf(new NodeId(i));
            if (set >= 0)
            {
                uses[set]++;
            }
        }

        return uses;
    }

    private void LayOut(int[] uses)
    {
        long nextId = 0;
        for (int i = 0; i < tree.NodeCount; i++)
        {
            int set = tree.XattrSetOf(new NodeId(i));
            if (set < 0 || inodeBytes[set] > 0)
            {
                continue;
            }

            RefuseUnstorable(new NodeId(i));
            sharedIds[set] = uses[set] > 1 ? nextId : NotShared;
            nextId += LayOutSet(set, new NodeId(i));
        }
    }

    /// <summary>Sets the bytes that follow each inode, and returns the units in the shared area.</summary>
    private long LayOutSet(int set, NodeId firstUser)
    {
        ReadOnlySpan<Xattr> xattrs = tree.XattrSet(set);
        int shared = SharedCount(set);
        long bytes = ErofsLayout.XattrHeaderInBytes + (shared * sizeof(uint));
        long sharedBytes = 0;
        for (int i = 0; i < xattrs.Length; i++)
        {
            (i < shared ? ref sharedBytes : ref bytes) += EntryBytes(xattrs[i]);
        }

        if (bytes > ErofsLayout.MostXattrBytes)
        {
            throw new DiskImageException(
                DiskImageError.TooLarge,
                $"the extended attributes of '{tree.TextPathOf(firstUser)}' need {bytes} bytes, and an EROFS inode has room for {ErofsLayout.MostXattrBytes}");
        }

        if (shared > 0)
        {
            sharedSets.Add(set);
        }

        inodeBytes[set] = (int)bytes;
        return sharedBytes / ErofsLayout.XattrUnitInBytes;
    }

    private int SharedCount(int set) => sharedIds[set] == NotShared ? 0 : Math.Min(tree.XattrSet(set).Length, ErofsLayout.MostSharedXattrs);

    private void RefuseUnstorable(NodeId node)
    {
        foreach (Xattr xattr in tree.XattrsOf(node))
        {
            string name = Encoding.UTF8.GetString(xattr.Name.Span);
            if (!ErofsXattrNames.TrySplit(xattr.Name.Span, out _, out int prefixLength) || xattr.Name.Length - prefixLength > byte.MaxValue)
            {
                throw new DiskImageException(
                    DiskImageError.Unsupported, $"EROFS cannot store the extended attribute '{name}' of '{tree.TextPathOf(node)}'; remove it, or leave the file out");
            }

            if (xattr.Value.Length > ushort.MaxValue)
            {
                throw new DiskImageException(
                    DiskImageError.TooLarge,
                    $"the extended attribute '{name}' of '{tree.TextPathOf(node)}' has {xattr.Value.Length} bytes, and EROFS stores at most {ushort.MaxValue}");
            }
        }
    }

    private static int EntryBytes(in Xattr xattr)
    {
        ErofsXattrNames.TrySplit(xattr.Name.Span, out _, out int prefixLength);
        int bytes = ErofsLayout.XattrEntryInBytes + xattr.Name.Length - prefixLength + xattr.Value.Length;
        return (int)ErofsSlots.AlignUp(bytes, ErofsLayout.XattrUnitInBytes);
    }

    private static void WriteEntry<TSink>(ref TSink sink, in Xattr xattr)
        where TSink : struct, IImageSink
    {
        ErofsXattrNames.TrySplit(xattr.Name.Span, out byte prefix, out int prefixLength);
        ReadOnlySpan<byte> rest = xattr.Name.Span[prefixLength..];
        sink.U8((byte)rest.Length);
        sink.U8(prefix);
        sink.U16((ushort)xattr.Value.Length);
        sink.Bytes(rest);
        sink.Bytes(xattr.Value.Span);
        sink.Zeros(EntryBytes(xattr) - ErofsLayout.XattrEntryInBytes - rest.Length - xattr.Value.Length);
    }
}
