using System.Security.Cryptography;
using CsCheck;
using Hearth.DiskImages.Erofs;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Erofs;

/// <summary>What the planner promises without a kernel: the same bytes for the same tree, read back as they were meant.</summary>
public sealed class ErofsPlannerTests
{
    // Any change of the layout breaks these, which is the point: images of different versions must be told apart.
    [Theory]
    [InlineData("everything", "0dc72a52b6abae60")]
    [InlineData("nothing", "44584f90041d87c6")]
    [InlineData("a large directory", "fa209a01ab496b8b")]
    public void Metadata_of_a_fixed_tree_has_its_digest(string kind, string digest)
    {
        Tree tree = kind switch
        {
            "everything" => SampleTree.Everything().Build(),
            "nothing" => new SampleTree().Build(),
            _ => new SampleTree().Many(1000, "directory/entry-").Build(),
        };
        ImagePlan plan = new ErofsPlanner().Plan(tree);
        Assert.Equal(digest, Convert.ToHexStringLower(SHA256.HashData(Assert.Single(plan.Metadata).Bytes.Span))[..16]);
    }

    [Fact]
    public void Random_trees_are_read_back_as_they_were_planned() => TreeGenerator.Trees(TreeTraits.Erofs).Sample(
        tree =>
        {
            ImageDump dump = DumpedTree.Read(new ErofsPlanner().Plan(tree));
            DumpedTree.AssertSame(tree, dump);
            DumpedTree.AssertAccountedFor(dump);
        },
        iter: 300);

    [Fact]
    public void The_order_in_which_attributes_were_found_changes_nothing()
    {
        Tree one = new SampleTree().File("a", 1).File("b", 1).File("c", 1).File("d", 1)
            .Xattrs("a", ("user.x", [1])).Xattrs("b", ("user.y", [2])).Xattrs("c", ("user.x", [1])).Xattrs("d", ("user.y", [2])).Build();
        Tree other = new SampleTree().File("a", 1).File("b", 1).File("c", 1).File("d", 1)
            .Xattrs("d", ("user.y", [2])).Xattrs("c", ("user.x", [1])).Xattrs("b", ("user.y", [2])).Xattrs("a", ("user.x", [1])).Build();
        Assert.Equal(new ErofsPlanner().Plan(one).Metadata[0].Bytes.ToArray(), new ErofsPlanner().Plan(other).Metadata[0].Bytes.ToArray());
    }

    [Fact]
    public void Files_are_aligned_whole_ascending_and_without_extent_where_empty()
    {
        ImagePlan plan = new ErofsPlanner().Plan(SampleTree.Everything().Build());
        Assert.Equal(4, plan.Files.Count);
        long end = plan.MetadataBytes;
        for (int i = 0; i < plan.Files.Count; i++)
        {
            Assert.Equal(end, plan.Files.StartOf(i));
            end += (plan.Tree[plan.Files.NodeOf(i)].Size + 4095) / 4096 * 4096;
        }

        Assert.Equal(plan.Length, end);
    }

    [Fact]
    public void An_attribute_that_many_nodes_share_is_stored_once()
    {
        byte[] value = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];
        SampleTree sample = new SampleTree().Many(500, "f");
        for (int i = 0; i < 500; i++)
        {
            sample.Xattrs($"f{i:d6}", ("user.big", value));
        }

        ImagePlan plan = new ErofsPlanner().Plan(sample.Build());
        Assert.InRange(plan.MetadataBytes, 500 * 64, 500 * 200);
        DumpedTree.AssertSame(plan.Tree, DumpedTree.Read(plan));
    }

    [Theory]
    [InlineData("user.a", 65_536, DiskImageError.TooLarge, "EROFS stores at most 65535")]
    [InlineData("system.nfs4_acl", 10, DiskImageError.Unsupported, "EROFS cannot store the extended attribute 'system.nfs4_acl' of '/d/file'")]
    [InlineData("user.", 10, DiskImageError.Unsupported, "EROFS cannot store the extended attribute 'user.' of '/d/file'")]
    public void An_attribute_beyond_the_format_is_refused_with_its_path(string name, int length, DiskImageError error, string message)
    {
        Tree tree = new SampleTree().File("d/file", 1).Xattrs("d/file", (name, new byte[length])).Build();
        AssertRefused(tree, error, message);
    }

    [Fact]
    public void More_attributes_than_an_inode_has_room_for_are_refused()
    {
        var xattrs = Enumerable.Range(0, 5).Select(i => ($"user.{i}", new byte[60_000])).ToArray();
        AssertRefused(new SampleTree().File("file", 1).Xattrs("file", xattrs).Build(), DiskImageError.TooLarge, "'/file' need");
    }

    [Fact]
    public void Files_beyond_16_TiB_are_refused_with_the_path_of_the_one_too_many()
    {
        const long TebiByte = 1L << 40;
        AssertRefused(new SampleTree().Hole("a", 10 * TebiByte).Hole("b", 6 * TebiByte).Build(), DiskImageError.TooLarge, "16 TiB");
        AssertRefused(new SampleTree().Hole("a", TebiByte).Hole("huge", long.MaxValue).Build(), DiskImageError.TooLarge, "'/huge'");
        Assert.Equal(16 * TebiByte - 4096, new ErofsPlanner().Plan(new SampleTree().Hole("a", (16 * TebiByte) - 8192).Build()).Length);
    }

    [Fact]
    public void A_link_target_longer_than_the_kernel_reads_is_refused() =>
        AssertRefused(new SampleTree().Link("link", new string('x', 4096)).Build(), DiskImageError.TooLarge, "'/link' has 4096 bytes");

    [Fact]
    public void Planning_can_be_cancelled() =>
        Assert.Throws<OperationCanceledException>(() => new ErofsPlanner().Plan(SampleTree.Everything().Build(), new CancellationToken(canceled: true)));

    private static void AssertRefused(Tree tree, DiskImageError error, string message)
    {
        DiskImageException refusal = Assert.Throws<DiskImageException>(() => new ErofsPlanner().Plan(tree));
        Assert.Equal(error, refusal.Error);
        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }
}
