using CsCheck;
using Hearth.DiskImages.Packed;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;
using Hearth.Linux.Processes;

namespace Hearth.DiskImages.Tests.Packed;

/// <summary>What the kernel finds in a packed image is the tree that was packed, in every attribute and byte.</summary>
public sealed class PackerTests
{
    private const int PackedTrees = 12;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(PackCompression.Zstd, null)]
    [InlineData(PackCompression.Zstd, 1)]
    [InlineData(PackCompression.Gzip, 9)]
    [InlineData(PackCompression.Lz4, null)]
    [InlineData(PackCompression.Xz, null)]
    [InlineData(PackCompression.None, null)]
    [InlineData(PackCompression.None, null, true)]
    public async Task A_packed_SquashFS_holds_one_of_everything_but_sockets(PackCompression compression, int? level, bool noFragments = false)
    {
        IReadOnlyList<string> leftOut = await AssertSquashFs(SampleTree.Everything().File("large", 3_000_000).Build(), new(compression, level, noFragments));

        Assert.Equal(["the packed SquashFS cannot store 1 sockets, the first '/socket'; they are left out"], leftOut);
    }

    [Fact]
    public async Task A_content_that_has_to_be_waited_for_is_packed_as_well()
    {
        Tree tree = new SampleTree().File("one", 100).File("two", 3_000_000).Build();
        using TemporaryDirectory directory = new();
        using PatternContent content = new(tree);
        using GatedContent gated = new(content);
        Task<PackedImage> packing = PackAsync(tree, gated, directory, new(PackCompression.Lz4));
        gated.Let(2);
        Assert.False(packing.IsCompleted);
        gated.Let(1000);
        using LoopMount mount = new((await packing).Path, ImageFormat.SquashFs);
        MountedTree.AssertSameButSocketsAndRoot(mount.Path, tree, content.DigestOf);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_ends_of_files_share_fragments_or_have_blocks_of_their_own(bool noFragments)
    {
        Tree tree = new SampleTree().File("one", 100).File("two", 3000).File("large", 300_000).Build();
        using TemporaryDirectory directory = new();
        using PatternContent content = new(tree);

        PackedImage image = await PackAsync(tree, content, directory, new(PackCompression.None, NoFragments: noFragments));

        using FileStream bytes = File.OpenRead(image.Path);
        Assert.Equal(noFragments, Assert.Single(ImageDump.Read(bytes, Stop).Fields, field => field.Name == "fragments").Value == "0");
    }

    [Fact]
    public void Random_trees_come_out_of_SquashFS_as_they_went_in() =>
        TreeGenerator.Trees(TreeTraits.PackedSquashFs).Sample(
            tree => AssertSquashFs(tree, new(PackCompression.Lz4)).GetAwaiter().GetResult(), iter: PackedTrees, threads: 2);

    [Fact]
    public async Task What_the_plain_tar_header_has_no_room_for_is_kept()
    {
        SampleTree sample = new SampleTree(0x3F9)
            .File($"{new string('d', 200)}/{new string('f', 255)}", 10)
            .Link("link", new string('t', 3000))
            .Link("absolute", "/nix/store/" + new string('t', 150))
            .Hole("hole", 9_000_000_000)
            .HardLink($"{new string('d', 200)}/again", $"{new string('d', 200)}/{new string('f', 255)}")
            .File("binary", 3)
            .Xattrs("binary", ("user.bytes", [0, 255, (byte)'\n', (byte)'=', 0]), ("user.empty", []))
            .Add("owner", new Node { Mode = 0x81A4, Uid = 4_000_000_000, Gid = 3_000_000, ModifiedSeconds = 1 });

        Assert.Empty(await AssertSquashFs(sample.Build(), new(Level: 1), compareContents: false));
    }

    [Fact]
    public async Task An_attribute_whose_name_tar_cannot_tell_is_left_out_and_told()
    {
        Tree tree = new SampleTree().File("one", 1).Xattrs("one", ("user.a=b", [1])).Build();
        IReadOnlyList<string> leftOut = await AssertSquashFs(tree, new(), shown: new SampleTree().File("one", 1).Build());
        Assert.Equal(["the packed SquashFS cannot store 1 extended attributes, the first 'user.a=b' of '/one'; they are left out"], leftOut);
    }

    [Fact]
    public async Task Without_its_access_control_list_a_file_is_open_to_nobody_else_and_that_is_told()
    {
        Tree tree = new SampleTree().File("one", 1).Xattrs("one", ("system.posix_acl_access", [])).Build();
        IReadOnlyList<string> leftOut = await AssertSquashFs(tree, new(), shown: AccessLists.Remove(tree, out _));
        Assert.Equal(
            ["SquashFS cannot store 1 access control lists, the first of '/one'; they are left out, and the files' modes are narrowed so that nobody gains access"],
            leftOut);
    }

    [Theory]
    [InlineData(PackCompression.Zstd, 23, "1 to 22")]
    [InlineData(PackCompression.Gzip, 0, "1 to 9")]
    [InlineData(PackCompression.Lz4, 1, "no levels")]
    public void A_level_that_a_compressor_lacks_is_refused(PackCompression compression, int level, string expected) =>
        Assert.Contains(expected, Assert.Throws<PackingException>(() => SquashFsPacker.CheckLevel(compression, level)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task An_ext4_image_holds_what_an_image_showed()
    {
        Tree tree = SampleTree.Everything().File("large", 3_000_000).Xattrs("large", ("user.colour", "blue"u8.ToArray())).Build();
        using TemporaryDirectory directory = new();
        using PatternContent content = new(tree);
        string source = ImageFile.Write(ImagePlanners.For(ImageFormat.Erofs).Plan(tree, Stop), content, directory.File("source"));

        PackedImage image = await Ext4Packer.PackImageAsync(tree, source, "erofs", directory.File("image"), HostEnvironment.Empty, null, Stop);

        Assert.True(image.DiskBytes < 20 << 20, $"{image.DiskBytes} bytes are allocated");
        Assert.Equal(Ext4Packer.SizeOf(tree), new FileInfo(image.Path).Length);
        Command.Run("e2fsck", ["-fn", image.Path]);
        using LoopMount mount = new(image.Path, "ext4");
        MountedTree.AssertSame(mount.Path, tree, content.DigestOf);
    }

    [Fact]
    public async Task An_ext4_image_holds_what_a_directory_held()
    {
        using SourceDirectory source = new();
        source.Add("a/file", [1, 2, 3]).Add("b", new byte[5000]);
        using TemporaryDirectory directory = new();

        PackedImage image = await Ext4Packer.PackAsync(source.Describe().Tree, source.Root, directory.File("image"), HostEnvironment.Empty, null, Stop);

        using LoopMount mount = new(image.Path, "ext4");
        Assert.Equal([1, 2, 3], File.ReadAllBytes(Path.Combine(mount.Path, "a/file")));
        Assert.Equal(["a", "b"], Directory.EnumerateFileSystemEntries(mount.Path).Select(Path.GetFileName).Order());
    }

    /// <summary>Whole blocks for each of many small files need far more than their bytes, and an inode each.</summary>
    [Fact]
    public async Task Many_small_files_fit_into_ext4()
    {
        SampleTree sample = new();
        for (int i = 0; i < 40_000; i++)
        {
            sample.File($"directory-{i % 100}/file-{i}", 1);
        }

        Tree tree = sample.Build();
        using TemporaryDirectory directory = new();
        using PatternContent content = new(tree);
        string source = ImageFile.Write(ImagePlanners.For(ImageFormat.Erofs).Plan(tree, Stop), content, directory.File("source"));

        PackedImage image = await Ext4Packer.PackImageAsync(tree, source, "erofs", directory.File("image"), HostEnvironment.Empty, null, Stop);

        Command.Run("e2fsck", ["-fn", image.Path]);
    }

    private static async Task<IReadOnlyList<string>> AssertSquashFs(
        Tree tree, SquashFsPacking packing, bool compareContents = true, Tree? shown = null)
    {
        using TemporaryDirectory directory = new();
        using PatternContent content = new(tree);

        PackedImage image = await PackAsync(tree, content, directory, packing);

        Assert.Equal(["image"], Directory.EnumerateFileSystemEntries(directory.Path).Select(Path.GetFileName));
        using LoopMount mount = new(image.Path, ImageFormat.SquashFs);
        MountedTree.AssertSameButSocketsAndRoot(mount.Path, shown ?? tree, compareContents ? content.DigestOf : null);
        return image.LeftOut;
    }

    private static Task<PackedImage> PackAsync(Tree tree, IContentSource content, TemporaryDirectory directory, SquashFsPacking packing) =>
        SquashFsPacker.PackAsync(new PackSource(tree, content), directory.File("image"), packing, HostEnvironment.Empty, null, Stop);
}
