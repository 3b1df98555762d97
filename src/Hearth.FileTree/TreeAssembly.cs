using Hearth.FileTree.Walking;

namespace Hearth.FileTree;

/// <summary>
/// Builds a <see cref="Tree"/> from listings in four steps: 1. decide bottom-up which listings stay; 2. count, so that every
/// array is allocated in its final size; 3. walk from the root in name order and number the nodes; 4. count links.
/// </summary>
/// <param name="root">The root's node, and its file on the host.</param>
/// <param name="listings">A directory's number is lower than those of the directories in it; 0 is the root's.</param>
/// <param name="linkGroups">The number of groups of hard links; groups are numbered from 1.</param>
/// <param name="xattrSets">The sets that nodes refer to, in any order.</param>
internal sealed class TreeAssembly((Node Node, SourceIdentity Identity) root, Listing[] listings, int linkGroups, Xattr[][] xattrSets)
{
    private const int None = -1;

    private readonly bool[] stays = new bool[listings.Length];
    private readonly int[] nodesOfGroups = new int[linkGroups + 1];
    private readonly int[] newXattrSets = new int[xattrSets.Length];
    private readonly List<Xattr[]> orderedXattrSets = [];
    private Node[] nodes = [];
    private SourceIdentity[] identities = [];
    private DirectoryEntry[] entries = [];
    private byte[] text = [];
    private int[] order = new int[1024];
    private int nextNode;
    private int nextEntry;
    private int nextText;

    public WalkedTree Assemble()
    {
        FindKeptDirectories();
        Allocate();
        Number();
        CountLinks(nodes, entries);
        return new WalkedTree(new Tree(nodes, entries, text, [.. orderedXattrSets]), identities);
    }

    private void FindKeptDirectories()
    {
        for (int number = listings.Length - 1; number >= 0; number--)
        {
            Listing listing = listings[number];
            stays[number] = number == 0 || listing.State == ListingState.Read || (listing.State == ListingState.OnTheWay && HoldsSomething(listing));
        }
    }

    private bool HoldsSomething(in Listing listing)
    {
        for (int i = 0; i < listing.Count; i++)
        {
            if (Stays(listing.Store!.Entries[listing.First + i]))
            {
                return true;
            }
        }

        return false;
    }

    private bool Stays(in FoundEntry entry) => entry.Listing < 0 || stays[entry.Listing];

    private void Allocate()
    {
        int entryCount = 0;
        int repeatedNames = 0;
        long textLength = 0;
        for (int number = 0; number < listings.Length; number++)
        {
            Listing listing = listings[number];
            for (int i = 0; i < listing.Count && stays[number]; i++)
            {
                ref FoundEntry entry = ref listing.Store!.Entries[listing.First + i];
                if (Stays(entry))
                {
                    entryCount++;
                    bool isRepeated = entry.LinkGroup > 0 && ++nodesOfGroups[entry.LinkGroup] > 1;
                    repeatedNames += isRepeated ? 1 : 0;
                    textLength += entry.NameLength + (entry.Node.Type == NodeType.SymbolicLink && !isRepeated ? entry.Node.Size : 0);
                }
            }
        }

        nodes = new Node[entryCount - repeatedNames + 1];
        identities = new SourceIdentity[entryCount - repeatedNames + 1];
        entries = new DirectoryEntry[entryCount];
        text = new byte[textLength];
        Array.Fill(nodesOfGroups, None);
        Array.Fill(newXattrSets, None);
    }

    private void Number()
    {
        identities[nextNode] = root.Identity;
        nodes[nextNode++] = Placed(root.Node, name: None, first: 0);
        var left = new Stack<(int Listing, int Node)>([(0, 0)]);
        while (left.TryPop(out (int Number, int Node) directory))
        {
            Listing listing = listings[directory.Number];
            int count = Sort(listing);
            int first = nextEntry;
            nodes[directory.Node] = nodes[directory.Node] with { First = first, EntryCount = count };
            for (int i = 0; i < count; i++)
            {
                Place(listing.Store!, ref listing.Store!.Entries[order[i]], directory.Node);
            }

            for (int i = count - 1; i >= 0; i--)
            {
                int child = listing.Store!.Entries[order[i]].Listing;
                if (child >= 0)
                {
                    left.Push((child, entries[first + i].Node.Index));
                }
            }
        }
    }

