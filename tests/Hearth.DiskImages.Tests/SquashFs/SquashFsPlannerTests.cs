using System.Security.Cryptography;
using System.Text;
using CsCheck;
using Hearth.DiskImages.SquashFs;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.SquashFs;

/// <summary>What the planner promises without a kernel: the same bytes for the same tree, read back as they were meant.</summary>
public sealed class SquashFsPlannerTests
{
    // Any change of the layout breaks these, which is the point: images of different versions must be told apart.
    [Theory]
    [InlineData("everything", "5dd6e549d1a6c043")]
    [InlineData("nothing", "6ff51a8dc0c5061e")]
    [InlineData("a large directory", "a494c27f274f7933")]
    public void Metadata_of_a_fixed_tree_has_its_digest(string kind, string digest)
    {
        Tree tree = kind switch
        {
            "everything" => SampleTree.Everything().Build(),
            "nothing" => new SampleTree().Build(),
            _ => new SampleTree().Many(1000, "directory/entry-").Build(),
        };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (MetadataRegion region in new SquashFsPlanner().Plan(tree).Metadata)
        {
            hash.AppendData(region.Bytes.Span);
        }

        Assert.Equal(digest, Convert.ToHexStringLower(hash.GetHashAndReset())[..16]);
    }

    [Fact]
    public void Random_trees_are_read_back_as_they_were_planned_whatever_the_block_size() =>
        Gen.Select(TreeGenerator.Trees(TreeTraits.SquashFs), Gen.Int[SquashFsLayout.LeastBlockBits, SquashFsLayout.MostBlockBits]).Sample(
            (tree, blockBits) =>
            {
                ImageDump dump = DumpedTree.Read(new SquashFsPlanner(blockBits).Plan(tree));
                DumpedTree.AssertSame(tree, dump);
                DumpedTree.AssertAccountedFor(dump);
            },
            iter: 300);

    [Fact]
    public void The_order_in_which_attributes_were_found_changes_nothing()
    {
        Tree one = new SampleTree().File("a", 1).File("b", 1).Xattrs("a", ("user.x", [1])).Xattrs("b", ("user.y", [2])).Build();
        Tree other = new SampleTree().File("a", 1).File("b", 1).Xattrs("b", ("user.y", [2])).Xattrs("a", ("user.x", [1])).Build();
        Assert.Equal(new SquashFsPlanner().Plan(one).Metadata[1].Bytes.ToArray(), new SquashFsPlanner().Plan(other).Metadata[1].Bytes.ToArray());
    }

    [Fact]
    public void Files_are_aligned_whole_ascending_and_without_extent_where_empty()
    {
        ImagePlan plan = new SquashFsPlanner().Plan(SampleTree.Everything().Build());
        Assert.Equal(4, plan.Files.Count);
        long end = SquashFsPlanner.DataStart;
        for (int i = 0; i < plan.Files.Count; i++)
        {
            Assert.Equal(end, plan.Files.StartOf(i));
            end += (plan.Tree[plan.Files.NodeOf(i)].Size + 4095) / 4096 * 4096;
        }

        Assert.Equal(end, plan.Metadata[1].Offset);
    }

    [Fact]
    public void An_attribute_set_that_many_nodes_share_is_stored_once()
    {
        SampleTree sample = new SampleTree().Many(500, "f");
        for (int i = 0; i < 500; i++)
        {
            sample.Xattrs($"f{i:d6}", ("user.big", new byte[1000]));
        }

        ImagePlan plan = new SquashFsPlanner().Plan(sample.Build());
        Assert.InRange(plan.MetadataBytes, 500 * 50, 500 * 120);
        DumpedTree.AssertSame(plan.Tree, DumpedTree.Read(plan));
    }

