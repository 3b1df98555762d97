using System.Text;

namespace Hearth.FileTree;

/// <summary>
/// A file tree: nodes, names, link targets and extended attributes; no contents.
/// Immutable. The same files give the same tree, in whatever order they were found: entries are sorted by the bytes of
/// their names, and nodes are numbered in a walk of that order. Built by a <see cref="TreeBuilder"/>.
/// </summary>
public sealed class Tree
{
    private readonly ReadOnlyMemory<Node> nodes;
    private readonly ReadOnlyMemory<DirectoryEntry> entries;
    private readonly ReadOnlyMemory<byte> text;
    private readonly Xattr[][] xattrSets;

    /// <summary>Makes a tree from the parts that <see cref="Parts"/> returned; does not check them.</summary>
    public Tree(TreeParts parts)
    {
        nodes = parts.Nodes;
        entries = parts.Entries;
        text = parts.Text;
        xattrSets = [.. parts.XattrSets.Select(set => set.ToArray())];
    }

    internal Tree(Node[] nodes, DirectoryEntry[] entries, byte[] text, Xattr[][] xattrSets)
    {
        this.nodes = nodes;
        this.entries = entries;
        this.text = text;
        this.xattrSets = xattrSets;
    }

    public int NodeCount => nodes.Length;

    /// <summary>The number of names in all directories; the root has no name.</summary>
    public int EntryCount => entries.Length;

    public static NodeId Root => new(0);

    public ref readonly Node this[NodeId node] => ref nodes.Span[node.Index];

    /// <summary>The tree's arrays in memory; they are shared, not copied.</summary>
    public TreeParts Parts => new(nodes, entries, text, xattrSets);

    /// <summary>True if a node has an extended attribute of the user namespace (<c>user.*</c>, xattr(7)).</summary>
    public bool HasUserAttributes => Array.Exists(xattrSets, set => Array.Exists(set, xattr => xattr.Name.Span.StartsWith("user."u8)));

    /// <summary>The number of regular files; a hard-linked file counts once.</summary>
    public int FileCount
    {
        get
        {
            int count = 0;
            foreach (ref readonly Node node in nodes.Span)
            {
                count += node.Type == NodeType.Regular ? 1 : 0;
            }

            return count;
        }
    }

    /// <summary>Bytes of all regular files; a hard-linked file counts once.</summary>
    public long ContentBytes
    {
        get
        {
            long sum = 0;
            foreach (ref readonly Node node in nodes.Span)
            {
                sum += node.Type == NodeType.Regular ? node.Size : 0;
            }

            return sum;
        }
    }

    /// <summary>A directory's entries, sorted by name bytes, without "." and ".."; none for any other node.</summary>
    public ReadOnlySpan<DirectoryEntry> EntriesOf(NodeId directory)
    {
        ref readonly Node node = ref this[directory];
        return node.Type == NodeType.Directory ? entries.Span.Slice(node.First, node.EntryCount) : default;
    }

    /// <summary>Finds a name in a directory; null if it is not there.</summary>
    public NodeId? Find(NodeId directory, ReadOnlySpan<byte> name)
    {
        ReadOnlySpan<DirectoryEntry> sorted = EntriesOf(directory);
        for (int low = 0, high = sorted.Length; low < high;)
        {
            int middle = (low + high) / 2;
            int order = NameOf(sorted[middle]).SequenceCompareTo(name);
            if (order == 0)
            {
                return sorted[middle].Node;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle);
        }

        return null;
    }

    public ReadOnlySpan<byte> NameOf(in DirectoryEntry entry) => text.Span.Slice(entry.NameOffset, entry.NameLength);

    /// <summary>A symbolic link's target; empty for any other node.</summary>
    public ReadOnlySpan<byte> LinkTargetOf(NodeId link)
    {
        ref readonly Node node = ref this[link];
        return node.Type == NodeType.SymbolicLink ? text.Span.Slice(node.First, (int)node.Size) : default;
    }

    /// <summary>The node's extended attributes, sorted by name bytes.</summary>
    public ReadOnlySpan<Xattr> XattrsOf(NodeId node)
    {
        int set = this[node].XattrSet;
        return set < 0 ? default : xattrSets[set];
    }

    /// <summary>The number of the node's set of extended attributes: 0 to <see cref="XattrSetCount"/> - 1, or -1 for none.</summary>
    public int XattrSetOf(NodeId node) => this[node].XattrSet;

    public int XattrSetCount => xattrSets.Length;

    public ReadOnlySpan<Xattr> XattrSet(int set) => xattrSets[set];

    /// <summary>The directory that holds the node's first name; the root is its own parent.</summary>
    public NodeId ParentOf(NodeId node)
    {
        int name = this[node].Name;
        return name < 0 ? Root : entries.Span[name].Parent;
    }

    /// <summary>
    /// The node's path below the root, by its first name: names joined by '/', without a leading slash; empty for the root.
    /// </summary>
    public byte[] PathOf(NodeId node) => JoinNames(node, stopAtOrigin: false);

    /// <summary>The same path as text for users, with a leading slash; bytes that are not UTF-8 become replacement characters.</summary>
    public string TextPathOf(NodeId node) => "/" + Encoding.UTF8.GetString(PathOf(node));

    /// <summary>The node's path below the root of the source that it came from (see <see cref="Node.Origin"/>).</summary>
    public byte[] PathInOriginOf(NodeId node) => JoinNames(node, stopAtOrigin: true);

    private byte[] JoinNames(NodeId node, bool stopAtOrigin)
    {
        int length = 0;
        for (NodeId at = node; IsNamed(at, stopAtOrigin); at = ParentOf(at))
        {
            length += entries.Span[this[at].Name].NameLength + 1;
        }

        if (length == 0)
        {
            return [];
        }

        byte[] path = new byte[length - 1];
        int end = path.Length;
        for (NodeId at = node; IsNamed(at, stopAtOrigin); at = ParentOf(at))
        {
            ReadOnlySpan<byte> name = NameOf(entries.Span[this[at].Name]);
            name.CopyTo(path.AsSpan(end - name.Length));
            end -= name.Length;
            if (end > 0)
            {
                path[--end] = (byte)'/';
            }
        }

        return path;
    }

    private bool IsNamed(NodeId node, bool stopAtOrigin)
    {
        ref readonly Node at = ref this[node];
        return at.Name >= 0 && !(stopAtOrigin && this[ParentOf(node)].Origin != at.Origin);
    }
}
