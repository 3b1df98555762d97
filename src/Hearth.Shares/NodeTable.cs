using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>
/// The files that the guest's kernel knows, by numbers that are never reused. Two limits apply. When the limit of nodes is reached,
/// lookups of further files fail. When the limit of descriptors is reached, the least recently used one is closed. A node without a
/// descriptor is reached through its name in its parent. If another file has that name now, the node is stale, and the guest's
/// kernel looks the name up again.
/// </summary>
/// <remarks>
/// The table contains only nodes that were sent to the guest's kernel, and a node leads only to files that were found by a name in
/// its own directory. A node is removed when the guest's kernel has forgotten it and no other node has a place in it.
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

    /// <param name="root">The descriptor of the root; the caller keeps ownership.</param>
    /// <param name="status">The status of the root.</param>
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

    /// <summary>The number of descriptors of nodes that are not open.</summary>
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

    /// <summary>Adds a file with its name for a reply to the guest's kernel, and increments its lookup count.</summary>
    /// <returns>ESTALE if the kernel has forgotten the directory; ENFILE if the table is full.</returns>
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

    /// <summary>Records the new place of a file, if the guest's kernel knows the file.</summary>
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

    /// <summary>Decrements a node's lookup count. A count above the current one is false, and is treated as the current one.</summary>
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
    /// <returns>False if the table has already closed it; a descriptor that is installed from now on stays open.</returns>
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

    /// <summary>References a node's descriptor; false if the node has none at the moment.</summary>
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

    /// <summary>
    /// Sets a node's descriptor and takes ownership of it. If the node has got another descriptor in the meantime, that one stays and
    /// this one is closed.
    /// </summary>
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

    /// <summary>Finds the way to a node from its nearest ancestor with a descriptor.</summary>
    /// <param name="node">The node to reach.</param>
    /// <param name="start">
    /// References that ancestor's descriptor; the caller disposes it. It is taken under the same lock as the way, so that no other
    /// request can cause it to be closed in between.
    /// </param>
    /// <returns>
    /// The nodes below that ancestor, down to the node. Empty if the node itself has a descriptor; null if a place is not known.
    /// </returns>
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

    /// <summary>Adds a node as the most recently used one to the list of descriptors that may be closed.</summary>
    /// <returns>The descriptor that the caller must close; null if there is none beyond the limit.</returns>
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
