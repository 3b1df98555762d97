using System.Diagnostics;
using System.Security.Cryptography;
using Hearth.Fuse.Tests.Support;
using Hearth.Linux.Fuse;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Fuse.Tests;

public sealed class ServingTests
{
    private const string Name = "rootfs.img";
    private const int LengthInBytes = (5 << 20) + 12_345;

    public ServingTests() => FuseSupport.SkipUnlessUsable();

    [Theory]
    [InlineData(FuseCaching.PageCache, 1, 1 << 20)]
    [InlineData(FuseCaching.None, 4, 1 << 20)]
    [InlineData(FuseCaching.None, 2, 4096)]
    public async Task A_file_read_whole_equals_its_source(FuseCaching caching, int threads, int maxReadBytes)
    {
        var options = new FuseSessionOptions { Caching = caching, Threads = threads, MaxReadBytes = maxReadBytes };
        await using FuseSession session = FuseSession.StartDetached([new PatternFile(Name, LengthInBytes)], options);
        byte[] bytes = await File.ReadAllBytesAsync(session.PathOf(Name));
        Assert.True(bytes.AsSpan().SequenceEqual(PatternFile.Bytes(0, LengthInBytes)));
        FuseStatistics statistics = session.Statistics;
        Assert.Equal(LengthInBytes, statistics.BytesRead);
        Assert.InRange(statistics.Reads, LengthInBytes / maxReadBytes, statistics.Requests[FuseOpcode.Read]);
        Assert.InRange(statistics.ReadLatency.Count, 1, statistics.Reads);

        // The runtime's own signals to the reading thread may interrupt a read, which the kernel then asks for again.
        Assert.Equal(0, statistics.Errors + statistics.Malformed);
        Assert.True(statistics.ReadLatency.Median <= statistics.ReadLatency.Percentile99);
    }

