using System.Globalization;
using System.Text;
using Hearth.DiskImages.SquashFs;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.SquashFs;

/// <summary>The kernel and unsquashfs judge what is SquashFS's own.</summary>
public sealed class SquashFsMountTests
{
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

        PlannedImage.AssertMounts(new SquashFsPlanner(blockBits), sample.Build());
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

        PlannedImage.AssertMounts(ImageFormat.SquashFs, sample.Build());
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

        PlannedImage.AssertMounts(ImageFormat.SquashFs, sample.Build());
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

        PlannedImage.AssertMounts(ImageFormat.SquashFs, sample.Build());
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

    [Fact]
    public void An_attribute_as_long_as_the_kernel_allows_mounts()
    {
        byte[] value = [.. Enumerable.Range(0, 65_536).Select(i => (byte)(i * 7))];
        PlannedImage.AssertMounts(
            ImageFormat.SquashFs, new SampleTree().File("file", 10).Link("link", "file").Xattrs("file", ("user.long", value)).Xattrs("link", ("trusted.long", value)).Build());
    }
}
