using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <content>The places through which nodes without a descriptor are reached.</content>
internal sealed partial class NodeTable
{
    /// <summary>
    /// The most other places of one node, which are tried in turn to reach the node. If there are more, the oldest one is dropped.
    /// </summary>
    private const int MaxOtherPlaces = 15;

    private int otherPlaces;

    /// <summary>
    /// Makes another place of a file the current one, after the current place failed. The failed place becomes the last one to try:
    /// it may have failed only temporarily.
    /// </summary>
    /// <param name="node">The file.</param>
    /// <param name="tried">The number of places tried so far.</param>
    /// <returns>False if all places were tried.</returns>
    public bool TryOtherPlace(Node node, int tried)
    {
        lock (gate)
        {
            if (node.OtherPlaces is not { } others || tried > others.Count || node.Parent is null)
            {
                return false;
            }

            NodePlace next = others[^1];
            others.RemoveAt(others.Count - 1);
            others.Insert(0, new NodePlace(node.Parent, node.Name));
            node.Parent = next.Parent;
            node.Name = next.Name;
            return true;
        }
    }

    /// <summary>
    /// Records a node's newest place as the current one. A file with several names keeps the earlier places too: the newest name may
    /// be removed while the guest's kernel still uses another one. For any other file, the earlier places are no longer valid.
    /// </summary>
    private void Place(Node node, Node parent, ReadOnlySpan<byte> name, in NodeStatus status, ref List<SafeFileHandle>? closing)
    {
        if (node == Root)
        {
            return;
        }

        bool hasOtherNames = status.LinkCount > 1 && !node.Key.IsDirectory;
        bool isThere = node.Parent == parent && IsName(node.Name, name);
        if (!isThere)
        {
            if (hasOtherNames)
            {
                KeepPlace(node);
            }

            MoveTo(node, parent, name, ref closing);
        }

        // This must come last: now the new place keeps its directory in the table.
        if (node.OtherPlaces is not null && !(isThere && hasOtherNames))
        {
            DropOtherPlaces(node, hasOtherNames, ref closing);
        }
    }

    private void MoveTo(Node node, Node parent, ReadOnlySpan<byte> name, ref List<SafeFileHandle>? closing)
    {
        if (node.Parent != parent)
        {
            if (node.Children > 0)
            {
                BreakCircle(node, parent);
            }

            parent.Children++;
            Node? former = node.Parent;
            node.Parent = parent;
            if (former is not null)
            {
                former.Children--;
                RemoveUnused(former, ref closing);
            }
        }

        node.Name = [.. name, 0];
    }

    private void KeepPlace(Node node)
    {
        if (node.Parent is not null)
        {
            (node.OtherPlaces ??= []).Add(new NodePlace(node.Parent, node.Name));
            node.Parent.Children++;
            otherPlaces++;
        }
    }

    /// <summary>
    /// Drops other places of a node: the one that is now the current place, and the oldest ones beyond the limit. Drops all if the
    /// file has only one name or the table is full of other places.
    /// </summary>
    private void DropOtherPlaces(Node node, bool hasOtherNames, ref List<SafeFileHandle>? closing)
    {
        List<NodePlace> others = node.OtherPlaces!;
        int present = others.FindIndex(other => other.Parent == node.Parent && other.Name.AsSpan().SequenceEqual(node.Name));
        if (present >= 0)
        {
            DropOtherPlace(others, present, ref closing);
        }

        // The limit of all other places together is the limit of nodes.
        int kept = hasOtherNames && otherPlaces <= maxNodes ? MaxOtherPlaces : 0;
        while (others.Count > kept)
        {
            DropOtherPlace(others, 0, ref closing);
        }
    }

    private void DropOtherPlace(List<NodePlace> others, int index, ref List<SafeFileHandle>? closing)
    {
        Node parent = others[index].Parent;
        others.RemoveAt(index);
        otherPlaces--;
        parent.Children--;
        RemoveUnused(parent, ref closing);
    }

    /// <summary>
    /// Removes a cycle. A process on the host has moved directories so that a former descendant of this node is now its ancestor. The
    /// recorded place of the directory between them is out of date and would form a cycle.
    /// </summary>
    private static void BreakCircle(Node node, Node parent)
    {
        for (Node? step = parent; step is not null; step = step.Parent)
        {
            if (step.Parent == node)
            {
                step.Parent = null;
                node.Children--;
                return;
            }
        }
    }

    /// <summary>Whether a name with a NUL equals a name without one.</summary>
    private static bool IsName(byte[] terminated, ReadOnlySpan<byte> name) => terminated.AsSpan(0, terminated.Length - 1).SequenceEqual(name);
}
