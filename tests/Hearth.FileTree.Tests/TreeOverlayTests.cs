using System.Globalization;
using System.Text;

namespace Hearth.FileTree.Tests;

/// <summary>Laying trees over a tree: where each lands, what it hides, what is made for it, what is refused.</summary>
public sealed class TreeOverlayTests
{
    [Theory]
    [InlineData("/srv/data", "srv/data/f=1")]
    [InlineData("srv/data/", "srv/data/f=1")]
    [InlineData("/srv/./x/../data", "srv/data/f=1")]
    [InlineData("/../../srv/data", "srv/data/f=1")]
    [InlineData("/new/deep/dir", "new=0 new/deep=0 new/deep/dir=1 new/deep/dir/f=1")]
    [InlineData("/missing/../dir", "dir=1 dir/f=1")]
    [InlineData("/absolute/data", "srv/data/f=1")]
    [InlineData("/relative/made", "srv/made=1 srv/made/f=1")]
    [InlineData("/escaping/data", "srv/data/f=1")]
    [InlineData("/final", "srv/data/f=1")]
    [InlineData("/dangling", "nowhere=0 nowhere/at=0 nowhere/at/all=1 nowhere/at/all/f=1")]
    public void A_destination_is_resolved_inside_the_tree(string destination, string appears)
    {
        Tree laid = TreeOverlay.Apply(Base(), [new TreeLayer(destination, Of("f file"))]).Tree;
        string[] listing = Listing(laid);
        Assert.All(appears.Split(' '), line => Assert.Contains(line, listing));
        Assert.DoesNotContain("srv/data/old=0", appears.Contains("srv/data", StringComparison.Ordinal) ? listing : []);
        Assert.DoesNotContain("missing=0", listing);
    }

    [Fact]
    public void What_is_made_on_the_way_is_roots_and_open_to_all()
    {
        Tree laid = TreeOverlay.Apply(Base(), [new TreeLayer("/new/dir", Of("f file"))]).Tree;
        Node made = laid[Find(laid, "new")];
        Assert.Equal((0x41EDu, 0u, 0u, 3u, (ushort)0), (made.Mode, made.Uid, made.Gid, made.LinkCount, made.Origin));
    }

    [Fact]
    public void A_file_takes_a_files_place_or_a_missing_ones()
    {
        Tree laid = TreeOverlay.Apply(Base(), [new TreeLayer("/etc/hosts", SingleFile(7)), new TreeLayer("/etc/new", SingleFile(8))]).Tree;
        Assert.Equal((7L, (ushort)1), (laid[Find(laid, "etc/hosts")].Size, laid[Find(laid, "etc/hosts")].Origin));
        Assert.Equal((8L, (ushort)2), (laid[Find(laid, "etc/new")].Size, laid[Find(laid, "etc/new")].Origin));
        Assert.Empty(laid.PathInOriginOf(Find(laid, "etc/hosts")));
    }

    [Fact]
    public void A_later_layer_lies_over_an_earlier_one_and_may_lie_inside_it()
    {
        WalkedTree outer = Of("sub/hidden file", "sub2/kept file");
        Tree laid = TreeOverlay.Apply(Base(), [
            new TreeLayer("/srv/data", Of("gone file")), new TreeLayer("/srv/data", outer), new TreeLayer("/srv/data/sub", Of("f file")), new TreeLayer("/srv/data/sub2/made/deep", Of("g file"))]).Tree;
        Assert.Equal(
            new[] { "absolute=0", "dangling=0", "escaping=0", "etc=0", "etc/hosts=0", "final=0", "loop=0", "relative=0", "srv=0", "srv/data=2",
                "srv/data/sub=3", "srv/data/sub/f=3", "srv/data/sub2=2", "srv/data/sub2/kept=2", "srv/data/sub2/made=0", "srv/data/sub2/made/deep=4", "srv/data/sub2/made/deep/g=4", "srv/x=0" }.Order(StringComparer.Ordinal),
            Listing(laid).Order(StringComparer.Ordinal));
        Assert.Equal("sub2/kept"u8, laid.PathInOriginOf(Find(laid, "srv/data/sub2/kept")));
        Assert.Equal("g"u8, laid.PathInOriginOf(Find(laid, "srv/data/sub2/made/deep/g")));
    }

