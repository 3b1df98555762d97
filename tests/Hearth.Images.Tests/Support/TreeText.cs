using System.Security.Cryptography;
using System.Text;
using Hearth.FileTree;

namespace Hearth.Images.Tests.Support;

/// <summary>A tree as text: one line for each name, with every attribute that a file system keeps, and the content's digest.</summary>
internal static class TreeText
{
    /// <param name="tree">The tree.</param>
    /// <param name="hasTimes">Whether times of directories are shown.</param>
    /// <param name="read">Reads a regular file.</param>
    public static string Describe(Tree tree, bool hasTimes, Func<NodeId, byte[]> read)
    {
        List<string> lines = [DescribeNode(tree, Tree.Root, "/", hasTimes, read)];
        for (int i = 0; i < tree.NodeCount; i++)
        {
            foreach (ref readonly DirectoryEntry entry in tree.EntriesOf(new NodeId(i)))
            {
                string path = $"{tree.TextPathOf(new NodeId(i)).TrimEnd('/')}/{Encoding.UTF8.GetString(tree.NameOf(entry))}";
                lines.Add(DescribeNode(tree, entry.Node, path, hasTimes, read));
            }
        }

        return string.Join('\n', lines.Order(StringComparer.Ordinal));
    }

    private static string DescribeNode(Tree tree, NodeId id, string path, bool hasTimes, Func<NodeId, byte[]> read)
    {
        ref readonly Node node = ref tree[id];
        StringBuilder attributes = new();
        foreach (Xattr xattr in tree.XattrsOf(id))
        {
            attributes.Append($" {Encoding.UTF8.GetString(xattr.Name.Span)}={Convert.ToHexString(xattr.Value.Span)}");
        }

        string time = hasTimes || node.Type != NodeType.Directory ? $"{node.ModifiedSeconds}.{node.ModifiedNanoseconds:d9}" : "";
        string size = node.Type == NodeType.Directory ? "" : $" size {node.Size}";
        string content = node.Type == NodeType.Regular ? $" content {Convert.ToHexStringLower(SHA256.HashData(read(id)))[..16]}" : "";
        return $"{path} {node.Type} {Convert.ToString(node.Permissions, 8)} {node.Uid}:{node.Gid} links {node.LinkCount}{size}{content} device {node.DeviceNumber:x} "
            + $"time {time} first {tree.TextPathOf(id)} to {Encoding.UTF8.GetString(tree.LinkTargetOf(id))}{attributes}";
    }
}
