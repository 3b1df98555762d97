using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests.Content;

public sealed class DirectoryContentTests
{
    private const int Size = 10_000;

    /// <summary>Bytes that name their file and their place.</summary>
    private static byte[] BytesOf(int seed, int size = Size)
    {
        byte[] bytes = new byte[size];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    [Fact]
    public void Many_threads_read_many_files_through_few_descriptors()
    {
        const int Files = 60;
        const int Most = 16;
        using var source = new SourceDirectory();
        for (int i = 0; i < Files; i++)
        {
            source.Add($"directory-{i % 7}/file-{i}", BytesOf(i));
        }

        WalkedTree tree = source.Describe();
        NodeId[] nodes = [.. Enumerable.Range(0, Files).Select(i => SourceDirectory.Find(tree, $"directory-{i % 7}/file-{i}"))];
        using (var content = new DirectoryContent(tree, source.Root, new DirectoryContentOptions { MostOpenFiles = Most }))
        {
            Parallel.For(0, 8, thread =>
            {
                var random = new Random(thread);
                byte[] buffer = new byte[Size];
                for (int i = 0; i < 2000; i++)
                {
                    int file = random.Next(random.Next(1, Files));
                    int offset = random.Next(Size);
                    Memory<byte> piece = buffer.AsMemory(0, random.Next(Size - offset + 1));
                    content.Read(nodes[file], offset, piece);
                    Assert.True(piece.Span.SequenceEqual(BytesOf(file).AsSpan(offset, piece.Length)));
                }
            });
            Assert.InRange(content.OpenFiles, 1, Most);
            Assert.Equal(content.OpenFiles, DescriptorsBelow(source.Root + "/"));
            Assert.Empty(content.Faults);
        }

        Assert.Equal(0, DescriptorsBelow(source.Root));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(64)]
    public void No_more_descriptors_stay_open_than_allowed(int most)
    {
        using var source = new SourceDirectory();
        for (int i = 0; i < 100; i++)
        {
            source.Add($"{i:d3}", BytesOf(i, 10));
        }

        WalkedTree tree = source.Describe();
        using var content = new DirectoryContent(tree, source.Root, new DirectoryContentOptions { MostOpenFiles = most });
        byte[] one = new byte[1];
        for (int i = 0; i < 100; i++)
        {
            content.Read(new NodeId(1 + i), 0, one);
            Assert.InRange(DescriptorsBelow(source.Root + "/"), 1, most);
        }
    }

    [Fact]
    public void A_read_of_an_open_file_allocates_nothing()
    {
        using SourceDirectory source = new SourceDirectory().Add("file", BytesOf(1));
        WalkedTree tree = source.Describe();
        using var content = new DirectoryContent(tree, source.Root);
        byte[] buffer = new byte[Size];
        content.Read(new NodeId(1), 0, buffer);

        long before = GC.GetAllocatedBytesForCurrentThread();
        content.ReadAtOnce(new NodeId(1), 0, buffer);
        content.ReadAtOnce(new NodeId(1), 1, buffer.AsMemory(0, 1));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Theory]
    [InlineData("d")]
    [InlineData("..d")]
    public void A_path_longer_than_the_kernels_limit_is_opened_step_by_step(string start)
    {
        // Thirty names of 200 bytes: more than PATH_MAX. Only a program that changes its directory can make them.
        string name = start.PadRight(200, 'd');
        using var source = new SourceDirectory();
        Command.Run("perl", ["-e", $"chdir '{source.Root}'; for (1..30) {{ mkdir '{name}'; chdir '{name}' or die }} open F, '>f'; print F 'deep'; close F"]);
        string path = string.Join('/', Enumerable.Repeat(name, 30)) + "/f";
        WalkedTree tree = source.AddExisting(path).Describe();
        using var content = new DirectoryContent(tree, source.Root);

        byte[] read = new byte[4];
        content.Read(SourceDirectory.Find(tree, path), 0, read);
        Assert.Equal("deep"u8, read);
    }

    [Fact]
    public void A_file_on_another_mount_is_read_only_where_the_tree_was_walked_so()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            Assert.Skip("mounting needs root");
        }

        using var source = new SourceDirectory();
        Directory.CreateDirectory(source.PathOf("other"));
        Command.Run("mount", ["-t", "tmpfs", "hearth-test", source.PathOf("other")]);
        try
        {
            WalkedTree tree = source.Add("other/file", [7]).Describe();
            NodeId node = SourceDirectory.Find(tree, "other/file");
            using var crossing = new DirectoryContent(tree, source.Root, new DirectoryContentOptions { CrossMounts = true });
            byte[] read = new byte[1];
            crossing.Read(node, 0, read);
            Assert.Equal(7, read[0]);

            using var staying = new DirectoryContent(tree, source.Root);
            DiskImageException refusal = Assert.Throws<DiskImageException>(() => staying.Read(node, 0, new byte[1]));
            Assert.Equal(DiskImageError.SourceChanged, refusal.Error);
        }
        finally
        {
            Command.Run("umount", ["-l", source.PathOf("other")]);
        }
    }

    [Fact]
    public void A_root_that_is_missing_or_no_directory_is_refused()
    {
        using SourceDirectory source = new SourceDirectory().Add("file", [1]);
        WalkedTree tree = source.Describe();
        Assert.Contains("ENOENT", Assert.Throws<Hearth.Linux.LinuxException>(() => new DirectoryContent(tree, source.PathOf("none"))).Message, StringComparison.Ordinal);
        Assert.Contains("ENOTDIR", Assert.Throws<Hearth.Linux.LinuxException>(() => new DirectoryContent(tree, source.PathOf("file"))).Message, StringComparison.Ordinal);
    }

    private static int DescriptorsBelow(string prefix) =>
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(link => new FileInfo(link).LinkTarget?.StartsWith(prefix, StringComparison.Ordinal) == true);
}