    /// <summary>
    /// The kernel keeps the eight blocks of metadata that it read last (SQUASHFS_CACHED_BLKS), and looks each name up in the listing
    /// before its inode. What it reads again costs a guest a request to its disk.
    /// </summary>
    [Fact]
    public void A_walk_reads_each_block_of_metadata_about_once()
    {
        // By depth, as a walk of the host's tree finds them.
        SampleTree sample = new();
        string[] level = [""];
        for (int depth = 0; depth < 10; depth++)
        {
            level = [.. level.SelectMany(parent => Enumerable.Range(0, 2).Select(i => $"{parent}{i}/"))];
            Array.ForEach(level, directory => sample.Many(20, directory + "a-name-of-some-length-"));
        }

        ImageDump dump = DumpedTree.Read(new SquashFsPlanner().Plan(sample.Build()));
        ILookup<int, DumpRegion> regions = dump.Regions.Where(region => region.Kind is RegionKind.Inode or RegionKind.Directory).ToLookup(region => region.Node);
        ILookup<int, DumpName> names = dump.Names.ToLookup(name => name.Parent);
        Queue<long> kept = new();
        HashSet<long> all = [];
        int read = 0;
        Walk(0);

        Assert.True(all.Count > 100, $"{all.Count} blocks");
        Assert.InRange(read, all.Count, all.Count * 11 / 10);

        void Walk(int directory)
        {
            foreach (DumpName name in names[directory])
            {
                Look(directory, RegionKind.Directory);
                Look(name.Node, RegionKind.Inode);
            }

            foreach (DumpName name in names[directory].Where(name => dump.Nodes[name.Node].Type == NodeType.Directory))
            {
                Walk(name.Node);
            }
        }

        void Look(int node, RegionKind kind)
        {
            foreach (long block in regions[node].Where(region => region.Kind == kind).Select(region => region.Offset / SquashFsLayout.MetadataBlockInBytes))
            {
                all.Add(block);
                if (!kept.Contains(block))
                {
                    read++;
                    kept.Enqueue(block);
                    _ = kept.Count > 8 ? kept.Dequeue() : 0;
                }
            }
        }
    }

    [Fact]
    public void Times_that_the_format_cannot_tell_become_the_nearest()
    {
        Assert.Equal(0u, SquashFsPlanner.TimeOf(-5));
        Assert.Equal(1_700_000_000u, SquashFsPlanner.TimeOf(1_700_000_000));
        Assert.Equal(uint.MaxValue, SquashFsPlanner.TimeOf(1L << 40));
    }

    [Fact]
    public void Access_control_lists_are_left_out_and_the_modes_narrowed_and_that_is_told()
    {
        byte[] list = Convert.FromHexString("02000000" + "01000600FFFFFFFF" + "04000000FFFFFFFF" + "08000600E8030000" + "10000600FFFFFFFF" + "20000400FFFFFFFF");
        Tree tree = new SampleTree().File("d/file", 1).Xattrs("d/file", ("system.posix_acl_access", list), ("user.colour", [1]))
            .File("d/other", 1).Xattrs("d/other", ("system.posix_acl_access", list)).Build();

        ImagePlan plan = new SquashFsPlanner().Plan(tree, TestContext.Current.CancellationToken);

        Assert.Equal(
            ["SquashFS cannot store 2 access control lists, the first of '/d/file'; they are left out, and the files' modes are narrowed so that nobody gains access"],
            plan.LeftOut);
        Tree expected = AccessLists.Remove(tree, out _);
        Assert.NotEqual(tree.Parts.Digest(), expected.Parts.Digest());
        DumpedTree.AssertSame(expected, DumpedTree.Read(plan));
    }

    [Theory]
    [InlineData("system.nfs4_acl")]
    [InlineData("user.")]
    public void An_attribute_beyond_the_format_is_refused_with_its_path(string name)
    {
        Tree tree = new SampleTree().File("d/file", 1).Xattrs("d/file", (name, new byte[10])).Build();
        AssertRefused(tree, DiskImageError.Unsupported, $"SquashFS cannot store the extended attribute '{name}' of '/d/file'");
    }

    [Fact]
    public void Files_beyond_16_TiB_are_refused_with_the_path_of_the_one_too_many()
    {
        AssertRefused(new SampleTree().Hole("a", 1L << 30).Hole("huge", long.MaxValue).Build(), DiskImageError.TooLarge, "'/huge'");
    }

    [Fact]
    public void More_owners_than_the_format_can_tell_apart_are_refused()
    {
        var builder = new TreeBuilder();
        int root = builder.AddNode(new Node { Mode = 0x41ED });
        for (uint i = 0; i < 40_000; i++)
        {
            int file = builder.AddNode(new Node { Mode = 0x81A4, Uid = 2 * i, Gid = (2 * i) + 1 });
            builder.AddEntry(root, Encoding.ASCII.GetBytes($"{i}"), file);
        }

        AssertRefused(builder.Build(), DiskImageError.TooLarge, "more than 65535 users and groups");
    }

    [Fact]
    public void A_link_target_longer_than_the_kernel_reads_is_refused() =>
        AssertRefused(new SampleTree().Link("link", new string('x', 4096)).Build(), DiskImageError.TooLarge, "'/link' has 4096 bytes");

    [Fact]
    public void Planning_can_be_cancelled() =>
        Assert.Throws<OperationCanceledException>(() => new SquashFsPlanner().Plan(SampleTree.Everything().Build(), new CancellationToken(canceled: true)));

    private static void AssertRefused(Tree tree, DiskImageError error, string message)
    {
        DiskImageException refusal = Assert.Throws<DiskImageException>(() => new SquashFsPlanner().Plan(tree));
        Assert.Equal(error, refusal.Error);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }
}
