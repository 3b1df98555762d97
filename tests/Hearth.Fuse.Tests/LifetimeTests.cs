using System.Diagnostics;
using Hearth.Fuse.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Fuse.Tests;

public sealed class LifetimeTests
{
    private const string Name = "rootfs.img";
    private const int LengthInBytes = 4 << 20;

    public LifetimeTests() => FuseSupport.SkipUnlessUsable();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Disposal_under_load_ends_readers_with_an_error_and_leaves_no_mount(bool detached)
    {
        using var directory = new TemporaryDirectory();
        var options = new FuseSessionOptions { Caching = FuseCaching.None };
        FuseSession session = detached
            ? FuseSession.StartDetached([new PatternFile(Name, LengthInBytes)], options)
            : FuseSession.StartAt(directory.Path, [new PatternFile(Name, LengthInBytes)], options);
        string path = session.PathOf(Name);
        using var reading = new CountdownEvent(8);
        Task[] readers = [.. Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(() => ReadUntilItFails(path, reading), TaskCreationOptions.LongRunning))];
        Assert.True(reading.Wait(FuseSupport.Deadline));

        await session.DisposeAsync();
        await Task.WhenAll(readers).WaitAsync(FuseSupport.Deadline);
        Assert.Equal(FuseSessionEnd.Disposed, await session.Completion);
        Assert.False(FuseSupport.IsMounted(directory.Path));
        await session.DisposeAsync();
    }

    [Fact]
    public async Task Disposal_cancels_the_reads_that_wait()
    {
        var slow = new GatedFile("slow", LengthInBytes);
        FuseSession session = FuseSession.StartDetached([slow], new() { Caching = FuseCaching.None });
        Task<IOException> reader = Task.Run(() => Assert.ThrowsAny<IOException>(() => File.ReadAllBytes(session.PathOf("slow"))));
        await slow.WaitForReadsAsync(1);
        await session.DisposeAsync();
        await slow.WaitForCancellationAsync();
        await reader.WaitAsync(FuseSupport.Deadline);
    }

    [Fact]
    public async Task Disposal_does_not_wait_for_ever_for_a_read_that_heeds_nothing()
    {
        var stubborn = new GatedFile("stubborn", LengthInBytes, heedsCancellation: false);
        var options = new FuseSessionOptions { Caching = FuseCaching.None, StopTimeout = TimeSpan.FromMilliseconds(200) };
        FuseSession session = FuseSession.StartDetached([stubborn], options);
        Task<IOException> reader = Task.Run(() => Assert.ThrowsAny<IOException>(() => File.ReadAllBytes(session.PathOf("stubborn"))));
        await stubborn.WaitForReadsAsync(1);
        FuseException failure = await Assert.ThrowsAsync<FuseException>(async () => await session.DisposeAsync());
        Assert.Equal(FuseError.StopTimedOut, failure.Error);
        await reader.WaitAsync(FuseSupport.Deadline);
        stubborn.Open();
    }

    [Fact]
    public async Task A_read_that_outlasts_disposal_on_a_thread_of_the_session_ends_in_peace()
    {
        using var blocking = new BlockingFile("blocking", LengthInBytes);
        var options = new FuseSessionOptions { Caching = FuseCaching.None, Threads = 1, StopTimeout = TimeSpan.FromMilliseconds(200) };
        FuseSession session = FuseSession.StartDetached([blocking], options);
        Task<IOException> reader = Task.Run(() => Assert.ThrowsAny<IOException>(() => File.ReadAllBytes(session.PathOf("blocking"))));
        await blocking.WaitForReadsAsync(1);
        await Assert.ThrowsAsync<FuseException>(async () => await session.DisposeAsync());
        await reader.WaitAsync(FuseSupport.Deadline);
        blocking.Open();
        Assert.Equal(FuseSessionEnd.Disposed, await session.Completion.WaitAsync(FuseSupport.Deadline));
        Assert.Equal(0, session.Statistics.Errors);
    }

    [Fact]
    public async Task A_session_ends_when_somebody_else_unmounts_it()
    {
        using var directory = new TemporaryDirectory();
        await using FuseSession session = FuseSession.StartAt(directory.Path, [new PatternFile(Name, LengthInBytes)]);
        await File.ReadAllBytesAsync(session.PathOf(Name));
        await RunAsync("umount", directory.Path);
        Assert.Equal(FuseSessionEnd.Unmounted, await session.Completion.WaitAsync(FuseSupport.Deadline));
    }

    [Fact]
    public async Task A_session_ends_when_somebody_else_forces_it_and_its_mount_goes_on_disposal()
    {
        using var directory = new TemporaryDirectory();
        await using (FuseSession session = FuseSession.StartAt(directory.Path, [new PatternFile(Name, LengthInBytes)]))
        {
            using var held = new FileStream(session.PathOf(Name), FileMode.Open, FileAccess.Read);
            using Process umount = Process.Start("umount", ["-f", directory.Path]);
            await umount.WaitForExitAsync().WaitAsync(FuseSupport.Deadline);
            Assert.Equal(FuseSessionEnd.Aborted, await session.Completion.WaitAsync(FuseSupport.Deadline));
        }

        Assert.False(FuseSupport.IsMounted(directory.Path));
    }

    [Fact]
    public async Task Disposal_spares_a_mount_that_has_taken_the_place_of_its_own()
    {
        using var directory = new TemporaryDirectory();
        FuseSession first = FuseSession.StartAt(directory.Path, [new PatternFile(Name, LengthInBytes)]);
        await RunAsync("umount", directory.Path);
        await first.Completion.WaitAsync(FuseSupport.Deadline);
        await using FuseSession second = FuseSession.StartAt(directory.Path, [new PatternFile(Name, LengthInBytes)]);
        await first.DisposeAsync();
        Assert.Equal(LengthInBytes, (await File.ReadAllBytesAsync(second.PathOf(Name))).Length);
    }

    [Theory]
    [InlineData("detached")]
    [InlineData("holding")]
    public async Task A_killed_process_leaves_nothing_of_a_detached_session(string command)
    {
        using ServerProcess server = ServerProcess.Start([], command);
        string path = (await server.ReadLineAsync())!;
        using SafeFileHandle held = File.OpenHandle(path);
        byte[] buffer = new byte[4096];
        Assert.Equal(4096, RandomAccess.Read(held, buffer, 0));
        await server.KillAsync();

        // Whoever holds the file hears of it at once instead of waiting.
        Assert.ThrowsAny<IOException>(() => RandomAccess.Read(held, buffer, 0));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task What_a_killed_process_leaves_at_a_mount_point_can_be_detached()
    {
        using var directory = new TemporaryDirectory();
        using ServerProcess server = ServerProcess.Start([], "at", directory.Path);
        string path = (await server.ReadLineAsync())!;
        Assert.Equal(ServerCommands.LengthInBytes, (await File.ReadAllBytesAsync(path)).Length);
        Assert.False(FuseMounts.DetachStale(directory.Path));

        await server.KillAsync();
        Assert.True(FuseSupport.IsMounted(directory.Path));
        Assert.True(FuseMounts.DetachStale(directory.Path));
        Assert.False(FuseSupport.IsMounted(directory.Path));
        Assert.False(FuseMounts.DetachStale(directory.Path));
    }

    [Fact]
    public async Task Who_waits_for_a_process_that_is_killed_gets_an_error()
    {
        using var directory = new TemporaryDirectory();
        using ServerProcess server = ServerProcess.Start([], "stuck", directory.Path, "1");
        string path = (await server.ReadLineAsync())!;
        Task<IOException> reader = Task.Run(() => Assert.ThrowsAny<IOException>(() => File.ReadAllBytes(path)));
        Assert.Equal("somebody waits", await server.ReadLineAsync());
        await server.KillAsync();
        await reader.WaitAsync(FuseSupport.Deadline);
        Assert.True(FuseMounts.DetachStale(directory.Path));
    }

    [Fact]
    public async Task A_loop_device_over_the_file_of_a_killed_process_gives_errors_and_can_be_detached()
    {
        using var directory = new TemporaryDirectory();
        using ServerProcess server = ServerProcess.Start([], "at", directory.Path);
        string path = (await server.ReadLineAsync())!;
        string device = (await RunAsync("losetup", "--find", "--show", "--read-only", path)).Trim();
        try
        {
            await server.KillAsync();
            await using FuseSession next = FuseSession.StartAt(directory.Path, [new PatternFile(Name, LengthInBytes)]);
            await Assert.ThrowsAnyAsync<IOException>(() => File.ReadAllBytesAsync(device)).WaitAsync(FuseSupport.Deadline);
            Assert.Equal(LengthInBytes, (await File.ReadAllBytesAsync(next.PathOf(Name))).Length);
        }
        finally
        {
            await RunAsync("losetup", "--detach", device);
        }
    }

    [Fact]
    public async Task A_served_file_can_be_a_loop_device_and_outlives_nothing()
    {
        await using FuseSession session = FuseSession.StartDetached([new PatternFile(Name, LengthInBytes)]);
        string device = (await RunAsync("losetup", "--find", "--show", "--read-only", session.PathOf(Name))).Trim();
        try
        {
            byte[] bytes = await File.ReadAllBytesAsync(device);
            Assert.True(bytes.AsSpan().SequenceEqual(PatternFile.Bytes(0, LengthInBytes)));
        }
        finally
        {
            await RunAsync("losetup", "--detach", device);
        }
    }

    [Fact]
    public async Task Ten_sessions_at_once_do_not_know_of_each_other()
    {
        FuseSession[] sessions = [.. Enumerable.Range(1, 10).Select(i => FuseSession.StartDetached([new PatternFile(Name, i * 100_000)]))];
        await Task.WhenAll(sessions.Select(async (session, i) =>
        {
            byte[] bytes = await File.ReadAllBytesAsync(session.PathOf(Name));
            Assert.True(bytes.AsSpan().SequenceEqual(PatternFile.Bytes(0, (i + 1) * 100_000)));
        }));
        await Task.WhenAll(sessions.Select(session => session.DisposeAsync().AsTask()));
    }

    [Fact]
    public async Task Fifty_sessions_leave_no_descriptor_and_no_thread()
    {
        using ServerProcess server = ServerProcess.Start([], "cycles", "50");
        Assert.Equal("0 0", await server.ReadLineAsync());
        Assert.Equal(0, await server.StopAsync());
    }

    private static void ReadUntilItFails(string path, CountdownEvent reading)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        byte[] buffer = new byte[65_536];
        RandomAccess.Read(file, buffer, 0);
        reading.Signal();
        Action readOn = () =>
        {
            for (long offset = 0; ; offset = (offset + buffer.Length) % LengthInBytes)
            {
                RandomAccess.Read(file, buffer, offset);
            }
        };
        Assert.ThrowsAny<IOException>(readOn);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(FuseSupport.Deadline);
        Assert.Equal(0, process.ExitCode);
        return output;
    }
}