    [Theory]
    [InlineData("/", FileTreeError.InvalidDestination, "the root itself")]
    [InlineData("/srv/..", FileTreeError.InvalidDestination, "the root itself")]
    [InlineData("/loop", FileTreeError.TooManyLinks, "more than 40")]
    [InlineData("/loop/below", FileTreeError.TooManyLinks, "more than 40")]
    [InlineData("/etc/hosts/below", FileTreeError.NotADirectory, "'/etc/hosts' in its path is not a directory")]
    [InlineData("/etc/hosts", FileTreeError.NotADirectory, "it is not a directory, and the source is one")]
    [InlineData("/a\0b", FileTreeError.InvalidDestination, "is not a valid file name")]
    public void A_destination_that_cannot_be_is_refused(string destination, FileTreeError error, string cause)
    {
        FileTreeException failure = Assert.Throws<FileTreeException>(() => TreeOverlay.Apply(Base(), [new TreeLayer(destination, Of("f file"))]));
        Assert.Equal(error, failure.Error);
        Assert.Contains(cause, failure.Message, StringComparison.Ordinal);
        Assert.Contains($"'{destination}'", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_over_a_directory_is_refused() => Assert.Equal(
        FileTreeError.NotADirectory,
        Assert.Throws<FileTreeException>(() => TreeOverlay.Apply(Base(), [new TreeLayer("/srv", SingleFile(1))])).Error);

    [Theory]
    [InlineData(40, true)]
    [InlineData(41, false)]
    public void As_many_links_are_followed_as_the_kernel_would(int links, bool reaches)
    {
        string[] chain = [.. Enumerable.Range(0, links).Select(i => $"l{i} link {(i == links - 1 ? "end" : $"l{i + 1}")}"), "end/f file"];
        Exception? failure = Record.Exception(() => TreeOverlay.Apply(Of(chain), [new TreeLayer("/l0", Of("g file"))]));
        Assert.Equal(reaches, failure is null);
    }

    [Fact]
    public void Hard_links_stay_joined_within_a_layer_and_are_never_joined_across_layers()
    {
        using var directory = new TemporaryDirectory();
        Command.Run("bash", ["-c", $"cd '{directory.Path}' && mkdir -p base/hidden base/shown source && echo x >base/hidden/a && ln base/hidden/a base/shown/b && ln base/hidden/a base/shown/c && ln base/hidden/a source/d && ln source/d source/e"]);
        Tree laid = TreeOverlay.Apply(DirectoryWalker.Walk(directory.File("base")), [new TreeLayer("/hidden", DirectoryWalker.Walk(directory.File("source")))]).Tree;

        Assert.Equal(Find(laid, "shown/b"), Find(laid, "shown/c"));
        Assert.Equal(Find(laid, "hidden/d"), Find(laid, "hidden/e"));
        Assert.NotEqual(Find(laid, "shown/b"), Find(laid, "hidden/d"));
        Assert.Equal((2u, 2u), (laid[Find(laid, "shown/b")].LinkCount, laid[Find(laid, "hidden/d")].LinkCount));
        Assert.Equal("shown/b"u8, laid.PathInOriginOf(Find(laid, "shown/b")));
    }

    [Fact]
    public void A_source_is_a_directory_or_a_file_and_its_links_are_followed()
    {
        using var directory = new TemporaryDirectory();
        Command.Run("bash", ["-c", $"cd '{directory.Path}' && mkdir tree && echo 12345 >file && ln -s file link && ln -s tree dirlink && touch tree/inside && mkfifo fifo"]);
        Tree file = DirectoryWalker.WalkSource(directory.File("link")).Tree;
        Assert.Equal((NodeType.Regular, 6L, 1), (file[Tree.Root].Type, file[Tree.Root].Size, file.NodeCount));
        Assert.Equal(2, DirectoryWalker.WalkSource(directory.File("dirlink")).Tree.NodeCount);
        Assert.Equal(NodeType.Fifo, DirectoryWalker.WalkSource(directory.File("fifo")).Tree[Tree.Root].Type);
        FileTreeException failure = Assert.Throws<FileTreeException>(() => DirectoryWalker.WalkSource(directory.File("none")));
        Assert.Equal(FileTreeError.NotFound, failure.Error);
        Assert.Contains(directory.File("none"), failure.Message, StringComparison.Ordinal);
    }

    /// <summary>What the tests above lay something over.</summary>
    private static WalkedTree Base() => Of(
        "etc/hosts file", "srv/data/old file", "srv/x/ dir", "absolute link /srv", "relative link ./srv", "escaping link ../../srv",
        "final link absolute/data", "dangling link /nowhere/at/all", "loop link loop");

    private static WalkedTree SingleFile(long size)
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory.File("file"), new byte[size]);
        return DirectoryWalker.WalkSource(directory.File("file"));
    }

    /// <summary>Lines such as "a/b file", "a/c link target" and "a/d/ dir"; parents are made.</summary>
    private static WalkedTree Of(params string[] lines)
    {
        var builder = new TreeBuilder();
        var made = new Dictionary<string, int> { [""] = builder.AddNode(new Node { Mode = 0x41C0, Uid = 5 }) };
        int DirectoryOf(string path)
        {
            if (!made.TryGetValue(path, out int node))
            {
                node = builder.AddNode(new Node { Mode = 0x41C0, Uid = 5 });
                Name(path, node);
                made.Add(path, node);
            }

            return node;
        }

        void Name(string path, int node)
        {
            int slash = path.LastIndexOf('/');
            builder.AddEntry(DirectoryOf(slash < 0 ? "" : path[..slash]), Encoding.UTF8.GetBytes(path[(slash + 1)..]), node);
        }

        foreach (string[] line in lines.Select(line => line.Split(' ')))
        {
            if (line[1] == "dir")
            {
                DirectoryOf(line[0].TrimEnd('/'));
                continue;
            }

            int node = builder.AddNode(new Node { Mode = (ushort)(line[1] == "link" ? 0xA1FF : 0x81A4), Size = 3 });
            Name(line[0], node);
            if (line[1] == "link")
            {
                builder.SetLinkTarget(node, Encoding.UTF8.GetBytes(line[2]));
            }
        }

        return new WalkedTree(builder.Build(), default);
    }

    private static string[] Listing(Tree tree) => [.. Enumerable.Range(1, tree.NodeCount - 1).Select(i =>
        string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(tree.PathOf(new NodeId(i)))}={tree[new NodeId(i)].Origin}"))];

    private static NodeId Find(Tree tree, string path)
    {
        NodeId at = Tree.Root;
        foreach (string name in path.Split('/'))
        {
            NodeId? next = null;
            foreach (ref readonly DirectoryEntry entry in tree.EntriesOf(at))
            {
                next = tree.NameOf(entry).SequenceEqual(Encoding.UTF8.GetBytes(name)) ? entry.Node : next;
            }

            at = next ?? throw new InvalidOperationException($"there is no {path}");
        }

        return at;
    }
}
