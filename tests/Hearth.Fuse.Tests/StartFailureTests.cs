using Hearth.Fuse.Tests.Support;

namespace Hearth.Fuse.Tests;

public sealed class StartFailureTests
{
    private static readonly PatternFile File = new PatternFile("rootfs.img", 100);

    public StartFailureTests() => FuseSupport.SkipUnlessUsable();

    [Fact]
    public void A_missing_mount_point_is_named()
    {
        using var directory = new TemporaryDirectory();
        FuseException failure = Assert.Throws<FuseException>(() => FuseSession.StartAt(directory.File("none"), [File]));
        Assert.Equal(FuseError.MountPointMissing, failure.Error);
        Assert.Contains(directory.File("none"), failure.Message);
    }

    [Fact]
    public void A_mount_point_that_is_a_file_is_refused()
    {
        using var directory = new TemporaryDirectory();
        System.IO.File.WriteAllText(directory.File("file"), "");
        FuseException failure = Assert.Throws<FuseException>(() => FuseSession.StartAt(directory.File("file"), [File]));
        Assert.Equal(FuseError.MountPointNotDirectory, failure.Error);
        Assert.Contains("is not a directory", failure.Message);
    }

    [Fact]
    public async Task A_stale_mount_point_is_taken_over()
    {
        using var directory = new TemporaryDirectory();
        using ServerProcess server = ServerProcess.Start([], "at", directory.Path);
        await server.ReadLineAsync();
        await server.KillAsync();
        await using (FuseSession session = FuseSession.StartAt(directory.Path, [File]))
        {
            Assert.Equal(100, (await System.IO.File.ReadAllBytesAsync(session.PathOf(File.Name))).Length);
        }

        Assert.False(FuseSupport.IsMounted(directory.Path));
    }

    [Theory]
    [InlineData(nameof(FuseError.NotPermitted), "root", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")]
    [InlineData(nameof(FuseError.DeviceMissing), "modprobe fuse", "unshare", "--mount", "sh", "-c", "mount -t tmpfs none /dev && exec \"$@\"", "sh")]
    public async Task A_process_that_cannot_serve_says_why_and_what_to_do(string reason, string advice, params string[] wrapper)
    {
        using ServerProcess server = ServerProcess.Start(wrapper, "detached");
        string line = (await server.ReadLineAsync())!;
        Assert.StartsWith($"{reason} ", line);
        Assert.Contains("/dev/fuse", line);
        Assert.Contains(advice, line);
        Assert.Equal(1, await server.StopAsync());
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a\0b")]
    [InlineData("same", "same")]
    public void Names_that_cannot_be_are_refused(params string[] names) =>
        Assert.Throws<ArgumentException>(() => FuseSession.StartDetached([.. names.Select(name => new PatternFile(name, 1))]));

    [Fact]
    public void Options_out_of_bounds_are_refused()
    {
        foreach (FuseSessionOptions options in new FuseSessionOptions[] { new() { Threads = 0 }, new() { MaxReadBytes = 5000 }, new() { MaxReadBytes = 2 << 20 }, new() { MaxPendingReads = 0 }, new() { MaxPendingReads = 65_536 } })
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => FuseSession.StartDetached([File], options));
        }
    }
}
