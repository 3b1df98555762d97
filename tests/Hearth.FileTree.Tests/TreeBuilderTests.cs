using System.Text;
using Hearth.FileTree.Tests.Support;

namespace Hearth.FileTree.Tests;

public sealed class TreeBuilderTests
{
    private static readonly Node directoryNode = new() { Mode = ((ushort)NodeType.Directory << 12) | 0b111_101_101 };
    private static readonly Node fileNode = new() { Mode = ((ushort)NodeType.Regular << 12) | 0b110_100_100, Size = 3 };

    [Fact]
    public void Trees_are_the_same_whatever_the_order_in_which_they_were_collected() =>
        Assert.Equal(TreeText.Of(Built(["a", "a/x", "b", "b/y", "c"])), TreeText.Of(Built(["c", "b", "b/y", "a", "a/x"])));

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    public void Names_that_no_directory_can_hold_are_refused(string name)
    {
        var builder = new TreeBuilder();
        int root = builder.AddNode(directoryNode);
        int node = builder.AddNode(fileNode);
        Assert.Equal(FileTreeError.InvalidName, Assert.Throws<FileTreeException>(() => builder.AddEntry(root, Encoding.UTF8.GetBytes(name), node)).Error);
    }

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void Names_have_255_bytes_at_most(int length, bool fits)
    {
        var builder = new TreeBuilder();
        int root = builder.AddNode(directoryNode);
        int node = builder.AddNode(fileNode);
        Exception? failure = Record.Exception(() => builder.AddEntry(root, Encoding.ASCII.GetBytes(new string('n', length)), node));
        Assert.Equal(fits, failure is null);
    }

    [Fact]
    public void A_name_given_twice_is_refused() => Refused(FileTreeError.DuplicateName, "'same' twice", (builder, root) =>
    {
        builder.AddEntry(root, "same"u8, builder.AddNode(fileNode));
        builder.AddEntry(root, "same"u8, builder.AddNode(fileNode));
    });

    [Fact]
    public void A_directory_with_two_names_is_refused() => Refused(FileTreeError.BrokenStructure, "has two names", (builder, root) =>
    {
        int child = builder.AddNode(directoryNode);
        builder.AddEntry(root, "one"u8, child);
        builder.AddEntry(root, "two"u8, child);
    });

    [Fact]
    public void A_directory_within_itself_is_refused() => Refused(FileTreeError.BrokenStructure, "has two names", (builder, root) => builder.AddEntry(root, "again"u8, root));

    [Fact]
    public void A_node_without_a_name_is_refused() => Refused(FileTreeError.BrokenStructure, "1 nodes cannot be reached", (builder, _) => builder.AddNode(fileNode));

    [Fact]
    public void A_tree_needs_a_directory_as_its_root()
    {
        var builder = new TreeBuilder();
        builder.AddNode(fileNode);
        Assert.Equal(FileTreeError.BrokenStructure, Assert.Throws<FileTreeException>(builder.Build).Error);
        Assert.Equal(FileTreeError.BrokenStructure, Assert.Throws<FileTreeException>(new TreeBuilder().Build).Error);
    }

    [Fact]
    public void Equal_sets_of_attributes_are_kept_once_and_sorted()
    {
        var builder = new TreeBuilder();
        int root = builder.AddNode(directoryNode);
        foreach (string name in new[] { "one", "two" })
        {
            int node = builder.AddNode(fileNode);
            builder.AddEntry(root, Encoding.UTF8.GetBytes(name), node);
            builder.SetXattrs(node, [new Xattr("user.b"u8.ToArray(), "2"u8.ToArray()), new Xattr("user.a"u8.ToArray(), "1"u8.ToArray())]);
        }

        Tree tree = builder.Build();

        Assert.Equal(1, tree.XattrSetCount);
        Assert.Equal(["user.a", "user.b"], tree.XattrSet(0).ToArray().Select(xattr => Encoding.UTF8.GetString(xattr.Name.Span)));
        Assert.Equal(-1, tree.XattrSetOf(Tree.Root));
    }

    private static Tree Built(string[] paths)
    {
        var builder = new TreeBuilder();
        var nodes = new Dictionary<string, int> { [""] = builder.AddNode(directoryNode) };
        foreach (string path in paths)
        {
            int slash = path.LastIndexOf('/');
            bool isFile = slash >= 0;
            nodes.Add(path, builder.AddNode(isFile ? fileNode : directoryNode));
            builder.AddEntry(nodes[isFile ? path[..slash] : ""], Encoding.UTF8.GetBytes(path[(slash + 1)..]), nodes[path]);
        }

        return builder.Build();
    }

    private static void Refused(FileTreeError error, string cause, Action<TreeBuilder, int> collect)
    {
        var builder = new TreeBuilder();
        int root = builder.AddNode(directoryNode);
        collect(builder, root);
        FileTreeException failure = Assert.Throws<FileTreeException>(builder.Build);
        Assert.Equal(error, failure.Error);
        Assert.Contains(cause, failure.Message, StringComparison.Ordinal);
    }
}
