using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>
/// The files that the guest's kernel knows, by its numbers for them, which are never used twice. Bounded: in nodes, beyond which
/// nothing more can be looked up, and in descriptors, of which the least recently used is closed. A node without one is reached
/// from its parent by its name; where another file stands there by now, it is stale, and the kernel looks it up anew.
/// </summary>
/// <remarks>
/// The kernel cannot make the table hold anything that it was not told of, nor reach anything but what was found by a name in a
/// node's own directory. A node goes when the kernel has forgotten it and no place of another is in it.
/// </remarks>
internal sealed partial class NodeTable : IDisposable
{
    public const ulong RootId = 1;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, Node> byId = [];
    private readonly Dictionary<NodeKey, Node> byKey = [];
    private readonly LinkedList<Node> recent = new();
    private readonly int maxNodes;
    private readonly int maxHeld;
    private ulong lastId = RootId;

    /// <param name="root">Held; stays its owner's.</param>
    /// <param name="status">The root's.</param>
    /// <param name="options">The limits.</param>
    public NodeTable(SafeFileHandle root, in NodeStatus status, ShareOptions options)
    {
        maxNodes = options.MaxNodes;
        maxHeld = options.MaxHeldNodes;
        Root = new Node(RootId, NodeKey.Of(status)) { Lookups = 1, Descriptor = root };
        byId.Add(RootId, Root);
        byKey.Add(Root.Key, Root);
    }

    public Node Root { get; }

    public int Count
    {
        get
        {
            lock (gate)
            {
                return byId.Count;
            }
        }
    }

    /// <summary>Descriptors that hold nodes which are not open.</summary>
    public int HeldCount
    {
        get
        {
            lock (gate)
            {
                return recent.Count;
            }
        }
    }

    public Node? Find(ulong id)
    {
        lock (gate)
        {
            return byId.GetValueOrDefault(id);
        }
    }

    /// <summary>Takes note that the kernel is told of a file under a name.</summary>
    /// <returns>ESTALE where the kernel has forgotten the directory; ENFILE where the table is full.</returns>
    public Errno TryAdd(Node parent, ReadOnlySpan<byte> name, in NodeStatus status, out Node node)
    {
        NodeKey key = NodeKey.Of(status);
        List<SafeFileHandle>? closing = null;
        lock (gate)
        {
            node = parent;
            if (!byId.ContainsKey(parent.Id))
            {
                return Errno.ESTALE;
            }

            if (!byKey.TryGetValue(key, out Node? known))
            {
                if (byId.Count >= maxNodes)
                {
                    return Errno.ENFILE;
                }

                known = new Node(++lastId, key);
                byId.Add(known.Id, known);
                byKey.Add(key, known);
            }

            known.Lookups++;
            Place(known, parent, name, status, ref closing);
            node = known;
        }

        Close(closing);
        return Errno.None;
    }

    /// <summary>Takes note of where a file stands now, if the kernel knows it.</summary>
    public void Move(Node parent, ReadOnlySpan<byte> name, in NodeStatus status)
    {
        List<SafeFileHandle>? closing = null;
        lock (gate)
        {
            if (byId.ContainsKey(parent.Id) && byKey.TryGetValue(NodeKey.Of(status), out Node? node))
            {
                Place(node, parent, name, status, ref closing);
            }
        }

        Close(closing);
    }

    /// <summary>The kernel forgets so many of the times that it was told of a node. More than there were are a lie, and all of them.</summary>
    public void Forget(ulong id, ulong lookups)
    {
        List<SafeFileHandle>? closing = null;
        lock (gate)
        {
            if (id != RootId && byId.TryGetValue(id, out Node? node))
            {
                node.Lookups -= Math.Min(lookups, node.Lookups);
                RemoveUnused(node, ref closing);
            }
        }

        Close(closing);
    }

    /// <summary>Keeps a node's descriptor as long as a handle is open.</summary>
    /// <returns>False where the table has closed it already: one that is installed from now on stays.</returns>
    public bool Pin(Node node)
    {
        lock (gate)
        {
            if (node.Pins++ == 0 && node.Recency is { } stand)
            {
                recent.Remove(stand);
                node.Recency = null;
            }

            return node.Descriptor is not null;
        }
    }

