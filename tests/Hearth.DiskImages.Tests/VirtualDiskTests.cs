using CsCheck;
using Hearth.DiskImages.Tests.Support;
using Hearth.FileTree;

namespace Hearth.DiskImages.Tests;

public sealed class VirtualDiskTests
{
    /// <summary>Metadata, a gap, two small files in neighbouring blocks, a gap, metadata, a file of many blocks, a gap.</summary>
    private static readonly Tree tree = new SampleTree().File("a", 10).File("b", 4096).File("c", 100_001).File("empty", 0).Build();

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
        disk.Read(0, buffer);
        disk.Read(4096, buffer.AsSpan(0, 4096));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
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
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(disk.IsTouched));

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
        public void Read(NodeId node, long offset, Span<byte> destination) =>
            throw new DiskImageException(DiskImageError.SourceUnreadable, "no such luck");

        public void Dispose()
        {
        }
    }
}
