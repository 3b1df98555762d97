using System.Text;
using Hearth.FileTree.Tests.Support;

namespace Hearth.FileTree.Tests;

/// <summary>Each kind of file and attribute by itself, so that a failure names what is wrong.</summary>
public sealed class SpecialFileTests : IDisposable
{
    /// <summary>The longest target that symlink(2) takes: PATH_MAX with its NUL.</summary>
    private const int LongestTarget = 4095;

    private static readonly byte[] capability = Convert.FromHexString("0100000200200000000000000000000000000000");

    private static readonly byte[] acl = Convert.FromHexString(
        "02000000" + "01000700FFFFFFFF" + "02000600E8030000" + "04000500FFFFFFFF" + "10000700FFFFFFFF" + "20000500FFFFFFFF");

    private readonly TemporaryDirectory directory = new();

    public static TheoryData<string> Names => new() { "", "\u00ff\u00fe", "new\nline", "\u0001", " ", "-rf", "*?[", "\\", "\u00c3\u00a9", new string('n', 255), "..." };

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_and_targets_are_kept_byte_by_byte(string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text.Length == 0 ? "plain" : text);
        RawFiles.MakeDirectory(At("d"));
        RawFiles.MakeSymbolicLink(RawFiles.Path(directory.File("d"), bytes), bytes);

        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;

