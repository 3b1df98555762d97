using System.Text;

namespace Hearth.FileTree.Tests.Support;

/// <summary>Makes the files that a tree describes: all attributes, no contents.</summary>
internal static class TreeOnDisk
{
    /// <param name="root">An empty directory; it gets the attributes of the tree's root.</param>
    /// <param name="tree">What to make.</param>
    public static void Make(string root, Tree tree)
    {
        var made = new Dictionary<NodeId, byte[]> { [Tree.Root] = Encoding.UTF8.GetBytes(root) };
        for (int i = 0; i < tree.NodeCount; i++)
        {
            var directory = new NodeId(i);
            foreach (ref readonly DirectoryEntry entry in tree.EntriesOf(directory))
            {
                byte[] path = [.. made[directory], (byte)'/', .. tree.NameOf(entry)];
                if (made.TryGetValue(entry.Node, out byte[]? existing))
                {
                    RawFiles.MakeHardLink(path, existing);
                }
                else
                {
                    MakeNode(path, tree, entry.Node);
                    made.Add(entry.Node, path);
                }
            }
        }

        // Children last to first: a directory's time is set when nothing is made in it any more.
        for (int i = tree.NodeCount - 1; i >= 0; i--)
        {
            SetAttributes(made[new NodeId(i)], tree, new NodeId(i));
        }
    }

    private static void MakeNode(byte[] path, Tree tree, NodeId id)
    {
        Node node = tree[id];
        switch (node.Type)
        {
            case NodeType.Directory:
                RawFiles.MakeDirectory(path);
                break;
            case NodeType.SymbolicLink:
                RawFiles.MakeSymbolicLink(path, tree.LinkTargetOf(id));
                break;
            default:
                RawFiles.MakeNode(path, node.Type, node.DeviceNumber, node.Size);
                break;
        }
    }

    // In this order: a change of owner takes set-id bits and capabilities away.
    private static void SetAttributes(byte[] path, Tree tree, NodeId id)
    {
        Node node = tree[id];
        RawFiles.ChangeOwner(path, node.Uid, node.Gid);
        if (node.Type != NodeType.SymbolicLink)
        {
            RawFiles.ChangeMode(path, node.Permissions);
        }

        foreach (Xattr xattr in tree.XattrsOf(id))
        {
            RawFiles.SetXattr(path, xattr.Name.Span, xattr.Value.Span);
        }

        RawFiles.SetTime(path, node.ModifiedSeconds, node.ModifiedNanoseconds);
    }
}
