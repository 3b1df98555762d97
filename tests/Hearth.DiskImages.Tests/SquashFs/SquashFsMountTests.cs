using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Hearth.DiskImages.SquashFs;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.SquashFs;

/// <summary>The kernel and unsquashfs judge planned images.</summary>
public sealed class SquashFsMountTests
{
    private const int MountedTrees = 40;

    [Fact]
    public void Random_trees_mount_as_they_were_planned() =>
        TreeGenerator.Trees(TreeTraits.SquashFs).Sample(AssertMounts, iter: MountedTrees, threads: 2);

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
        string image = ImageFile.Write(new SquashFsPlanner().Plan(tree), content, directory.File("image"));
        using var mount = new LoopMount(image, ImageFormat.SquashFs);

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
    [InlineData(65_536)]
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

    /// <summary>Every length around that of a block, and files of many blocks.</summary>
    [Theory]
    [InlineData(12)]
    [InlineData(17)]
    [InlineData(20)]
    public void Files_around_the_size_of_a_block_mount(int blockBits)
    {
        int block = 1 << blockBits;
        var sample = new SampleTree();
        foreach (int size in (int[])[0, 1, block - 1, block, block + 1, (2 * block) - 1, 2 * block, (7 * block) + 5, 3_000_000])
        {
            sample.File(size.ToString(CultureInfo.InvariantCulture), size);
        }

        AssertMounts(sample.Build(), new SquashFsPlanner(blockBits));
    }

    /// <summary>Listings that end, and begin, all around where a metadata block ends; with an index and without.</summary>
    [Fact]
    public void Listings_around_the_size_of_a_metadata_block_mount()
    {
        var sample = new SampleTree();
        for (int i = 0; i < 40; i++)
        {
            for (int entry = 0; entry < 33 + (i % 3); entry++)
            {
                sample.File($"directory-{i:d2}/{entry:d3}{new string('n', 205 + i)}", entry);
            }
        }

        AssertMounts(sample.Build());
    }

    /// <summary>A listing's numbers are 16-bit differences, and a hard link may lead far away.</summary>
    [Fact]
    public void Hard_links_to_inodes_far_away_mount()
    {
        SampleTree sample = new SampleTree().File("a-file", 10).Many(33_000, "between/");
        foreach (string name in (string[])["a", "m", "z"])
        {
            sample.HardLink($"between/{name}", "a-file").HardLink($"later/{name}", "between/000003").HardLink($"later/{name}-2", "between/032999");
        }

        AssertMounts(sample.Build());
    }

    [Fact]
    public void Files_that_begin_behind_4_GiB_mount()
    {
        SampleTree sample = new SampleTree().Hole("z/hole", (4L << 30) - 4096).File("a/behind", 5000).File("b/behind", 1_000_000).HardLink("a/again", "b/behind");
        Tree tree = sample.Build();
        using var directory = new TemporaryDirectory();
        using var content = new PatternContent(tree);
        ImagePlan plan = new SquashFsPlanner().Plan(tree);
        Assert.True(plan.Files.StartOf(plan.Files.Count - 1) > uint.MaxValue, "the last file must begin behind 4 GiB");
        using var mount = new LoopMount(ImageFile.Write(plan, content, directory.File("image")), ImageFormat.SquashFs);
        foreach (string path in (string[])["a/behind", "a/again"])
        {
            NodeId node = SourceDirectory.Find(tree, path);
            byte[] expected = new byte[tree[node].Size];
            content.Read(node, 0, expected);
            Assert.Equal(expected, File.ReadAllBytes(Path.Combine(mount.Path, path)));
        }
    }

    [Fact]
    public void As_many_ids_as_there_are_numbers_mount()
    {
        var sample = new SampleTree();
        for (uint i = 0; i < ushort.MaxValue - 1; i += 3)
        {
            sample.Add($"files/{i}", new Node { Mode = 0x81A4, Uid = 0xFFFF_FFF0 - i, Gid = i + 1, ModifiedSeconds = i });
        }

        AssertMounts(sample.Build());
    }

    [Fact]
    public void Times_outside_of_32_bits_become_the_nearest_within()
    {
        Tree tree = new SampleTree()
            .Add("before", new Node { Mode = 0x81A4, ModifiedSeconds = -5, ModifiedNanoseconds = 7 })
            .Add("after", new Node { Mode = 0x81A4, ModifiedSeconds = 1L << 33 })
            .Add("within", new Node { Mode = 0x81A4, ModifiedSeconds = uint.MaxValue - 1L, ModifiedNanoseconds = 999_999_999 }).Build();
        using var directory = new TemporaryDirectory();
        using var content = new PatternContent(tree);
        using var mount = new LoopMount(ImageFile.Write(new SquashFsPlanner().Plan(tree), content, directory.File("image")), ImageFormat.SquashFs);
        byte[] times = Command.Run("stat", ["-c", "%Y", .. ((string[])["before", "after", "within"]).Select(name => Path.Combine(mount.Path, name))]);
        Assert.Equal("0\n4294967295\n4294967294\n", Encoding.ASCII.GetString(times));
    }

    /// <summary>Extracting shows every attribute but a link's permissions, which are always the same on the disk it extracts to.</summary>
    [Fact]
    public void Unsquashfs_extracts_what_was_planned()
    {
        Command.SkipUnlessInstalled("unsquashfs", "squashfs-tools");
        Tree tree = SampleTree.Everything().Many(2000, "many/").File("large", 2_000_000).Build();
        using var directory = new TemporaryDirectory();
        using var content = new PatternContent(tree);
        string image = ImageFile.Write(new SquashFsPlanner().Plan(tree), content, directory.File("image"));
        Command.Run("unsquashfs", ["-quiet", "-no-progress", "-strict-errors", "-d", directory.File("extracted"), image]);
        MountedTree.AssertSame(directory.File("extracted"), tree, content.DigestOf);
    }

    /// <summary>getfattr gives up where the list of names is long, so the dump is asked as well.</summary>
    private static void AssertPlansAndMounts(Tree tree)
    {
        DumpedTree.AssertSame(tree, DumpedTree.Read(new SquashFsPlanner().Plan(tree)));
        AssertMounts(tree);
    }

    private static void AssertMounts(Tree tree) => AssertMounts(tree, new SquashFsPlanner());

    private static void AssertMounts(Tree tree, SquashFsPlanner planner)
    {
        using var directory = new TemporaryDirectory();
        using var content = new PatternContent(tree);
        string image = ImageFile.Write(planner.Plan(tree), content, directory.File("image"));
        using (var mount = new LoopMount(image, ImageFormat.SquashFs))
        {
            MountedTree.AssertSame(mount.Path, tree, content.DigestOf);
        }

        AssertUnsquashfsAgrees(image, tree);
    }

    private static void AssertUnsquashfsAgrees(string image, Tree tree)
    {
        Command.SkipUnlessInstalled("unsquashfs", "squashfs-tools");
        string listing = Encoding.Latin1.GetString(Command.Run("unsquashfs", ["-lln", image]));
        Assert.Equal(tree.EntryCount + 1, Regex.Count(listing, "^[-dlbcps][-rwxsStT]{9} ", RegexOptions.Multiline));
    }
}
