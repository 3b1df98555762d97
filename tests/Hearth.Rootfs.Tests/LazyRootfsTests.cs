using System.Text;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.Records.Tests.Support;

namespace Hearth.Rootfs.Tests;

/// <summary>Serving for real: the image is read through the kernel's FUSE.</summary>
public sealed class LazyRootfsTests : IDisposable
{
    private readonly Workplace place = new();
    private readonly Timeline timeline = new(TimeProvider.System, TimeProvider.System.GetTimestamp());

    public LazyRootfsTests()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/dev/fuse"), "serving needs root and /dev/fuse");
        place.Write("root/hello", "the content of the file");
        place.Write("root/other", "another file");
    }

    [Theory]
    [InlineData(ImageFormat.Erofs, "erofs")]
    [InlineData(ImageFormat.SquashFs, "squashfs")]
    public async Task An_image_is_served_and_what_is_read_of_it_counted(ImageFormat format, string name)
    {
        await using LazyRootfs rootfs = await ServeAsync(new RootfsOptions { Format = format }, mountPoint: null);
        Assert.Equal(format, rootfs.Format);
        Assert.Equal(("lazy", name, 3L, 2L, 35L, 0L), (rootfs.Report.Mode, rootfs.Report.Format, rootfs.Report.Nodes, rootfs.Report.Files, rootfs.Report.ContentBytes, rootfs.Report.BytesRead));

        byte[] image = await File.ReadAllBytesAsync(rootfs.ImagePath);

        Assert.Equal(rootfs.Report.ImageBytes, image.Length);
        Assert.True(image.AsSpan().IndexOf("the content of the file"u8) > 0);
        Assert.Equal((2L, 35L, 0L), (rootfs.Report.FilesRead, rootfs.Report.BytesRead, rootfs.Report.SourceFaults));
        Assert.True(rootfs.Report.Reads > 0);
        Assert.Contains(timeline.Phases, phase => phase.Name == PhaseNames.Serve);
    }

    [Fact]
    public async Task A_file_that_changed_is_a_failed_read_and_never_other_bytes()
    {
        await using LazyRootfs rootfs = await ServeAsync(new RootfsOptions(), mountPoint: null);
        place.Write("root/hello", "quite another content, longer than before");

        Assert.ThrowsAny<IOException>(() => File.ReadAllBytes(rootfs.ImagePath));

        Assert.Equal("hello", Assert.Single(rootfs.Faults).Path);
        Assert.True(rootfs.Report.SourceFaults > 0);
    }

    [Fact]
    public async Task A_mount_point_shows_the_image_until_the_end_and_is_as_before_then()
    {
        string mountPoint = place.MakeDirectory("mounted");
        await using (LazyRootfs rootfs = await ServeAsync(new RootfsOptions(), mountPoint))
        {
            Assert.Equal(Path.Combine(mountPoint, "rootfs.img"), rootfs.ImagePath);
            Assert.Contains("the content", Encoding.Latin1.GetString(await File.ReadAllBytesAsync(rootfs.ImagePath)), StringComparison.Ordinal);
        }

        Assert.Empty(Directory.GetFileSystemEntries(mountPoint));
    }

    [Fact]
    public async Task A_mount_point_that_is_missing_is_told()
    {
        HearthException failure = await Assert.ThrowsAsync<HearthException>(() => ServeAsync(new RootfsOptions(), place.At("missing")));
        Assert.Contains(place.At("missing"), failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => place.Dispose();

    private Task<LazyRootfs> ServeAsync(RootfsOptions options, string? mountPoint) =>
        LazyRootfs.ServeAsync(new DirectoryRoot(place.At("root"), options), options, cache: null, mountPoint, timeline, CancellationToken.None);
}
