using System.Text;
using System.Text.RegularExpressions;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Support;

/// <summary>Has a planned image judged: by the host's kernel, and by the format's own tool.</summary>
public static class PlannedImage
{
    public static void AssertMounts(ImageFormat format, Tree tree) => AssertMounts(ImagePlanners.For(format), tree);

    /// <summary>The image mounts and shows the tree in every attribute and byte, and the format's tool finds no fault.</summary>
    public static void AssertMounts(IImagePlanner planner, Tree tree)
    {
        using var directory = new TemporaryDirectory();
        using var content = new PatternContent(tree);
        string image = ImageFile.Write(planner.Plan(tree), content, directory.File("image"));
        using (var mount = new LoopMount(image, planner.Format))
        {
            MountedTree.AssertSame(mount.Path, tree, content.DigestOf);
        }

        if (planner.Format == ImageFormat.Erofs)
        {
            AssertFsckAgrees(image);
        }
        else
        {
            AssertUnsquashfsAgrees(image, tree);
        }
    }

    private static void AssertFsckAgrees(string image)
    {
        Command.SkipUnlessInstalled("fsck.erofs", "erofs-utils");
        Command.Run("fsck.erofs", ["--extract", image]);
    }

    private static void AssertUnsquashfsAgrees(string image, Tree tree)
    {
        Command.SkipUnlessInstalled("unsquashfs", "squashfs-tools");
        string listing = Encoding.Latin1.GetString(Command.Run("unsquashfs", ["-lln", image]));
        Assert.Equal(tree.EntryCount + 1, Regex.Count(listing, "^[-dlbcps][-rwxsStT]{9} ", RegexOptions.Multiline));
    }
}