        DirectoryEntry entry = tree.EntriesOf(TreeText.Find(tree, "d"))[0];
        Assert.Equal(bytes, tree.NameOf(entry));
        Assert.Equal(bytes, tree.LinkTargetOf(entry.Node));
        Assert.Equal(bytes.Length, tree[entry.Node].Size);
    }

    [Fact]
    public void The_longest_link_target_is_read_whole()
    {
        byte[] target = Encoding.ASCII.GetBytes(new string('t', LongestTarget));
        RawFiles.MakeSymbolicLink(At("link"), target);
        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;
        Assert.Equal(target, tree.LinkTargetOf(TreeText.Find(tree, "link")));
    }

    [Fact]
    public void Names_of_one_file_in_several_directories_are_one_node()
    {
        RawFiles.MakeDirectory(At("a"));
        RawFiles.MakeDirectory(At("b"));
        RawFiles.MakeNode(At("b/first"), NodeType.Regular, size: 12);
        RawFiles.MakeHardLink(At("a/second"), At("b/first"));
        RawFiles.MakeHardLink(At("third"), At("b/first"));

        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;

        NodeId node = TreeText.Find(tree, "a/second");
        Assert.Equal(node, TreeText.Find(tree, "b/first"));
        Assert.Equal(node, TreeText.Find(tree, "third"));
        Assert.Equal(3u, tree[node].LinkCount);
        Assert.Equal(12, tree.ContentBytes);

        // Its first name: a directory's own entries come before those of its directories.
        Assert.Equal("third", Encoding.UTF8.GetString(tree.PathOf(node)));
    }

    [Fact]
    public void Links_links_fifos_and_devices_are_joined_like_files()
    {
        RawFiles.MakeSymbolicLink(At("link"), "nowhere"u8);
        RawFiles.MakeNode(At("fifo"), NodeType.Fifo);
        RawFiles.MakeNode(At("device"), NodeType.CharacterDevice, deviceNumber: 0x103);
        foreach (string name in new[] { "link", "fifo", "device" })
        {
            RawFiles.MakeHardLink(At(name + "-again"), At(name));
        }

        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;

        Assert.Equal(4, tree.NodeCount);
        Assert.Equal(6, tree.EntryCount);
        Assert.Equal("nowhere"u8, tree.LinkTargetOf(TreeText.Find(tree, "link-again")));
    }

    [Fact]
    public void A_name_outside_the_tree_is_not_counted()
    {
        RawFiles.MakeDirectory(At("in"));
        RawFiles.MakeFile(At("in/one"));
        RawFiles.MakeHardLink(At("in/two"), At("in/one"));
        RawFiles.MakeHardLink(At("outside"), At("in/one"));

        Tree tree = DirectoryWalker.Walk(directory.File("in")).Tree;

        Assert.Equal(2u, tree[TreeText.Find(tree, "one")].LinkCount);
    }

    [Theory]
    [InlineData(NodeType.CharacterDevice, 0x00000103u)]
    [InlineData(NodeType.BlockDevice, 0xFFFFFFFFu)]
    [InlineData(NodeType.CharacterDevice, 0x12345678u)]
    public void Device_numbers_keep_all_their_bits(NodeType type, uint number)
    {
        RawFiles.MakeNode(At("device"), type, number);
        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;
        Node node = tree[TreeText.Find(tree, "device")];
        Assert.Equal((type, number, 0L), (node.Type, node.DeviceNumber, node.Size));
    }

    [Theory]
    [InlineData(0x1FF)]
    [InlineData(0xFFF)]
    [InlineData(0x800)]
    [InlineData(0)]
    public void Permissions_keep_set_id_and_sticky_bits(uint permissions)
    {
        RawFiles.MakeFile(At("file"));
        RawFiles.MakeDirectory(At("directory"));
        RawFiles.ChangeMode(At("file"), permissions);
        RawFiles.ChangeMode(At("directory"), permissions);
        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;
        Assert.Equal(permissions, tree[TreeText.Find(tree, "file")].Permissions);
        Assert.Equal(permissions, tree[TreeText.Find(tree, "directory")].Permissions);
    }

    [Fact]
    public void The_roots_own_attributes_are_read()
    {
        byte[] root = Encoding.UTF8.GetBytes(directory.Path);
        RawFiles.ChangeOwner(root, 12, 34);
        RawFiles.ChangeMode(root, 0xBED);
        RawFiles.SetXattr(root, "user.of-the-root"u8, "yes"u8);
        RawFiles.SetTime(root, 1_000_000_007, 123_456_789);

        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;

        Node node = tree[Tree.Root];
        Assert.Equal((12u, 34u, (ushort)0xBED, 1_000_000_007L, 123_456_789u), (node.Uid, node.Gid, node.Permissions, node.ModifiedSeconds, node.ModifiedNanoseconds));
        Assert.Equal("user.of-the-root"u8, tree.XattrsOf(Tree.Root)[0].Name.Span);
    }

    [Fact]
    public void Attributes_of_each_kind_are_read_sorted_and_kept_once()
    {
        foreach (string name in new[] { "one", "two" })
        {
            RawFiles.MakeFile(At(name));
            RawFiles.SetXattr(At(name), "user.colour"u8, "blue"u8);
            RawFiles.SetXattr(At(name), "trusted.empty"u8, []);
            RawFiles.SetXattr(At(name), "security.capability"u8, capability);
            RawFiles.SetXattr(At(name), "system.posix_acl_access"u8, acl);
        }

        RawFiles.MakeDirectory(At("directory"));
        RawFiles.SetXattr(At("directory"), "system.posix_acl_default"u8, acl);
        RawFiles.MakeSymbolicLink(At("link"), "directory"u8);
        RawFiles.SetXattr(At("link"), "trusted.of-the-link"u8, "itself"u8);

        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;

        Assert.Equal("security.capability system.posix_acl_access trusted.empty user.colour", XattrNames(tree, "one"));
        Assert.Equal(capability, tree.XattrsOf(TreeText.Find(tree, "one"))[0].Value.Span);
        Assert.Equal(acl, tree.XattrsOf(TreeText.Find(tree, "one"))[1].Value.Span);
        Assert.Equal("", Encoding.UTF8.GetString(tree.XattrsOf(TreeText.Find(tree, "one"))[2].Value.Span));
        Assert.Equal(tree.XattrSetOf(TreeText.Find(tree, "one")), tree.XattrSetOf(TreeText.Find(tree, "two")));
        Assert.Equal("system.posix_acl_default", XattrNames(tree, "directory"));
        Assert.Equal("trusted.of-the-link", XattrNames(tree, "link"));
        Assert.Equal(3, tree.XattrSetCount);
        MountedTree.AssertSame(directory.Path, tree);
    }

    [Fact]
    public void A_file_of_many_terabytes_is_only_looked_at()
    {
        const long Size = 12L << 40;
        RawFiles.MakeNode(At("huge"), NodeType.Regular, size: Size);
        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;
        Assert.Equal(Size, tree.ContentBytes);
    }

    public void Dispose() => directory.Dispose();

    private byte[] At(string path) => RawFiles.Path(directory.Path, Encoding.UTF8.GetBytes(path));

    private static string XattrNames(Tree tree, string path) =>
        string.Join(' ', tree.XattrsOf(TreeText.Find(tree, path)).ToArray().Select(xattr => Encoding.UTF8.GetString(xattr.Name.Span)));
}
