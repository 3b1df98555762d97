using System.Diagnostics;
using Hearth.Fuse.Tests.Support;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Fuse.Tests;

/// <summary>A thousand reads whose bytes do not come, on one session: whoever reads anything else notices nothing.</summary>
public sealed class ManyWaitingReadsTests
{
    private const int Reads = 1000;
    private const int ReadInBytes = 5000;
    private const int LengthInBytes = Reads * ReadInBytes;

    public ManyWaitingReadsTests() => FuseSupport.SkipUnlessUsable();

    [Fact]
    public async Task A_thousand_reads_that_wait_hold_no_thread_and_leave_others_untouched()
    {
        const int threads = 2;
        var slow = new GatedFile("slow", LengthInBytes);
        await using FuseSession session = FuseSession.StartDetached([slow, new PatternFile("fast", LengthInBytes)], new() { Threads = threads });
        Task<byte[]>[] waiting = StartReads(session.PathOf("slow"));
        await slow.WaitForReadsAsync(Reads);
        Assert.Equal(Reads, session.Statistics.PendingReads);
        Assert.InRange(slow.Callers, 1, threads);

        await AssertFastAsync(session);
        Assert.DoesNotContain(waiting, read => read.IsCompleted);
        slow.Open();
        await AssertRightAsync(waiting);
        Assert.Equal(0, session.Statistics.Errors);
    }

    /// <summary>A file of a directory that hangs, as one of a network file system may, keeps the thread that asks.</summary>
    [Fact]
    public async Task A_thousand_reads_that_hang_their_threads_leave_others_untouched()
    {
        using var hanging = new BlockingFile("hanging", LengthInBytes);
        await using FuseSession session = FuseSession.StartDetached([hanging, new PatternFile("fast", LengthInBytes)]);
        Task<byte[]>[] waiting = StartReads(session.PathOf("hanging"));
        await hanging.WaitForReadsAsync(Reads);

        await AssertFastAsync(session);
        Assert.DoesNotContain(waiting, read => read.IsCompleted);
        hanging.Open();
        await AssertRightAsync(waiting);

        // The threads that took their place leave, and those that stay serve on.
        for (int i = 0; i < Reads; i++)
        {
            await AssertFastAsync(session);
        }

        Assert.Equal(0, session.Statistics.Errors);
    }

    /// <summary>The kernel bounds such requests by what was agreed on with it, and calls them background.</summary>
    [Fact]
    public async Task A_thousand_asynchronous_reads_of_one_process_leave_others_untouched()
    {
        Assert.SkipUnless(AsyncReads.IsSupported, "the numbers of io_submit's family are known for x86-64 and arm64");
        using var reads = new AsyncReads(Reads, ReadInBytes);
        using var other = new AsyncReads(1, ReadInBytes);
        var slow = new GatedFile("slow", LengthInBytes);
        await using FuseSession session = FuseSession.StartDetached([slow, new PatternFile("fast", LengthInBytes)]);
        using SafeFileHandle file = File.OpenHandle(session.PathOf("slow"));
        Task submitting = Task.Run(() => reads.Submit(file));
        await slow.WaitForReadsAsync(Reads);

        await AssertFastAsync(session);
        using SafeFileHandle fast = File.OpenHandle(session.PathOf("fast"));
        other.Submit(fast);
        byte[][] others = await Task.Run(other.WaitForAll).WaitAsync(FuseSupport.Deadline);
        Assert.True(others[0].AsSpan().SequenceEqual(PatternFile.Bytes(0, ReadInBytes)));

        slow.Open();
        await submitting.WaitAsync(FuseSupport.Deadline);
        byte[][] results = await Task.Run(reads.WaitForAll).WaitAsync(FuseSupport.Deadline);
        Assert.All(results, (bytes, i) => Assert.True(bytes.AsSpan().SequenceEqual(PatternFile.Bytes((long)i * ReadInBytes, ReadInBytes))));
    }

