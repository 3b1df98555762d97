using CsCheck;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests;

/// <summary>What the kernel, and each format's own tool, must find in an image whatever its format.</summary>
public sealed class MountTests
{
    private const int MountedTrees = 40;

    [Theory]
    [InlineData(ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs)]
    public void Random_trees_mount_as_they_were_planned(ImageFormat format) =>
        TreeGenerator.Trees(TraitsOf(format)).Sample(tree => PlannedImage.AssertMounts(format, tree), iter: MountedTrees, threads: 2);

    [Theory]
    [InlineData(ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs)]
    public void A_tree_of_nothing_but_its_root_mounts(ImageFormat format) => PlannedImage.AssertMounts(format, new SampleTree().Build());

    [Theory]
    [InlineData(ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs)]
    public void A_directory_of_100_000_entries_mounts(ImageFormat format)
    {
        SampleTree sample = new SampleTree().Many(100_000, "many/a-file-with-a-name-");
        PlannedImage.AssertMounts(format, sample.File("many/!", 10).File("many/~", 10).Build());
    }

    [Theory]
    [InlineData(ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs)]
    public void A_file_of_65_536_names_mounts(ImageFormat format)
    {
        SampleTree sample = new SampleTree().File("file", 5);
        for (int i = 1; i < 65_536; i++)
        {
            sample.HardLink($"links/{i}", "file");
        }

        PlannedImage.AssertMounts(format, sample.Build());
    }

    [Theory]
    [InlineData(ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs)]
    public void A_file_over_4_GiB_mounts_and_what_follows_it_is_in_place(ImageFormat format)
    {
        const long Size = (5L << 30) + 123;
        Tree tree = new SampleTree().Hole("a-hole", Size).File("behind", 100_000).Build();
        using var directory = new TemporaryDirectory();
        using var content = new PatternContent(tree);
        string image = ImageFile.Write(ImagePlanners.For(format).Plan(tree), content, directory.File("image"));
        using var mount = new LoopMount(image, format);

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
    [Theory]
    [InlineData(ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs)]
    public void Links_and_directories_around_the_size_of_a_block_mount(ImageFormat format)
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

        PlannedImage.AssertMounts(format, sample.Build());
    }

    [Theory]
    [InlineData(ImageFormat.Erofs, 0)]
    [InlineData(ImageFormat.Erofs, 1)]
    [InlineData(ImageFormat.Erofs, 3900)]
    [InlineData(ImageFormat.Erofs, 5000)]
    [InlineData(ImageFormat.Erofs, 65_535)]
    [InlineData(ImageFormat.SquashFs, 0)]
    [InlineData(ImageFormat.SquashFs, 1)]
    [InlineData(ImageFormat.SquashFs, 3900)]
    [InlineData(ImageFormat.SquashFs, 5000)]
    [InlineData(ImageFormat.SquashFs, 65_535)]
    public void Long_attributes_mount(ImageFormat format, int length)
    {
        byte[] value = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 7))];
        SampleTree sample = new SampleTree().Directory("d").Link("link", "target").File("one", 5000).File("two", 10).File("three", 10);
        foreach (string path in (string[])["d", "one", "two"])
        {
            sample.Xattrs(path, ("trusted.shared", value), ("user.also", [1, 2, 3]));
        }

        AssertPlansAndMounts(format, sample.Xattrs("three", ("trusted.own", value), ("trusted." + new string('n', 247), [9])).Xattrs("link", ("trusted.own", value)).Build());
    }

    [Theory]
    [InlineData(ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs)]
    public void Many_attributes_of_several_nodes_mount(ImageFormat format)
    {
        var xattrs = Enumerable.Range(0, 300).Select(i => ($"user.{i}", new[] { (byte)i })).ToArray();
        AssertPlansAndMounts(format, new SampleTree().File("a", 1).File("b", 1).Xattrs("a", xattrs).Xattrs("b", xattrs).Build());
    }

    private static TreeTraits TraitsOf(ImageFormat format) => format == ImageFormat.Erofs ? TreeTraits.Erofs : TreeTraits.SquashFs;

    /// <summary>getfattr gives up where the list of names is long, so the dump is asked as well.</summary>
    private static void AssertPlansAndMounts(ImageFormat format, Tree tree)
    {
        DumpedTree.AssertSame(tree, DumpedTree.Read(ImagePlanners.For(format).Plan(tree)));
        PlannedImage.AssertMounts(format, tree);
    }
}
