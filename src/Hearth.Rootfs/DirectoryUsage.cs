using System.Text;
using Hearth.FileTree;

namespace Hearth.Rootfs;

/// <summary>How a tree's bytes are distributed: a directory with everything beneath it, hard-linked files counted once.</summary>
/// <param name="Name">Its own name; "/" for the root; a description for directories too small to be listed separately.</param>
/// <param name="Bytes">In all files beneath it.</param>
/// <param name="Files">Regular files beneath it.</param>
/// <param name="Children">Its larger subdirectories, the largest first.</param>
public sealed record DirectoryUsage(string Name, long Bytes, long Files, IReadOnlyList<DirectoryUsage> Children)
{
    /// <summary>Sums up a tree.</summary>
    /// <param name="tree">The tree.</param>
    /// <param name="depth">How many levels below the root are shown.</param>
    /// <param name="smallestShare">Directories with a smaller share of all bytes, 0 to 1, are combined.</param>
    public static DirectoryUsage Of(Tree tree, int depth, double smallestShare)
    {
        var bytes = new long[tree.NodeCount];
        var files = new int[tree.NodeCount];

        // Parents have lower numbers than their children. Going backward, each node is complete before it is added to its parent.
        for (int i = tree.NodeCount - 1; i > 0; i--)
        {
            var node = new NodeId(i);
            if (tree[node].Type == NodeType.Regular)
            {
                bytes[i] = tree[node].Size;
                files[i] = 1;
            }

            int parent = tree.ParentOf(node).Index;
            bytes[parent] += bytes[i];
            files[parent] += files[i];
        }

        return new Summary(tree, bytes, files, (long)(bytes[0] * smallestShare)).Describe(Tree.Root, "/", depth);
    }

    private sealed class Summary(Tree tree, long[] bytes, int[] files, long smallestBytes)
    {
        public DirectoryUsage Describe(NodeId directory, string name, int depth)
        {
            var shown = new List<DirectoryUsage>();
            int small = 0;
            long smallBytes = 0;
            long smallFiles = 0;
            foreach (DirectoryEntry entry in depth > 0 ? tree.EntriesOf(directory) : default)
            {
                if (tree[entry.Node].Type != NodeType.Directory)
                {
                    continue;
                }

                if (bytes[entry.Node.Index] > smallestBytes)
                {
                    shown.Add(Describe(entry.Node, Encoding.UTF8.GetString(tree.NameOf(entry)), depth - 1));
                    continue;
                }

                small++;
                smallBytes += bytes[entry.Node.Index];
                smallFiles += files[entry.Node.Index];
            }

            shown.Sort((a, b) => b.Bytes.CompareTo(a.Bytes));
            if (small > 0 && shown.Count > 0)
            {
                shown.Add(new DirectoryUsage($"({small} smaller)", smallBytes, smallFiles, []));
            }

            return new DirectoryUsage(name, bytes[directory.Index], files[directory.Index], shown);
        }
    }
}