    [Fact]
    public async Task Some_of_a_thousand_waiting_readers_can_be_killed()
    {
        const int killed = 20;
        var slow = new GatedFile("slow", LengthInBytes);
        await using FuseSession session = FuseSession.StartDetached([slow]);
        Task<byte[]>[] waiting = StartReads(session.PathOf("slow"));
        Process[] readers = [.. Enumerable.Range(0, killed).Select(_ => Process.Start(new ProcessStartInfo("cat", [session.PathOf("slow")]) { RedirectStandardOutput = true })!)];
        await slow.WaitForReadsAsync(Reads + killed);
        Array.ForEach(readers, reader => reader.Kill());
        foreach (Process reader in readers)
        {
            await reader.WaitForExitAsync().WaitAsync(FuseSupport.Deadline);
            reader.Dispose();
        }

        for (int i = 0; i < killed; i++)
        {
            await slow.WaitForCancellationAsync();
        }

        Assert.Equal(killed, session.Statistics.Interrupted);
        Assert.DoesNotContain(waiting, read => read.IsCompleted);
        slow.Open();
        await AssertRightAsync(waiting);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Disposal_ends_a_thousand_waiting_reads_and_waits_for_them(bool heedsCancellation)
    {
        var slow = new GatedFile("slow", LengthInBytes, heedsCancellation);
        FuseSession session = FuseSession.StartDetached([slow]);
        Task<byte[]>[] waiting = StartReads(session.PathOf("slow"));
        await slow.WaitForReadsAsync(Reads);

        Task disposal = session.DisposeAsync().AsTask();
        foreach (Task<byte[]> read in waiting)
        {
            await Assert.ThrowsAnyAsync<IOException>(() => read.WaitAsync(FuseSupport.Deadline));
        }

        if (!heedsCancellation)
        {
            // Their buffers are still the files' to write to.
            Assert.False(disposal.IsCompleted);
            Assert.Equal(Reads, session.Statistics.PendingReads);
            slow.Open();
        }

        await disposal.WaitAsync(FuseSupport.Deadline);
        Assert.Equal(FuseSessionEnd.Disposed, await session.Completion);
        Assert.Equal(0, session.Statistics.PendingReads);
    }

    [Fact]
    public async Task A_killed_server_ends_a_thousand_waiting_reads()
    {
        using var directory = new TemporaryDirectory();
        using ServerProcess server = ServerProcess.Start([], "stuck", directory.Path, $"{Reads}");
        string path = (await server.ReadLineAsync())!;
        Task<byte[]>[] waiting = StartReads(path, readInBytes: 100);
        Assert.Equal("somebody waits", await server.ReadLineAsync());
        await server.KillAsync();
        foreach (Task<byte[]> read in waiting)
        {
            await Assert.ThrowsAnyAsync<IOException>(() => read.WaitAsync(FuseSupport.Deadline));
        }

        Assert.True(FuseMounts.DetachStale(directory.Path));
    }

    private static async Task AssertFastAsync(FuseSession session)
    {
        byte[] bytes = await Task.Run(() => File.ReadAllBytes(session.PathOf("fast"))).WaitAsync(FuseSupport.Deadline);
        Assert.True(bytes.AsSpan().SequenceEqual(PatternFile.Bytes(0, LengthInBytes)));
    }

    private static async Task AssertRightAsync(Task<byte[]>[] reads)
    {
        byte[][] results = await Task.WhenAll(reads).WaitAsync(FuseSupport.Deadline);
        Assert.All(results, (bytes, i) => Assert.True(bytes.AsSpan().SequenceEqual(PatternFile.Bytes((long)i * ReadInBytes, ReadInBytes))));
    }

    /// <summary>A thread for each read, with a small stack.</summary>
    private static Task<byte[]>[] StartReads(string path, int readInBytes = ReadInBytes)
    {
        const int stackInBytes = 128 * 1024;
        SafeFileHandle file = File.OpenHandle(path);
        int left = Reads;
        return [.. Enumerable.Range(0, Reads).Select(i =>
        {
            var result = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
            new Thread(
                () =>
                {
                    try
                    {
                        byte[] bytes = new byte[readInBytes];
                        int count = RandomAccess.Read(file, bytes, (long)i * readInBytes);
                        result.SetResult(bytes[..count]);
                    }
                    catch (IOException failure)
                    {
                        result.SetException(failure);
                    }

                    if (Interlocked.Decrement(ref left) == 0)
                    {
                        file.Dispose();
                    }
                },
                stackInBytes).Start();
            return result.Task;
        })];
    }
}
