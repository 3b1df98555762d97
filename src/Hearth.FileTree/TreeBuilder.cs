using System.Text;
using Hearth.FileTree.Walking;

namespace Hearth.FileTree;

/// <summary>
/// Collects nodes and names in any order and builds a <see cref="Tree"/>. Not thread-safe. The first node added is the root.
/// The ids of <see cref="AddNode"/> are valid until <see cref="Build"/>, which renumbers the nodes.
/// </summary>
public sealed class TreeBuilder
{
    private const int NotReached = -1;

    private readonly List<Node> nodes = [];
    private readonly List<SourceIdentity> identities = [];
    private readonly List<List<(byte[] Name, int Node)>?> namesIn = [];
    private readonly List<int> nameCounts = [];
    private readonly Dictionary<int, byte[]> targets = [];
    private readonly XattrSets xattrSets = new();

    /// <summary>Adds a node that has no name yet, and returns its id.</summary>
    /// <param name="node">Its links, names and extended attributes do not count.</param>
    /// <param name="identity">Where its content is.</param>
    public int AddNode(in Node node, SourceIdentity identity = default)
    {
        nodes.Add(node with { XattrSet = -1 });
        identities.Add(identity);
        namesIn.Add(null);
        nameCounts.Add(0);
        return nodes.Count - 1;
    }

    /// <summary>Adds a name of a node to a directory. Several names of a node are hard links.</summary>
    /// <exception cref="FileTreeException">The name is empty, longer than 255 bytes, "." or "..", or holds '/' or NUL.</exception>
    public void AddEntry(int parent, ReadOnlySpan<byte> name, int node)
    {
        if (name.Length is 0 or > 255 || name.ContainsAny((byte)'/', (byte)0) || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            throw new FileTreeException(FileTreeError.InvalidName, $"a directory entry cannot have the name '{Encoding.UTF8.GetString(name)}'");
        }

        (namesIn[parent] ??= []).Add((name.ToArray(), node));
        nameCounts[node]++;
    }

    /// <summary>Sets a symbolic link's target and, with it, the node's size.</summary>
    public void SetLinkTarget(int node, ReadOnlySpan<byte> target)
    {
        targets[node] = target.ToArray();
        nodes[node] = nodes[node] with { Size = target.Length };
    }

    /// <summary>Sets a node's extended attributes; equal sets are kept once.</summary>
    public void SetXattrs(int node, IEnumerable<Xattr> xattrs) => nodes[node] = nodes[node] with { XattrSet = xattrSets.Intern(xattrs) };

    /// <summary>Sorts the names, numbers the nodes and counts their links.</summary>
    /// <exception cref="FileTreeException">
    /// There is no root directory, a directory has a name twice, a directory has two names, or a node has none.
    /// </exception>
    public Tree Build() => BuildWalked().Tree;

    /// <summary>Builds the tree as <see cref="Build"/> does, with the place of each node's content.</summary>
    /// <exception cref="FileTreeException">As for <see cref="Build"/>.</exception>
    public WalkedTree BuildWalked()
    {
        if (nodes.Count == 0 || nodes[0].Type != NodeType.Directory)
        {
            throw new FileTreeException(FileTreeError.BrokenStructure, "a tree needs a directory as its root, and it must be the first node added");
        }

        using var store = new EntryStore();
        int[] listingsOf = NumberListings(out List<int> directories);
        Listing[] listings = [.. directories.Select(directory => FillListing(store, directory, listingsOf))];
        return new TreeAssembly((nodes[0], identities[0]), listings, nodes.Count, xattrSets.ToArray()).Assemble();
    }

    /// <summary>Numbers the directories, parents first; throws if the nodes do not form a tree.</summary>
    private int[] NumberListings(out List<int> directories)
    {
        int[] listingsOf = new int[nodes.Count];
        Array.Fill(listingsOf, NotReached);
        directories = [0];
        listingsOf[0] = 0;
        var reached = new HashSet<int> { 0 };
        for (int i = 0; i < directories.Count; i++)
        {
            foreach ((byte[] name, int node) in namesIn[directories[i]] ?? [])
            {
                if (reached.Add(node) && nodes[node].Type == NodeType.Directory)
                {
                    listingsOf[node] = directories.Count;
                    directories.Add(node);
                }
                else if (nodes[node].Type == NodeType.Directory)
                {
                    throw new FileTreeException(FileTreeError.BrokenStructure, $"the directory '{Encoding.UTF8.GetString(name)}' has two names");
                }
            }
        }

        return reached.Count == nodes.Count
            ? listingsOf
            : throw new FileTreeException(FileTreeError.BrokenStructure, $"{nodes.Count - reached.Count} nodes cannot be reached from the root");
    }

    private Listing FillListing(EntryStore store, int directory, int[] listingsOf)
    {
        int first = store.Entries.Count;
        foreach ((byte[] name, int node) in namesIn[directory] ?? [])
        {
            ref FoundEntry entry = ref store.Entries.Add();
            entry.Node = nodes[node] with { First = targets.TryGetValue(node, out byte[]? target) ? store.Text.Add(target) : 0 };
            entry.Identity = identities[node];
            entry.Name = store.Text.Add(name);
            entry.NameLength = (byte)name.Length;
            entry.Listing = listingsOf[node];
            entry.LinkGroup = nameCounts[node] > 1 ? node : 0;
        }

        return new Listing(store, first, store.Entries.Count - first, ListingState.Read);
    }
}
