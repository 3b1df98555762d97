namespace Hearth.FileTree;

/// <summary>
/// Collects nodes and names in any order and makes a <see cref="Tree"/> of them. Not safe for several threads.
/// The first node added is the root. Ids given out here hold until <see cref="Build"/>, which numbers anew.
/// </summary>
public sealed class TreeBuilder
{
    private readonly List<Node> nodes = [];
    private readonly List<(int Parent, byte[] Name, int Node)> names = [];
    private readonly Dictionary<int, byte[]> targets = [];
    private readonly List<Xattr[]> xattrSets = [];
    private readonly Dictionary<string, int> xattrSetsByKey = [];
    private readonly List<ulong> devices = [];

    /// <summary>Adds a node that has no name yet and gives its id.</summary>
    public int AddNode(in Node node)
    {
        nodes.Add(node with { XattrSet = -1, Name = -1, First = 0, EntryCount = 0 });
        return nodes.Count - 1;
    }

    /// <summary>Names a node in a directory. Several names make hard links.</summary>
    /// <exception cref="FileTreeException">The name is empty, longer than 255 bytes, "." or "..", or holds '/' or NUL.</exception>
    public void AddEntry(int parent, ReadOnlySpan<byte> name, int node)
    {
        if (name.Length is 0 or > 255 || name.ContainsAny((byte)'/', (byte)0) || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            throw new FileTreeException(FileTreeError.InvalidName, $"a directory entry cannot have the name '{System.Text.Encoding.UTF8.GetString(name)}'");
        }

        names.Add((parent, name.ToArray(), node));
    }

    /// <summary>Sets a symbolic link's target and, with it, the node's size.</summary>
    public void SetLinkTarget(int node, ReadOnlySpan<byte> target)
    {
        targets[node] = target.ToArray();
        nodes[node] = nodes[node] with { Size = target.Length };
    }

    /// <summary>Sets a node's extended attributes; equal sets are kept once.</summary>
    public void SetXattrs(int node, IEnumerable<Xattr> xattrs)
    {
        Xattr[] sorted = [.. xattrs];
        Array.Sort(sorted, (a, b) => a.Name.Span.SequenceCompareTo(b.Name.Span));
        if (sorted.Length == 0)
        {
            return;
        }

        string key = string.Join('|', sorted.Select(x => Convert.ToHexString(x.Name.Span) + "=" + Convert.ToHexString(x.Value.Span)));
        if (!xattrSetsByKey.TryGetValue(key, out int set))
        {
            set = xattrSets.Count;
            xattrSets.Add(sorted);
            xattrSetsByKey.Add(key, set);
        }

        nodes[node] = nodes[node] with { XattrSet = set };
    }

    /// <summary>The index of a source device number (<c>st_dev</c>) for <see cref="Node.SourceDevice"/>.</summary>
    public ushort SourceDevice(ulong device)
    {
        int index = devices.IndexOf(device);
        if (index < 0)
        {
            index = devices.Count;
            devices.Add(device);
        }

        return checked((ushort)index);
    }

    /// <summary>Sorts, numbers and links what was collected.</summary>
    /// <exception cref="FileTreeException">No root directory, a name given twice, a directory with two names, a node without one.</exception>
    public Tree Build() => new TreeAssembly(nodes, names, targets, [.. xattrSets], [.. devices]).Assemble();
}
