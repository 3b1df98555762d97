using CsCheck;
using Hearth.DiskImages.Erofs;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Erofs;

/// <summary>The kernel and fsck.erofs judge planned images.</summary>
public sealed class ErofsMountTests
{
    private const int MountedTrees = 40;

    [Fact]
    public void Random_trees_mount_as_they_were_planned() =>
        TreeGenerator.Trees(TreeTraits.Erofs).Sample(AssertMounts, iter: MountedTrees, threads: 2);

    [Fact]
    public void A_directory_of_100_000_entries_mounts()
    {
        SampleTree sample = new SampleTree().Many(100_000, "many/a-file-with-a-name-");
        AssertMounts(sample.File("many/!", 10).File("many/~", 10).Build());
    }

    [Fact]
    public void A_file_of_65_536_names_mounts()
    {
        SampleTree sample = new SampleTree().File("file", 5);
        for (int i = 1; i < 65_536; i++)
        {
            sample.HardLink($"links/{i}", "file");
        }

        AssertMounts(sample.Build());
    }

    [Fact]
    public void A_file_over_4_GiB_mounts_and_what_follows_it_is_in_place()
    {
        const long Size = (5L << 30) + 123;
        Tree tree = new SampleTree().Hole("a-hole", Size).File("behind", 100_000).Build();
        using var directory = new TemporaryDirectory();
        using var content = new PatternContent(tree);
        string image = ImageFile.Write(new ErofsPlanner().Plan(tree), content, directory.File("image"));
        using var mount = new LoopMount(image, ImageFormat.Erofs);

        Assert.Equal(Size, new FileInfo(Path.Combine(mount.Path, "a-hole")).Length);
        using FileStream hole = File.OpenRead(Path.Combine(mount.Path, "a-hole"));
        byte[] read = new byte[200];
        Assert.Equal(123, RandomAccess.Read(hole.SafeFileHandle, read, Size - 123));
        Assert.DoesNotContain(read, b => b != 0);

        byte[] expected = new byte[100_000];
        content.Read(SourceDirectory.Find(tree, "behind"), 0, expected);
        Assert.Equal(expected, File.ReadAllBytes(Path.Combine(mount.Path, "behind")));
    }

    /// <summary>Every length of a link target, and of a directory's tail, around what fits behind an inode.</summary>
    [Fact]
    public void Links_and_directories_around_the_size_of_a_block_mount()
    {
        var sample = new SampleTree();
        foreach (int length in (int[])[1, 3967, 4000, 4031, 4032, 4033, 4094, 4095])
        {
            sample.Link($"link-{length:d4}", new string('x', length));
            sample.Link($"link-{length:d4}-xattr", new string('y', length)).Xattrs($"link-{length:d4}-xattr", ("trusted.a", new byte[37]));
        }

        foreach (int entries in (int[])[1, 2, 14, 15, 16, 17, 18, 31, 32, 33])
        {
            for (int i = 0; i < entries; i++)
            {
                sample.File($"directory-{entries}/{i:d3}{new string('n', 240)}", i);
            }
        }

        AssertMounts(sample.Build());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3900)]
    [InlineData(5000)]
    [InlineData(65_535)]
    public void Long_attributes_mount_inline_and_shared(int length)
    {
        byte[] value = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
        SampleTree sample = new SampleTree().Directory("d").Link("link", "target").File("one", 5000).File("two", 10).File("three", 10);
        foreach (string path in (string[])["d", "one", "two"])
        {
            sample.Xattrs(path, ("trusted.shared", value), ("user.also", [1, 2, 3]));
        }

        AssertPlansAndMounts(sample.Xattrs("three", ("trusted.own", value), ("trusted." + new string('n', 247), [9])).Xattrs("link", ("trusted.own", value)).Build());
    }

    [Fact]
    public void More_shared_attributes_than_one_inode_can_refer_to_mount()
    {
        var xattrs = Enumerable.Range(0, 300).Select(i => ($"user.{i}", new[] { (byte)i })).ToArray();
        AssertPlansAndMounts(new SampleTree().File("a", 1).File("b", 1).Xattrs("a", xattrs).Xattrs("b", xattrs).Build());
    }

    /// <summary>getfattr gives up where the list of names is long, so the dump is asked as well.</summary>
    private static void AssertPlansAndMounts(Tree tree)
    {
        DumpedTree.AssertSame(tree, DumpedTree.Read(new ErofsPlanner().Plan(tree)));
        AssertMounts(tree);
    }

    private static void AssertMounts(Tree tree)
    {
        using var directory = new TemporaryDirectory();
        using var content = new PatternContent(tree);
        string image = ImageFile.Write(new ErofsPlanner().Plan(tree), content, directory.File("image"));
        using (var mount = new LoopMount(image, ImageFormat.Erofs))
        {
            MountedTree.AssertSame(mount.Path, tree, content.DigestOf);
        }

        AssertFsckAgrees(image);
    }

    private static void AssertFsckAgrees(string image)
    {
        Command.SkipUnlessInstalled("fsck.erofs", "erofs-utils");
        Command.Run("fsck.erofs", ["--extract", image]);
    }
}
