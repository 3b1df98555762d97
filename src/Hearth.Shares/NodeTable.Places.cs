using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <content>The places at which nodes are found again.</content>
internal sealed partial class NodeTable
{
    /// <summary>Other places of one node, each tried in turn when the node is reached anew. Of more names, the oldest place is dropped.</summary>
    private const int MaxOtherPlaces = 15;

    private int otherPlaces;

    /// <summary>
    /// Makes another of a file's places the one it is reached by, after the present one failed. That one becomes the last to try:
    /// it may have failed only for the moment.
    /// </summary>
    /// <param name="node">The file.</param>
    /// <param name="tried">Places tried so far.</param>
    /// <returns>False where all were tried.</returns>
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
    /// The newest place counts. A file with several names keeps the earlier places too: the newest name may be removed while the
    /// kernel still uses another. Any other file that was moved is at none of them any more.
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

        // Only now, when the new place keeps its directory in the table.
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

    /// <summary>Drops the place that is the node's present one by now, and the oldest beyond the limit; all where it has one name or the table is full of them.</summary>
    private void DropOtherPlaces(Node node, bool hasOtherNames, ref List<SafeFileHandle>? closing)
    {
        List<NodePlace> others = node.OtherPlaces!;
        int present = others.FindIndex(other => other.Parent == node.Parent && other.Name.AsSpan().SequenceEqual(node.Name));
        if (present >= 0)
        {
            DropOtherPlace(others, present, ref closing);
        }

        // All nodes together have no more other places than there may be nodes.
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
    /// Somebody on the host has moved a directory into one that stood beneath it: the place of what stood between is out of date,
    /// and would make a circle.
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

    /// <summary>Whether a name with a NUL is one without.</summary>
    private static bool IsName(byte[] terminated, ReadOnlySpan<byte> name) => terminated.AsSpan(0, terminated.Length - 1).SequenceEqual(name);
}
