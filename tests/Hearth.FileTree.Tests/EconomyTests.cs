using System.Runtime.CompilerServices;
using Hearth.FileTree.Tests.Support;
using Hearth.FileTree.Walking;

namespace Hearth.FileTree.Tests;

/// <summary>What a walk costs and leaves: measured on the whole process, so no other test runs beside these.</summary>
[Collection(nameof(EconomyTests))]
[CollectionDefinition(nameof(EconomyTests), DisableParallelization = true)]
public sealed class EconomyTests
{
    private const string LargeRoot = "/usr";
    private const int FewNodes = 10_000;

    /// <summary>80 for a node with a name; the rest for names, link targets and what the machine's own tree has of them.</summary>
    private const int MostBytesANode = 130;

    [Fact]
    public void Nodes_are_packed()
    {
        Assert.Equal(52, Unsafe.SizeOf<Node>());
        Assert.Equal(12, Unsafe.SizeOf<SourceIdentity>());
        Assert.Equal(80, Unsafe.SizeOf<FoundEntry>());
        Assert.Equal(16, Unsafe.SizeOf<DirectoryEntry>());
    }

    [Fact]
    public void A_tree_keeps_little_memory_for_a_node()
    {
        DirectoryWalker.Walk("/usr/share/doc");
        long before = GC.GetTotalMemory(forceFullCollection: true);
        WalkedTree walked = DirectoryWalker.Walk(LargeRoot);
        Tree tree = walked.Tree;
        long after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.SkipUnless(tree.NodeCount >= FewNodes, $"{LargeRoot} has {tree.NodeCount} nodes only: too few to measure");
        Assert.True((after - before) / tree.NodeCount <= MostBytesANode, $"{after - before} bytes for {tree.NodeCount} nodes");
        GC.KeepAlive(walked);
    }

    [Fact]
    public void A_walk_leaves_no_descriptor_open_whether_it_succeeds_or_not()
    {
        using var directory = new TemporaryDirectory();
        Command.Run("bash", ["-c", $"cd '{directory.Path}' && mkdir -p a/b/{{c,d,e}}/{{f,g}} h/i && touch a/b/c/f/file && chmod -R a+rX . && chmod 700 a/b/d"]);
        DirectoryWalker.Walk(directory.Path);
        int before = OpenDescriptors();

        DirectoryWalker.Walk(directory.Path, new WalkOptions { Threads = 4 });
        OwnThread.As(65534, () => Assert.Throws<FileTreeException>(() => DirectoryWalker.Walk(directory.Path, new WalkOptions { Threads = 4 })));
        Assert.Throws<OperationCanceledException>(() => DirectoryWalker.Walk(directory.Path, null, new CancellationToken(canceled: true)));

        Assert.Equal(before, OpenDescriptors());
    }

    /// <summary>Without what other tests have let go of, which would be closed at any time.</summary>
    private static int OpenDescriptors()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Directory.GetFileSystemEntries("/proc/self/fd").Length;
    }
}