    [Theory]
    [InlineData(FuseCaching.PageCache)]
    [InlineData(FuseCaching.None)]
    public async Task Readers_at_random_offsets_get_the_bytes_of_their_offsets(FuseCaching caching)
    {
        const int readers = 16;
        await using FuseSession session = FuseSession.StartDetached([new PatternFile(Name, LengthInBytes)], new() { Caching = caching });
        string path = session.PathOf(Name);
        await Task.WhenAll(Enumerable.Range(0, readers).Select(seed => Task.Factory.StartNew(
            () => ReadAtRandom(path, seed, count: 300), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        Assert.Equal(0, session.Statistics.Errors);
    }

    [Fact]
    public async Task A_cached_file_is_asked_for_once()
    {
        var options = new FuseSessionOptions { Caching = FuseCaching.PageCache };
        await using FuseSession session = FuseSession.StartDetached([new PatternFile(Name, LengthInBytes)], options);
        await File.ReadAllBytesAsync(session.PathOf(Name));
        long reads = session.Statistics.Reads;
        await File.ReadAllBytesAsync(session.PathOf(Name));
        Assert.Equal(reads, session.Statistics.Reads);
    }

    [Fact]
    public async Task Nothing_is_read_but_what_was_asked_for()
    {
        await using FuseSession session = FuseSession.StartDetached([new PatternFile(Name, LengthInBytes)]);
        using SafeFileHandle file = session.OpenFile(Name);
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(1000, RandomAccess.Read(file, new byte[1000], i * 1000));
        }

        Assert.Equal(100_000, session.Statistics.BytesRead);
        Assert.Equal(100, session.Statistics.Reads);
    }

    [Fact]
    public async Task Reads_across_the_end_are_short_and_beyond_it_empty()
    {
        await using FuseSession session = FuseSession.StartDetached([new PatternFile(Name, LengthInBytes)], new() { Caching = FuseCaching.None });
        using SafeFileHandle file = session.OpenFile(Name);
        byte[] buffer = new byte[10_000];
        Assert.Equal(100, RandomAccess.Read(file, buffer, LengthInBytes - 100));
        Assert.Equal(PatternFile.Bytes(LengthInBytes - 100, 100), buffer[..100]);
        Assert.Equal(0, RandomAccess.Read(file, buffer, LengthInBytes));
        Assert.Equal(0, RandomAccess.Read(file, buffer, long.MaxValue - 20_000));
    }

    [Theory]
    [InlineData(FuseCaching.PageCache)]
    [InlineData(FuseCaching.None)]
    public async Task Another_process_reads_with_and_without_O_DIRECT(FuseCaching caching)
    {
        await using FuseSession session = FuseSession.StartDetached([new PatternFile(Name, 4 << 20)], new() { Caching = caching });
        foreach (string[] flags in new string[][] { [], ["iflag=direct"] })
        {
            byte[] bytes = await OutputOfAsync("dd", [$"if={session.PathOf(Name)}", "bs=1M", "status=none", .. flags]);
            Assert.True(bytes.AsSpan().SequenceEqual(PatternFile.Bytes(0, 4 << 20)));
        }
    }

    [Theory]
    [InlineData(FuseCaching.PageCache)]
    [InlineData(FuseCaching.None)]
    public async Task A_file_can_be_mapped(FuseCaching caching)
    {
        Assert.SkipWhen(caching == FuseCaching.None && Environment.OSVersion.Version < new Version(6, 6), "shared mappings of uncached files came with Linux 6.6");
        await using FuseSession session = FuseSession.StartDetached([new PatternFile(Name, LengthInBytes)], new() { Caching = caching });
        using ServerProcess reader = ServerProcess.Start([], "map", session.PathOf(Name));
        Assert.Equal(Convert.ToHexString(SHA256.HashData(PatternFile.Bytes(0, LengthInBytes))), await reader.ReadLineAsync());
    }

    [Fact]
    public async Task A_directory_shows_the_files_and_nothing_else()
    {
        using var directory = new TemporaryDirectory();
        string point = directory.MakeDirectory("mount point");
        IFuseFile[] files = [.. Enumerable.Range(0, 200).Select(i => new PatternFile($"a file with a long name {i:D3}.img", i * 1000L))];
        await using (FuseSession session = FuseSession.StartAt(point, files))
        {
            FileInfo[] shown = [.. new DirectoryInfo(point).GetFiles().OrderBy(file => file.Name)];
            Assert.Equal(files.Select(file => (file.Name, file.Length)), shown.Select(file => (file.Name, file.Length)));
            Assert.Throws<FileNotFoundException>(() => File.ReadAllBytes($"{point}/other"));
            Assert.Equal($"{point}/{files[7].Name}", session.PathOf(files[7].Name));
        }

        Assert.Empty(Directory.GetFiles(point));
    }

    [Fact]
    public async Task Nothing_can_be_written()
    {
        using var directory = new TemporaryDirectory();
        await using FuseSession session = FuseSession.StartAt(directory.Path, [new PatternFile(Name, 100)]);
        Assert.ThrowsAny<IOException>(() => File.WriteAllText(session.PathOf(Name), "x"));
        Assert.ThrowsAny<IOException>(() => File.WriteAllText(directory.File("new"), "x"));
        Assert.ThrowsAny<IOException>(() => File.Delete(session.PathOf(Name)));
        Assert.ThrowsAny<IOException>(() => Directory.CreateDirectory(directory.File("new")));
    }

    [Fact]
    public async Task Reads_cost_no_memory()
    {
        const int reads = 5000;
        using ServerProcess server = ServerProcess.Start([], "allocations", $"{reads}");
        long allocated = long.Parse((await server.ReadLineAsync())!);
        Assert.True(allocated < reads, $"{allocated} bytes were allocated by {reads} reads");
    }

    private static void ReadAtRandom(string path, int seed, int count)
    {
        var random = new Random(seed);
        using SafeFileHandle file = File.OpenHandle(path);
        byte[] buffer = new byte[200_000];
        for (int i = 0; i < count; i++)
        {
            int offset = random.Next(LengthInBytes);
            int length = random.Next(1, random.Next(2) == 0 ? 5000 : buffer.Length);
            int expected = Math.Min(length, LengthInBytes - offset);
            Assert.Equal(expected, RandomAccess.Read(file, buffer.AsSpan(0, length), offset));
            Assert.True(buffer.AsSpan(0, expected).SequenceEqual(PatternFile.Bytes(offset, expected)), $"wrong bytes at {offset}");
        }
    }

    private static async Task<byte[]> OutputOfAsync(string program, string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        using var output = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(output).WaitAsync(FuseSupport.Deadline);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }
}