    /// <summary>Fills <see cref="order"/> with the listing's entries that stay, sorted by name; returns their count.</summary>
    private int Sort(in Listing listing)
    {
        if (order.Length < listing.Count)
        {
            order = new int[listing.Count];
        }

        int count = 0;
        for (int i = 0; i < listing.Count; i++)
        {
            if (Stays(listing.Store!.Entries[listing.First + i]))
            {
                order[count++] = listing.First + i;
            }
        }

        EntryStore? store = listing.Store;
        order.AsSpan(0, count).Sort((a, b) => store!.NameOf(store.Entries[a]).SequenceCompareTo(store.NameOf(store.Entries[b])));
        for (int i = 1; i < count; i++)
        {
            ReadOnlySpan<byte> name = store!.NameOf(store.Entries[order[i]]);
            if (name.SequenceEqual(store.NameOf(store.Entries[order[i - 1]])))
            {
                throw new FileTreeException(FileTreeError.DuplicateName, $"a directory holds the name '{System.Text.Encoding.UTF8.GetString(name)}' twice");
            }
        }

        return count;
    }

    private void Place(EntryStore store, ref FoundEntry entry, int parent)
    {
        int node = entry.LinkGroup > 0 ? nodesOfGroups[entry.LinkGroup] : None;
        if (node == None)
        {
            node = nextNode++;
            int target = entry.Node.Type == NodeType.SymbolicLink ? WriteText(store.Text.Get(entry.Node.First, (int)entry.Node.Size)) : 0;
            nodes[node] = Placed(entry.Node, nextEntry, target);
            identities[node] = entry.Identity;
            if (entry.LinkGroup > 0)
            {
                nodesOfGroups[entry.LinkGroup] = node;
            }
        }

        entries[nextEntry++] = new DirectoryEntry(WriteText(store.NameOf(entry)), entry.NameLength, new NodeId(node), new NodeId(parent));
    }

    private Node Placed(in Node node, int name, int first) =>
        node with { Name = name, First = first, DeviceNumber = node.DeviceNumber, LinkCount = 0, XattrSet = NewXattrSet(node.XattrSet) };

    // Sets are renumbered in the order of the nodes: the result must not depend on which thread found a set first.
    private int NewXattrSet(int set)
    {
        if (set < 0)
        {
            return None;
        }

        if (newXattrSets[set] == None)
        {
            newXattrSets[set] = orderedXattrSets.Count;
            orderedXattrSets.Add(xattrSets[set]);
        }

        return newXattrSets[set];
    }

    private int WriteText(ReadOnlySpan<byte> bytes)
    {
        int at = nextText;
        bytes.CopyTo(text.AsSpan(at));
        nextText += bytes.Length;
        return at;
    }

    /// <summary>Sets the link counts: the number of names of a node; for a directory, two plus its subdirectories.</summary>
    internal static void CountLinks(Node[] nodes, DirectoryEntry[] entries)
    {
        uint[] counts = new uint[nodes.Length];
        counts[0] = 2;
        foreach (ref readonly DirectoryEntry entry in entries.AsSpan())
        {
            bool isDirectory = nodes[entry.Node.Index].Type == NodeType.Directory;
            counts[entry.Node.Index] += isDirectory ? 2u : 1u;
            counts[entry.Parent.Index] += isDirectory ? 1u : 0u;
        }

        for (int i = 0; i < nodes.Length; i++)
        {
            nodes[i] = nodes[i] with { LinkCount = counts[i] };
        }
    }
}
