using Hearth.FileTree;
using Hearth.Linux.Text;

namespace Hearth.Layers.Merging;

/// <summary>Turns merged nodes into a tree.</summary>
internal static class MergedTree
{
    public static WalkedTree Build(MergedNode root)
    {
        TreeBuilder builder = new();
        Dictionary<MergedNode, int> numbers = new(ReferenceEqualityComparer.Instance) { [root] = AddNode(builder, root) };
        Stack<MergedNode> left = new([root]);
        while (left.TryPop(out MergedNode? directory))
        {
            foreach ((string name, (MergedNode child, _)) in directory.Children!)
            {
                if (!numbers.TryGetValue(child, out int number))
                {
                    number = AddNode(builder, child);
                    numbers.Add(child, number);
                    if (child.IsDirectory)
                    {
                        left.Push(child);
                    }
                }

                builder.AddEntry(numbers[directory], ByteText.Encode(name), number);
            }
        }

        return builder.BuildWalked();
    }

    private static int AddNode(TreeBuilder builder, MergedNode node)
    {
        int number = builder.AddNode(node.Attributes, node.Content);
        if (node.Attributes.Type == NodeType.SymbolicLink)
        {
            builder.SetLinkTarget(number, node.LinkTarget);
        }

        if (node.Xattrs.Count > 0)
        {
            builder.SetXattrs(number, node.Xattrs);
        }

        return number;
    }
}
