namespace Hearth.FileTree.Programs;

/// <summary>Finds what has a path in a tree, through its symbolic links, as a process with the tree as its root does.</summary>
internal static class TreePath
{
    /// <returns>The node, which is no symbolic link, and its own path without one; null if there is none.</returns>
    public static (NodeId Node, byte[] Path)? Find(Tree tree, ReadOnlySpan<byte> path)
    {
        Stack<byte[]> left = new();
        PathNames.Push(left, path);
        List<(NodeId Node, byte[] Name)> way = [(Tree.Root, [])];
        int links = 0;
        while (left.TryPop(out byte[]? name))
        {
            if (name.AsSpan().SequenceEqual(".."u8))
            {
                way.RemoveRange(Math.Max(1, way.Count - 1), Math.Min(1, way.Count - 1));
                continue;
            }

            if (tree[way[^1].Node].Type != NodeType.Directory || tree.Find(way[^1].Node, name) is not { } node)
            {
                return null;
            }

            if (tree[node].Type != NodeType.SymbolicLink)
            {
                way.Add((node, name));
                continue;
            }

            if (++links > PathNames.MostLinks)
            {
                return null;
            }

            ReadOnlySpan<byte> target = tree.LinkTargetOf(node);
            if (target.StartsWith("/"u8))
            {
                way.RemoveRange(1, way.Count - 1);
            }

            PathNames.Push(left, target);
        }

        return (way[^1].Node, [.. way.Skip(1).SelectMany(step => step.Name.Prepend((byte)'/'))]);
    }
}
