using System.Security.Cryptography;
using CsCheck;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests;

/// <summary>Plans that are stored and used in place.</summary>
public sealed class StoredPlanTests : IDisposable
{
    private readonly TemporaryDirectory directory = new();

    private string Path => directory.File("plan");

    [Theory]
    [InlineData(ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs)]
    public void A_stored_plan_is_the_same_disk_of_the_same_tree(ImageFormat format) =>
        TreeGenerator.Trees(format == ImageFormat.Erofs ? TreeTraits.Erofs : TreeTraits.SquashFs).Sample(
            tree =>
            {
                ImagePlan plan = ImagePlanners.For(format).Plan(tree);
                SourceIdentity[] identities = [.. Enumerable.Range(0, tree.NodeCount).Select(i => new SourceIdentity((uint)i % 3, (ulong)i << 40))];
                WalkedPlan opened = StoreAndOpen(new WalkedPlan(plan, identities));
                ImagePlan stored = opened.Image;
                Assert.Equal(identities, opened.Identities.ToArray());
                Assert.Equal(new WalkedTree(tree, identities).Digest(), opened.Tree.Digest());
                Assert.Equal((format, plan.Length, plan.MetadataBytes, plan.Files.Count), (stored.Format, stored.Length, stored.MetadataBytes, stored.Files.Count));
                Assert.Equal(tree.Parts.Digest(), stored.Tree.Parts.Digest());
                Assert.Equal(DigestOf(plan), DigestOf(stored));
            },
            iter: 50, threads: 1);

    [Fact]
    public void What_was_left_out_is_told_again()
    {
        Tree tree = new SampleTree().File("one", 1).Xattrs("one", ("system.posix_acl_access", [])).Build();
        Assert.Contains("'/one'", Assert.Single(StoreAndOpen(ImagePlanners.For(ImageFormat.SquashFs).Plan(tree)).LeftOut), StringComparison.Ordinal);
        Assert.Empty(StoreAndOpen(ImagePlanners.For(ImageFormat.Erofs).Plan(tree)).LeftOut);
    }

    [Fact]
    public void A_plan_stays_usable_when_its_file_is_removed()
    {
        ImagePlan plan = ImagePlanners.For(ImageFormat.Erofs).Plan(SampleTree.Everything().Build());
        ImagePlan stored = StoreAndOpen(plan);
        File.Delete(Path);
        Assert.Equal(DigestOf(plan), DigestOf(stored));
    }

    [Theory]
    [InlineData(0, DiskImageError.Corrupt)]
    [InlineData(1, DiskImageError.Corrupt)]
    [InlineData(100, DiskImageError.Corrupt)]
    [InlineData(4096, DiskImageError.Corrupt)]
    public void A_plan_that_is_cut_off_is_refused(int length, DiskImageError error)
    {
        Store(ImagePlanners.For(ImageFormat.Erofs).Plan(SampleTree.Everything().Build()));
        File.WriteAllBytes(Path, File.ReadAllBytes(Path)[..length]);
        Assert.Equal(error, Assert.Throws<DiskImageException>(() => StoredPlan.Open(Path)).Error);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(12)]
    public void Another_versions_plan_is_refused(int changed)
    {
        Store(ImagePlanners.For(ImageFormat.Erofs).Plan(SampleTree.Everything().Build()));
        byte[] bytes = File.ReadAllBytes(Path);
        bytes[changed]++;
        File.WriteAllBytes(Path, bytes);
        Assert.Equal(DiskImageError.Unsupported, Assert.Throws<DiskImageException>(() => StoredPlan.Open(Path)).Error);
    }

    public void Dispose() => directory.Dispose();

    private ImagePlan StoreAndOpen(ImagePlan plan) => StoreAndOpen(new WalkedPlan(plan, default)).Image;

    private WalkedPlan StoreAndOpen(WalkedPlan plan)
    {
        Store(plan);
        return StoredPlan.Open(Path);
    }

    private void Store(ImagePlan plan) => Store(new WalkedPlan(plan, default));

    private void Store(WalkedPlan plan)
    {
        File.Delete(Path);
        using FileStream stream = File.Create(Path);
        StoredPlan.Write(plan, stream);
    }

    private static byte[] DigestOf(ImagePlan plan)
    {
        using PatternContent content = new(plan.Tree);
        using Stream disk = new VirtualDisk(plan, content).OpenStream();
        return SHA256.HashData(disk);
    }
}
