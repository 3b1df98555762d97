using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.FileTree;
using Hearth.FileTree.Tests.Support;
using Hearth.Linux.Mounts;
using Hearth.Records.Tests.Support;

namespace Hearth.Rootfs.Tests;

/// <summary>Roots with directories and files laid over them: served, loop-mounted, and compared with the sources.</summary>
public sealed class BindTests : IDisposable
{
    private readonly Workplace place = new();
    private readonly Timeline timeline = new(TimeProvider.System, TimeProvider.System.GetTimestamp());

    public BindTests()
    {
        place.Write("root/etc/hosts", "the image's hosts");
        place.Write("root/data/hidden", "what a bind covers");
        place.Write("source/deep/file", "from the source");
        place.Write("source/other", "untouched");
        place.Write("hosts", "the host's hosts");
    }

    [Theory]
    [InlineData(ImageFormat.Erofs)]
    [InlineData(ImageFormat.SquashFs)]
    public async Task What_is_laid_over_a_root_is_read_from_its_own_source_and_only_when_touched(ImageFormat format)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/dev/fuse"), "serving needs root and /dev/fuse");
        RootfsBind[] binds = [new("/data", place.At("source"), Recursive: false), new("/etc/hosts", place.At("hosts"), Recursive: false)];
        await using LazyRootfs rootfs = await ServeAsync(new RootfsOptions { Format = format, Binds = binds });
        Assert.Equal(0, rootfs.Report.BytesRead);
        string mountPoint = place.MakeDirectory("mounted");
        Command.Run("mount", ["-o", "loop,ro", rootfs.ImagePath, mountPoint]);
        try
        {
            Assert.Equal("the host's hosts", await File.ReadAllTextAsync(place.At("mounted/etc/hosts")));
            Assert.Equal("from the source", await File.ReadAllTextAsync(place.At("mounted/data/deep/file")));
            Assert.False(File.Exists(place.At("mounted/data/hidden")));
        }
        finally
        {
            Command.Unmount(mountPoint);
        }

        Assert.Equal(0, rootfs.Report.SourceFaults);
    }

    [Fact]
    public async Task A_file_replaced_under_a_bind_is_a_failed_read_that_names_it()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess && File.Exists("/dev/fuse"), "serving needs root and /dev/fuse");
        await using LazyRootfs rootfs = await ServeAsync(new RootfsOptions { Binds = [new("/etc/hosts", place.At("hosts"), Recursive: false)] });
        place.Write("hosts", "written anew, and of another size");
        Assert.ThrowsAny<IOException>(() => File.ReadAllBytes(rootfs.ImagePath));
        Assert.Equal("etc/hosts", Assert.Single(rootfs.Faults).Path);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 0)]
    public void A_bind_goes_into_what_is_mounted_in_its_source_only_where_it_is_recursive(bool recursive, int seen) => OwnThread.WithOwnMounts(() =>
    {
        FileSystems.Mount("none", place.MakeDirectory("source/mounted"), "tmpfs", MountFlags.None, "size=1m");
        place.Write("source/mounted/file", "");
        Tree tree = RootfsSources.Walk(Root(new RootfsOptions()), [new("/data", place.At("source"), recursive)], CancellationToken.None).Tree;
        int files = Enumerable.Range(0, tree.NodeCount).Count(i => tree.PathOf(new NodeId(i)).AsSpan().SequenceEqual("data/mounted/file"u8));
        Assert.Equal(seen, files);
    });

    [Theory]
    [InlineData("/data", "none", "no such file or directory")]
    [InlineData("/data", "hosts", "it is a directory, and the source is not")]
    [InlineData("/etc/hosts/below", "source", "is not a directory")]
    public void A_bind_that_cannot_be_is_an_error_that_names_it(string destination, string source, string cause)
    {
        HearthException failure = Assert.Throws<HearthException>(() => RootfsSources.Walk(
            Root(new RootfsOptions()), [new(destination, place.At(source), Recursive: true)], CancellationToken.None));
        Assert.Equal(HearthError.InvalidRequest, failure.Error);
        Assert.Contains(cause, failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => place.Dispose();

    private DirectoryRoot Root(RootfsOptions options) => new(place.At("root"), options);

    private Task<LazyRootfs> ServeAsync(RootfsOptions options) => LazyRootfs.ServeAsync(Root(options), options, cache: null, mountPoint: null, timeline, CancellationToken.None);
}
