using CsCheck;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests;

public sealed class VirtualDiskTests
{
    /// <summary>Metadata, a gap, two small files in neighbouring blocks, a gap, metadata, a file of many blocks, a gap.</summary>
    private static readonly Tree tree = new SampleTree().File("a", 10).File("b", 4096).File("c", 100_001).File("empty", 0).Build();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static ImagePlan Plan(long length = 40 * 4096L) => new()
    {
        Format = ImageFormat.Erofs,
        Tree = tree,
        Length = length,
        Metadata = [new MetadataRegion(0, Noise(5000)), new MetadataRegion(6 * 4096, Noise(4096))],
        Files = new FileExtents(new uint[] { 2, 3, 7 }, new int[] { 1, 2, 3 }),
    };

    private static byte[] Noise(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)(1 + (i % 255)))];

    [Fact]
    public void Any_read_equals_the_same_bytes_of_the_image_written_out()
    {
        using var directory = new TemporaryDirectory();
        using var content = new PatternContent(tree);
        byte[] image = File.ReadAllBytes(ImageFile.Write(Plan(), content, directory.File("image")));
        var disk = new VirtualDisk(Plan(), content);

        Gen.Select(Gen.Int[0, image.Length + 5000], Gen.Int[0, 150_000]).Sample(
            (offset, length) =>
            {
                byte[] read = new byte[length];
                int count = disk.Read(offset, read);
                return count == Math.Clamp(image.Length - offset, 0, length) && read.AsSpan(0, count).SequenceEqual(image.AsSpan(Math.Min(offset, image.Length), count));
            },
            iter: 2000);
    }

    [Fact]
    public void A_read_allocates_nothing()
    {
        using var content = new PatternContent(tree);
        var disk = new VirtualDisk(Plan(), content);
        byte[] buffer = new byte[disk.Length];
        disk.Read(0, buffer);

        long before = GC.GetAllocatedBytesForCurrentThread();
        disk.ReadAtOnce(0, buffer);
        disk.ReadAtOnce(4096, buffer.AsMemory(0, 4096));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_read_of_a_directorys_file_allocates_nothing()
    {
        byte[] bytes = Noise(100_000);
        using SourceDirectory source = new SourceDirectory().Add("file", bytes);
        WalkedTree walked = source.Describe();
        using var content = new DirectoryContent(walked, source.Root);
        var disk = new VirtualDisk(ImagePlanners.For(ImageFormat.Erofs).Plan(walked.Tree), content);
        byte[] image = new byte[disk.Length];
        disk.Read(0, image);
        Assert.True(image.AsSpan().IndexOf(bytes) > 0);

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            disk.ReadAtOnce(i * 500, image.AsMemory(0, 50_000));
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public async Task A_read_that_has_to_wait_returns_at_once_and_goes_on_from_file_to_file()
    {
        using var pattern = new PatternContent(tree);
        using var gated = new GatedContent(pattern);
        var disk = new VirtualDisk(Plan(), gated);
        byte[] expected = new byte[disk.Length];
        new VirtualDisk(Plan(), pattern).Read(0, expected);

        byte[] read = new byte[disk.Length];
        Task<int> reading = disk.ReadAsync(0, read, Stop).AsTask();
        Assert.False(reading.IsCompleted);
        Assert.Equal([1], gated.Asked);
        Assert.Equal(new VirtualDiskStatistics(1, 0, 0, 1, 0), disk.Statistics);

        gated.Let(3);
        Assert.Equal(read.Length, await reading);
        Assert.Equal([1, 2, 3], gated.Asked);
        Assert.True(read.AsSpan().SequenceEqual(expected));
        Assert.Equal(new VirtualDiskStatistics(1, read.Length, 10 + 4096 + 100_001, 3, 0), disk.Statistics);
    }

    [Fact]
    public async Task A_waiting_read_leaves_others_untouched_and_ends_when_nobody_waits_for_it()
    {
        using var pattern = new PatternContent(tree);
        using var gated = new GatedContent(pattern);
        var disk = new VirtualDisk(Plan(), gated);
        using var cancellation = new CancellationTokenSource();
        Task<int> reading = disk.ReadAsync(2 * 4096, new byte[4096], cancellation.Token).AsTask();
        Assert.Equal(4096, await disk.ReadAsync(0, new byte[4096], Stop));

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        Assert.Equal(new VirtualDiskStatistics(2, 4096, 0, 1, 1), disk.Statistics);
    }

    [Fact]
    public async Task A_stream_waits_for_its_bytes()
    {
        using var pattern = new PatternContent(tree);
        using var gated = new GatedContent(pattern);
        byte[] expected = new byte[Plan().Length];
        new VirtualDisk(Plan(), pattern).Read(0, expected);
        gated.Let(1000);
        using var copied = new MemoryStream();
        await new VirtualDisk(Plan(), gated).OpenStream().CopyToAsync(copied, Stop);
        Assert.True(copied.ToArray().AsSpan().SequenceEqual(expected));

        using var blocking = new VirtualDisk(Plan(), gated).OpenStream();
        blocking.Position = 3 * 4096;
        byte[] piece = new byte[4096];
        Task<int> reading = Task.Run(() => blocking.Read(piece), Stop);
        Assert.Equal(piece.Length, await reading);
        Assert.Equal(expected[(3 * 4096)..(4 * 4096)], piece);
    }

    [Fact]
    public void Statistics_count_reads_bytes_and_distinct_files()
    {
        using var content = new PatternContent(tree);
        var disk = new VirtualDisk(Plan(), content);
        byte[] block = new byte[4096];
        disk.Read(0, block);
        Assert.Equal(new VirtualDiskStatistics(1, 4096, 0, 0, 0), disk.Statistics);

        disk.Read(2 * 4096, block);
        disk.Read(2 * 4096, block);
        disk.Read(3 * 4096, block);
        Assert.Equal(new VirtualDiskStatistics(4, 4 * 4096, 10 + 10 + 4096, 2, 0), disk.Statistics);

        Assert.Equal(0, disk.Read(disk.Length, block));
        Assert.Throws<ArgumentOutOfRangeException>(() => disk.Read(-1, block));
    }

    [Fact]
    public void A_failing_source_fails_the_read_and_is_counted()
    {
        using var content = new FailingContent();
        var disk = new VirtualDisk(Plan(), content);
        Assert.Throws<DiskImageException>(() => disk.Read(2 * 4096, new byte[1]));
        Assert.Equal(new VirtualDiskStatistics(1, 0, 0, 1, 1), disk.Statistics);
        Task<int> failed = disk.ReadAsync(2 * 4096, new byte[1], Stop).AsTask();
        Assert.True(failed.IsFaulted, "the failure is the read's, not the call's");
    }

    [Theory]
    [InlineData(8 * 4096L)]
    [InlineData(6 * 4096L)]
    [InlineData(0L)]
    public void A_plan_that_does_not_fit_its_length_is_refused(long length)
    {
        using var content = new PatternContent(tree);
        Assert.Throws<ArgumentException>(() => new VirtualDisk(Plan(length), content));
    }

    private sealed class FailingContent : IContentSource
    {
        public long FailedReads => 0;

        public IReadOnlyList<SourceFault> Faults => [];

        public ValueTask ReadAsync(NodeId node, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
            ValueTask.FromException(new DiskImageException(DiskImageError.SourceUnreadable, "no such luck"));

        public void Dispose()
        {
        }
    }
}
