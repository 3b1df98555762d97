using System.Text;
using Hearth.FileTree.Tests.Support;

namespace Hearth.FileTree.Tests;

/// <summary>Trees that are wide or deep beyond what a path or a buffer holds.</summary>
public sealed class LargeTreeTests
{
    private const int ManyEntries = 100_000;

    /// <summary>With <see cref="LongName"/>, several times PATH_MAX; more would only cost time, since each level makes all paths longer.</summary>
    private const int Levels = 500;

    private const string LongName = "a-level-with-a-long-name";

    [Fact]
    public void A_directory_of_100000_entries_is_read_whole_and_sorted()
    {
        using var directory = new TemporaryDirectory();
        for (int i = 0; i < ManyEntries; i++)
        {
            RawFiles.MakeFile(Encoding.ASCII.GetBytes($"{directory.Path}/entry {i * 7919 % ManyEntries:D5}"));
        }

        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;

        ReadOnlySpan<DirectoryEntry> entries = tree.EntriesOf(Tree.Root);
        Assert.Equal(ManyEntries, entries.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            Assert.True(tree.NameOf(entries[i]).SequenceEqual(Encoding.ASCII.GetBytes($"entry {i:D5}")), $"entry {i} is not in its place");
        }
    }

    [Fact]
    public void A_tree_deeper_than_a_path_can_be_long_is_read_to_its_end()
    {
        using var directory = new TemporaryDirectory();
        MakeDeep(directory.Path, LongName, "> file");

        Tree tree = DirectoryWalker.Walk(directory.Path).Tree;

        byte[] path = tree.PathOf(new NodeId(tree.NodeCount - 1));
        Assert.Equal((2 * Levels) + 1, tree.NodeCount);
        Assert.Equal(string.Join('/', Enumerable.Repeat(LongName, Levels)) + "/file", Encoding.ASCII.GetString(path));
    }

    [Fact]
    public void Directories_left_to_visit_on_every_level_of_a_deep_tree_do_not_use_up_the_descriptors()
    {
        using var directory = new TemporaryDirectory();
        MakeDeep(directory.Path, "b", "mkdir a c");

        // Two threads, hundreds of levels, and on each level two directories beside the one that leads on.
        Command.Outcome outcome = Command.Try("bash", ["-c", $"ulimit -n 256; exec '{Environment.ProcessPath}' -noColor -method '*{nameof(Walk_what_the_environment_names)}'"], (DeepRoot, directory.Path));

        Assert.True(outcome.ExitCode == 0, outcome.Text);
        Assert.Contains("Failed: 0, Skipped: 0", outcome.Text, StringComparison.Ordinal);
    }

    private const string DeepRoot = "HEARTH_TEST_DEEP_ROOT";

    /// <summary>The other process of the test above.</summary>
    [Fact(Explicit = true)]
    public void Walk_what_the_environment_names() =>
        Assert.Equal((3 * Levels) + 1, DirectoryWalker.Walk(Environment.GetEnvironmentVariable(DeepRoot)!, new WalkOptions { Threads = 2 }).Tree.NodeCount);

    /// <summary>Enters level after level as a shell does, since no path would do; the command runs on each.</summary>
    private static void MakeDeep(string root, string name, string command) =>
        Command.Run("bash", ["-c", $"cd '{root}'; for i in $(seq {Levels}); do mkdir {name}; cd -P {name} 2>/dev/null || cd {name}; {command}; done"]);
}
