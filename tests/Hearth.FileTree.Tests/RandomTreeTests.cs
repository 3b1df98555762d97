using CsCheck;
using Hearth.FileTree.Tests.Support;

namespace Hearth.FileTree.Tests;

/// <summary>Random trees, made on disk and walked: find, stat and getfattr tell whether the walk saw what is there.</summary>
public sealed class RandomTreeTests
{
    private const int Iterations = 40;

    private static readonly TreeTraits traits = new(WideTimes: false, Acls: true);

    [Fact]
    public void A_walk_sees_every_attribute_that_find_and_getfattr_see() => TreeGenerator.Trees(traits).Sample(
        tree =>
        {
            using var directory = new TemporaryDirectory();
            TreeOnDisk.Make(directory.Path, tree);
            MountedTree.AssertSame(directory.Path, DirectoryWalker.Walk(directory.Path).Tree);
        },
        iter: Iterations,
        threads: 1);

    [Fact]
    public void A_walk_gives_the_same_tree_on_any_number_of_threads() => TreeGenerator.Trees(traits).Sample(
        tree =>
        {
            using var directory = new TemporaryDirectory();
            TreeOnDisk.Make(directory.Path, tree);
            string alone = TreeText.Of(DirectoryWalker.Walk(directory.Path, new WalkOptions { Threads = 1 }));
            Assert.Equal(alone, TreeText.Of(DirectoryWalker.Walk(directory.Path, new WalkOptions { Threads = 2 })));
            Assert.Equal(alone, TreeText.Of(DirectoryWalker.Walk(directory.Path, new WalkOptions { Threads = 7 })));
        },
        iter: Iterations,
        threads: 1);

    [Fact]
    public void The_machines_own_files_are_seen_as_find_sees_them()
    {
        const string Root = "/usr/share/doc";
        Assert.SkipUnless(Directory.Exists(Root), $"this machine has no {Root}");
        MountedTree.AssertSame(Root, DirectoryWalker.Walk(Root).Tree);
    }
}
