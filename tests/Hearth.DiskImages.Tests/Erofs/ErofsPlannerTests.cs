using CsCheck;
using Hearth.DiskImages.Erofs;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Erofs;

/// <summary>The kernel and fsck.erofs judge planned images.</summary>
public sealed class ErofsPlannerTests
{
    private const int MountedTrees = 40;

    [Fact]
    public void Random_trees_mount_as_they_were_planned() =>
        TreeGenerator.Trees(TreeTraits.Erofs).Sample(AssertMountsAs, iter: MountedTrees, threads: 2);

    private static void AssertMountsAs(Tree tree)
    {
        using var directory = new TemporaryDirectory();
        using var content = new PatternContent(tree);
        string image = ImageFile.Write(new ErofsPlanner().Plan(tree), content, directory.File("image"));
        using (var mount = new LoopMount(image, ImageFormat.Erofs))
        {
            MountedTree.AssertSame(mount.Path, tree, content);
        }

        AssertFsckIsContent(image);
    }

    private static void AssertFsckIsContent(string image)
    {
        Command.SkipUnlessInstalled("fsck.erofs", "erofs-utils");
        Command.Run("fsck.erofs", ["--extract", image]);
    }
}