    public void Unpin(Node node)
    {
        SafeFileHandle? closing = null;
        lock (gate)
        {
            if (--node.Pins == 0 && node.Descriptor is not null && node != Root)
            {
                closing = KeepRecent(node);
            }
        }

        closing?.Dispose();
    }

    /// <summary>A node's descriptor, if there is one at this moment.</summary>
    public bool TryHold(Node node, out NodeHold hold)
    {
        lock (gate)
        {
            if (node.Descriptor is null)
            {
                hold = default;
                return false;
            }

            Touch(node);
            hold = new NodeHold(node.Descriptor);
            return true;
        }
    }

    /// <summary>Gives a node a descriptor that is its own from now on; the one that it may have got meanwhile stays instead.</summary>
    public NodeHold Install(Node node, SafeFileHandle descriptor)
    {
        SafeFileHandle? closing = descriptor;
        try
        {
            lock (gate)
            {
                var hold = new NodeHold(node.Descriptor ?? descriptor);
                if (node.Descriptor is null && byId.ContainsKey(node.Id))
                {
                    node.Descriptor = descriptor;
                    closing = node.Pins == 0 ? KeepRecent(node) : null;
                }

                return hold;
            }
        }
        finally
        {
            closing?.Dispose();
        }
    }

    /// <summary>The nodes from below the first that has a descriptor, down to the one to reach.</summary>
    /// <param name="node">The one to reach.</param>
    /// <param name="start">
    /// Holds that first one; the caller disposes of it. Taken together with the way, or another request could have it closed in between.
    /// </param>
    /// <returns>Empty where the node itself has a descriptor; null where the place of one is not known.</returns>
    public List<(Node Node, byte[] Name)>? WayTo(Node node, out NodeHold start)
    {
        List<(Node, byte[])> way = [];
        lock (gate)
        {
            Node step = node;
            for (; step.Descriptor is null; step = step.Parent)
            {
                if (step.Parent is null)
                {
                    start = default;
                    return null;
                }

                way.Add((step, step.Name));
            }

            Touch(step);
            start = new NodeHold(step.Descriptor);
        }

        way.Reverse();
        return way;
    }

    public void Dispose()
    {
        List<SafeFileHandle> closing;
        lock (gate)
        {
            closing = [.. byId.Values.Where(node => node != Root).Select(node => node.Descriptor).OfType<SafeFileHandle>()];
            byId.Clear();
            byKey.Clear();
            recent.Clear();
        }

        Close(closing);
    }

    private static void Close(List<SafeFileHandle>? descriptors) => descriptors?.ForEach(descriptor => descriptor.Dispose());

    private void RemoveUnused(Node? node, ref List<SafeFileHandle>? closing)
    {
        while (node is { Lookups: 0, Children: 0 } && node != Root)
        {
            byId.Remove(node.Id);
            byKey.Remove(node.Key);
            if (node.Recency is { } stand)
            {
                recent.Remove(stand);
                node.Recency = null;
            }

            if (node.Descriptor is { } descriptor)
            {
                (closing ??= []).Add(descriptor);
                node.Descriptor = null;
            }

            if (node.OtherPlaces is not null)
            {
                DropOtherPlaces(node, hasOtherNames: false, ref closing);
            }

            node = node.Parent;
            if (node is not null)
            {
                node.Children--;
            }
        }
    }

    private void Touch(Node node)
    {
        if (node.Recency is { } stand && recent.First != stand)
        {
            recent.Remove(stand);
            recent.AddFirst(stand);
        }
    }

    /// <summary>Puts a node first among those whose descriptors may be closed.</summary>
    /// <returns>The descriptor that has to be closed for it.</returns>
    private SafeFileHandle? KeepRecent(Node node)
    {
        node.Recency = recent.AddFirst(node);
        if (recent.Count <= maxHeld)
        {
            return null;
        }

        Node oldest = recent.Last!.Value;
        recent.RemoveLast();
        oldest.Recency = null;
        SafeFileHandle? descriptor = oldest.Descriptor;
        oldest.Descriptor = null;
        return descriptor;
    }
}
