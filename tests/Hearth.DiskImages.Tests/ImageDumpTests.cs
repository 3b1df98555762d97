using Hearth.DiskImages.Tests.Support;

namespace Hearth.DiskImages.Tests;

public sealed class ImageDumpTests
{
    [Fact]
    public void Bytes_of_no_format_are_unsupported()
    {
        Assert.Equal(DiskImageError.Unsupported, HostileImage.Refusal([])!.Error);
        Assert.Equal(DiskImageError.Unsupported, HostileImage.Refusal(new byte[100_000])!.Error);
    }

    [Theory]
    [InlineData(ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs)]
    public void A_stream_that_fails_is_unreadable(ImageFormat format)
    {
        using var stream = new BrokenStream(ImageFile.InMemory(ImagePlanners.For(format).Plan(SampleTree.Everything().Build())));
        DiskImageException refusal = Assert.Throws<DiskImageException>(() => ImageDump.Read(stream, TestContext.Current.CancellationToken));
        Assert.Equal(DiskImageError.SourceUnreadable, refusal.Error);
    }

    private sealed class BrokenStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => throw new IOException("the disk is gone");
    }
}
