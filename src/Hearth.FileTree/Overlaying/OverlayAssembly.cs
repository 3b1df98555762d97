using Hearth.FileTree.Walking;

namespace Hearth.FileTree.Overlaying;

/// <summary>
/// Builds a <see cref="Tree"/> from an overlay. The same walk runs twice: first to count, so that every array is allocated in
/// its final size, then to fill. Nodes have the order of <see cref="TreeAssembly"/>, so that a tree without layers comes out
/// unchanged.
/// </summary>
internal sealed class OverlayAssembly
{
    private const int None = -1;

    private readonly OverlayView view;
    private readonly int[][] numbers;
    private readonly int[][] newXattrSets;
    private readonly XattrSets xattrSets = new();
    private readonly List<(byte[] Name, Place Place)> merged = [];
    private Node[] nodes = [];
    private SourceIdentity[] identities = [];
    private DirectoryEntry[] entries = [];
    private byte[] text = [];
    private bool isFilling;
    private int nextNode;
    private int nextEntry;
    private long nextText;

    public OverlayAssembly(OverlayView view)
    {
        this.view = view;
        numbers = [.. view.Trees.Select(tree => new int[tree.NodeCount])];
        newXattrSets = [.. view.Trees.Select(tree => Unnumbered(tree.XattrSetCount))];
    }

    public WalkedTree Assemble()
    {
        Walk();
        nodes = new Node[nextNode];
        identities = new SourceIdentity[nextNode];
        entries = new DirectoryEntry[nextEntry];
        text = new byte[nextText];
        isFilling = true;
        Walk();
        TreeAssembly.CountLinks(nodes, entries);
        return new WalkedTree(new Tree(nodes, entries, text, xattrSets.ToArray()), identities);
    }

    private void Walk()
    {
        Array.ForEach(numbers, ofTree => Array.Fill(ofTree, None));
        (nextNode, nextEntry, nextText) = (0, 0, 0);
        Number(Place.Root, name: None);
        var left = new Stack<(Place Directory, int Node)>([(Place.Root, 0)]);
        var found = new List<(Place Directory, int Node)>();
        while (left.TryPop(out (Place Place, int Node) directory))
        {
            int first = nextEntry;
            PlaceEntries(directory.Place, directory.Node, found);
            if (isFilling)
            {
                nodes[directory.Node] = nodes[directory.Node] with { First = first, EntryCount = nextEntry - first };
            }

            for (int i = found.Count - 1; i >= 0; i--)
            {
                left.Push(found[i]);
            }

            found.Clear();
        }
    }

    /// <summary>
    /// Merges the tree's entries and the entries that were set, both sorted, into one sorted list. An entry that was set
    /// replaces the tree's.
    /// </summary>
    private void PlaceEntries(Place directory, int node, List<(Place Directory, int Node)> found)
    {
        merged.Clear();
        merged.AddRange(view.NamesSetIn(directory)?.Select(pair => (pair.Key, pair.Value)) ?? []);
        int next = 0;
        if (directory.Layer != Place.Made)
        {
            Tree tree = view.Trees[directory.Layer];
            foreach (ref readonly DirectoryEntry entry in tree.EntriesOf(directory.Node))
            {
                ReadOnlySpan<byte> name = tree.NameOf(entry);
                int order = -1;
                while (next < merged.Count && (order = name.SequenceCompareTo(merged[next].Name)) > 0)
                {
                    PlaceEntry(merged[next].Name, merged[next++].Place, node, found);
                }

                if (next == merged.Count || order < 0)
                {
                    PlaceEntry(name, new Place(directory.Layer, entry.Node), node, found);
                }
            }
        }

        for (; next < merged.Count; next++)
        {
            PlaceEntry(merged[next].Name, merged[next].Place, node, found);
        }
    }

    private void PlaceEntry(ReadOnlySpan<byte> name, Place place, int parent, List<(Place Directory, int Node)> found)
    {
        int node = place.Layer == Place.Made ? None : numbers[place.Layer][place.Node.Index];
        if (node == None)
        {
            node = Number(place, nextEntry);
        }

        if (view.NodeOf(place).Type == NodeType.Directory)
        {
            found.Add((place, node));
        }

        int nameOffset = WriteText(name);
        if (isFilling)
        {
            entries[nextEntry] = new DirectoryEntry(nameOffset, (byte)name.Length, new NodeId(node), new NodeId(parent));
        }

        nextEntry++;
    }

    private int Number(Place place, int name)
    {
        int node = nextNode++;
        if (place.Layer != Place.Made)
        {
            numbers[place.Layer][place.Node.Index] = node;
        }

        int target = WriteText(view.LinkTargetOf(place));
        if (isFilling)
        {
            nodes[node] = Placed(place, name, target);
            identities[node] = view.IdentityOf(place);
        }

        return node;
    }

    private Node Placed(Place place, int name, int first)
    {
        Node node = view.NodeOf(place);
        Node placed = node with { Name = name, First = first, DeviceNumber = node.DeviceNumber, LinkCount = 0 };
        return place.Layer == Place.Made ? placed : placed with
        {
            Origin = (ushort)place.Layer,
            XattrSet = NewXattrSet(place.Layer, node.XattrSet),
        };
    }

    // Sets are renumbered in the order of the nodes; equal sets of two layers become one.
    private int NewXattrSet(int layer, int set)
    {
        if (set < 0)
        {
            return None;
        }

        ref int number = ref newXattrSets[layer][set];
        if (number == None)
        {
            number = xattrSets.Intern(view.Trees[layer].XattrSet(set).ToArray());
        }

        return number;
    }

    private int WriteText(ReadOnlySpan<byte> bytes)
    {
        int at = checked((int)nextText);
        if (isFilling)
        {
            bytes.CopyTo(text.AsSpan(at));
        }

        nextText += bytes.Length;
        return at;
    }

    private static int[] Unnumbered(int count)
    {
        int[] numbers = new int[count];
        Array.Fill(numbers, None);
        return numbers;
    }
}
