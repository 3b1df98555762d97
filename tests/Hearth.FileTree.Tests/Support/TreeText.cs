using System.Globalization;
using System.Text;

namespace Hearth.FileTree.Tests.Support;

/// <summary>All that a tree holds, in its order, as text: two trees are equal if their texts are.</summary>
internal static class TreeText
{
    public static string Of(Tree tree) => Of(new WalkedTree(tree, default));

    public static string Of(WalkedTree walked)
    {
        Tree tree = walked.Tree;
        var text = new StringBuilder();
        for (int i = 0; i < tree.NodeCount; i++)
        {
            var id = new NodeId(i);
            Node node = tree[id];
            text.Append(CultureInfo.InvariantCulture, $"{i} {Text(tree.PathOf(id))} {node.Mode:x} {node.Uid} {node.Gid} {node.LinkCount} {node.Size} ");
            text.Append(CultureInfo.InvariantCulture, $"{node.ModifiedSeconds}.{node.ModifiedNanoseconds} {node.DeviceNumber:x} {walked.IdentityOf(id)} ");
            text.Append(CultureInfo.InvariantCulture, $"'{Text(tree.LinkTargetOf(id))}' set {tree.XattrSetOf(id)}\n");
            foreach (ref readonly DirectoryEntry entry in tree.EntriesOf(id))
            {
                text.Append(CultureInfo.InvariantCulture, $"  {Text(tree.NameOf(entry))} = {entry.Node.Index}\n");
            }
        }

        for (int set = 0; set < tree.XattrSetCount; set++)
        {
            foreach (Xattr xattr in tree.XattrSet(set))
            {
                text.Append(CultureInfo.InvariantCulture, $"{set} {Text(xattr.Name.Span)} = {Convert.ToHexString(xattr.Value.Span)}\n");
            }
        }

        return text.ToString();
    }

    public static string[] PathsOf(WalkedTree walked) => PathsOf(walked.Tree);

    /// <summary>The paths of all names, in Latin-1, sorted.</summary>
    public static string[] PathsOf(Tree tree)
    {
        var paths = new List<string>();
        for (int i = 0; i < tree.NodeCount; i++)
        {
            string parent = Text(tree.PathOf(new NodeId(i)));
            foreach (ref readonly DirectoryEntry entry in tree.EntriesOf(new NodeId(i)))
            {
                paths.Add((parent.Length == 0 ? "" : parent + "/") + Text(tree.NameOf(entry)));
            }
        }

        return [.. paths.Order(StringComparer.Ordinal)];
    }

    public static NodeId Find(Tree tree, string path)
    {
        NodeId at = Tree.Root;
        foreach (string name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            at = Child(tree, at, name) ?? throw new KeyNotFoundException($"the tree has no '{path}'");
        }

        return at;
    }

    private static NodeId? Child(Tree tree, NodeId directory, string name)
    {
        foreach (ref readonly DirectoryEntry entry in tree.EntriesOf(directory))
        {
            if (Text(tree.NameOf(entry)) == name)
            {
                return entry.Node;
            }
        }

        return null;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
