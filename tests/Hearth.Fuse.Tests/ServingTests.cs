using Hearth.Fuse.Tests.Support;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Tests;

public sealed class ServingTests
{
    private const int LengthInBytes = (5 << 20) + 12_345;

    public ServingTests() => FuseSupport.SkipUnlessUsable();

    [Theory]
    [InlineData(FuseCaching.PageCache)]
    [InlineData(FuseCaching.None)]
    public async Task A_file_read_whole_equals_its_source(FuseCaching caching)
    {
        await using FuseSession session = FuseSession.StartDetached([new PatternFile("a.img", LengthInBytes)], new() { Caching = caching });
        byte[] bytes = await File.ReadAllBytesAsync(session.PathOf("a.img"));
        Assert.True(bytes.AsSpan().SequenceEqual(PatternFile.Bytes(0, LengthInBytes)));
        FuseStatistics statistics = session.Statistics;
        Assert.Equal(LengthInBytes, statistics.BytesRead);
        Assert.Equal(statistics.Reads, statistics.Requests[FuseOpcode.Read]);
        Assert.Equal(0, statistics.Errors + statistics.Malformed + statistics.Interrupted);
    }

    [Fact]
    public async Task A_directory_shows_the_files_and_nothing_else()
    {
        using var directory = new TemporaryDirectory();
        string point = directory.MakeDirectory("mnt");
        IFuseFile[] files = [.. Enumerable.Range(0, 200).Select(i => new PatternFile($"file-{i:D3}.img", i * 1000L))];
        await using (FuseSession session = FuseSession.StartAt(point, files))
        {
            FileInfo[] shown = [.. new DirectoryInfo(point).GetFiles().OrderBy(file => file.Name)];
            Assert.Equal(files.Select(file => (file.Name, file.Length)), shown.Select(file => (file.Name, file.Length)));
            Assert.Throws<FileNotFoundException>(() => File.ReadAllBytes($"{point}/other"));
        }

        Assert.Empty(Directory.GetFiles(point));
        Assert.False(FuseSupport.IsMounted(point));
    }
}
