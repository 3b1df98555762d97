using System.Text;
using Hearth.FileTree.Tests.Support;

namespace Hearth.FileTree.Tests;

/// <summary>Roots that are none, directories that may not be read, and what a walk leaves as it was.</summary>
public sealed class AccessTests : IDisposable
{
    /// <summary>The user "nobody".</summary>
    private const uint Nobody = 65534;

    private readonly TemporaryDirectory directory = new();

    public AccessTests() => RawFiles.ChangeMode(At(""), 0b111_101_101);

    [Theory]
    [InlineData("missing", FileTreeError.NotFound, "there is no such directory")]
    [InlineData("file", FileTreeError.NotADirectory, "it is not a directory")]
    [InlineData("dangling", FileTreeError.NotFound, "there is no such directory")]
    [InlineData("loop", FileTreeError.Unreadable, "ELOOP")]
    [InlineData("", FileTreeError.NotFound, "there is no such directory")]
    public void A_root_that_is_no_directory_is_refused_with_its_path(string name, FileTreeError error, string cause)
    {
        RawFiles.MakeFile(At("file"));
        RawFiles.MakeSymbolicLink(At("dangling"), "nowhere"u8);
        RawFiles.MakeSymbolicLink(At("loop"), "loop"u8);
        string root = name.Length == 0 ? "" : directory.File(name);

        FileTreeException failure = Assert.Throws<FileTreeException>(() => DirectoryWalker.Walk(root));

        Assert.Equal(error, failure.Error);
        Assert.Contains($"'{root}'", failure.Message, StringComparison.Ordinal);
        Assert.Contains(cause, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_symbolic_link_is_followed_as_the_root_and_nowhere_else()
    {
        RawFiles.MakeDirectory(At("real"));
        RawFiles.MakeFile(At("real/file"));
        RawFiles.MakeSymbolicLink(At("real/again"), "."u8);
        RawFiles.MakeSymbolicLink(At("link"), "real"u8);
        Assert.Equal(["again", "file"], TreeText.PathsOf(DirectoryWalker.Walk(directory.File("link"))));
    }

    [Fact]
    public void An_empty_directory_is_a_tree_of_one_node()
    {
        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;
        Assert.Equal((1, 0, 2u), (tree.NodeCount, tree.EntryCount, tree[Tree.Root].LinkCount));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_directory_that_may_not_be_read_is_an_error_with_its_path(int threads)
    {
        MakeClosed();
        OwnThread.As(Nobody, () =>
        {
            FileTreeException failure = Assert.Throws<FileTreeException>(() => DirectoryWalker.Walk(directory.Path, new WalkOptions { Threads = threads }));
            Assert.Equal(FileTreeError.PermissionDenied, failure.Error);
            Assert.Contains($"'{directory.File("open/closed")}'", failure.Message, StringComparison.Ordinal);
            Assert.Contains("--exclude", failure.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void A_directory_that_may_be_listed_but_not_entered_is_an_error_with_the_files_path()
    {
        RawFiles.MakeDirectory(At("listed"));
        RawFiles.MakeFile(At("listed/file"));
        RawFiles.ChangeMode(At("listed"), 0b111_100_100);
        OwnThread.As(Nobody, () =>
        {
            FileTreeException failure = Assert.Throws<FileTreeException>(() => DirectoryWalker.Walk(directory.Path));
            Assert.Equal(FileTreeError.PermissionDenied, failure.Error);
            Assert.Contains($"'{directory.File("listed/file")}'", failure.Message, StringComparison.Ordinal);
        });
    }

    [Fact]
    public void What_may_not_be_read_can_be_left_out_and_needs_no_ownership()
    {
        MakeClosed();
        OwnThread.As(Nobody, () => Assert.Equal(
            ["open", "open/file"],
            TreeText.PathsOf(DirectoryWalker.Walk(directory.Path, new WalkOptions { Exclude = ["open/closed"] }))));
    }

    [Fact]
    public void A_root_that_may_not_be_read_is_refused()
    {
        MakeClosed();
        OwnThread.As(Nobody, () =>
            Assert.Equal(FileTreeError.PermissionDenied, Assert.Throws<FileTreeException>(() => DirectoryWalker.Walk(directory.File("open/closed"))).Error));
    }

    [Fact]
    public void Access_times_stay_what_they_were()
    {
        RawFiles.MakeDirectory(At("read"));
        RawFiles.MakeSymbolicLink(At("read/link"), "x"u8);

        // Sets the access time to 0, long before the modification: relatime would note the next reading.
        RawFiles.SetTime(At("read"), 1_000_000_000, 0);
        DirectoryWalker.Walk(directory.Path);
        Assert.Equal("0\n", Encoding.ASCII.GetString(Command.Run("stat", ["-c", "%X", directory.File("read")])));
    }

    [Fact]
    public void A_walk_that_was_cancelled_says_so() =>
        Assert.Throws<OperationCanceledException>(() => DirectoryWalker.Walk(directory.Path, null, new CancellationToken(canceled: true)));

    public void Dispose() => directory.Dispose();

    private byte[] At(string path) => RawFiles.Path(directory.Path, Encoding.UTF8.GetBytes(path));

    private void MakeClosed()
    {
        RawFiles.MakeDirectory(At("open"));
        RawFiles.ChangeMode(At("open"), 0b111_101_101);
        RawFiles.MakeFile(At("open/file"));
        RawFiles.MakeDirectory(At("open/closed"));
        RawFiles.MakeFile(At("open/closed/file"));
    }
}
