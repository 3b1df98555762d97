using System.Diagnostics;
using Hearth.Fuse.Tests.Support;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Tests;

public sealed class SlowReadTests
{
    private const int LengthInBytes = 1 << 20;

    public SlowReadTests() => FuseSupport.SkipUnlessUsable();

    [Fact]
    public async Task A_fast_file_is_read_while_more_slow_reads_wait_than_there_are_threads()
    {
        const int slowReads = 12;
        var slow = new GatedFile("slow", LengthInBytes);
        var options = new FuseSessionOptions { Caching = FuseCaching.None, Threads = 2 };
        await using FuseSession session = FuseSession.StartDetached([slow, new PatternFile("fast", LengthInBytes)], options);
        Task<byte[]>[] waiting = [.. Enumerable.Range(0, slowReads).Select(i => ReadAsync(session.PathOf("slow"), i * 10_000, 5000))];
        await slow.WaitForReadsAsync(slowReads);
        Assert.Equal(slowReads, session.Statistics.PendingReads);

        byte[] fast = await ReadAsync(session.PathOf("fast"), 0, LengthInBytes).WaitAsync(FuseSupport.Deadline);
        Assert.True(fast.AsSpan().SequenceEqual(PatternFile.Bytes(0, LengthInBytes)));
        Assert.DoesNotContain(waiting, read => read.IsCompleted);

        slow.Open();
        for (int i = 0; i < slowReads; i++)
        {
            Assert.Equal(PatternFile.Bytes(i * 10_000, 5000), await waiting[i].WaitAsync(FuseSupport.Deadline));
        }

        Assert.Equal(0, session.Statistics.Errors);
    }

    [Fact]
    public async Task Reads_that_keep_their_threads_leave_one_for_the_others()
    {
        const int threads = 8;
        using var blocking = new BlockingFile("blocking", LengthInBytes);
        var options = new FuseSessionOptions { Threads = threads };
        await using FuseSession session = FuseSession.StartDetached([blocking, new PatternFile("fast", LengthInBytes)], options);
        Task<byte[]>[] waiting = [.. Enumerable.Range(0, threads - 1).Select(i => ReadAsync(session.PathOf("blocking"), i * 10_000, 5000))];
        await blocking.WaitForReadsAsync(threads - 1);

        byte[] fast = await ReadAsync(session.PathOf("fast"), 0, LengthInBytes).WaitAsync(FuseSupport.Deadline);
        Assert.True(fast.AsSpan().SequenceEqual(PatternFile.Bytes(0, LengthInBytes)));
        Assert.DoesNotContain(waiting, read => read.IsCompleted);
        blocking.Open();
        byte[][] late = await Task.WhenAll(waiting).WaitAsync(FuseSupport.Deadline);
        Assert.All(late, (bytes, i) => Assert.Equal(PatternFile.Bytes(i * 10_000, 5000), bytes));
    }

    [Fact]
    public async Task More_slow_reads_than_may_be_pending_wait_their_turn()
    {
        var slow = new GatedFile("slow", LengthInBytes);
        var options = new FuseSessionOptions { Caching = FuseCaching.None, Threads = 2, MaxPendingReads = 3 };
        await using FuseSession session = FuseSession.StartDetached([slow], options);
        Task<byte[]>[] waiting = [.. Enumerable.Range(0, 20).Select(i => ReadAsync(session.PathOf("slow"), i * 1000, 1000))];
        await slow.WaitForReadsAsync(3);
        Assert.InRange(session.Statistics.PendingReads, 3, 5);
        slow.Open();
        await Task.WhenAll(waiting).WaitAsync(FuseSupport.Deadline);
    }

    [Theory]
    [InlineData(FuseCaching.None, true)]
    [InlineData(FuseCaching.None, false)]
    [InlineData(FuseCaching.PageCache, true)]
    public async Task A_process_killed_in_a_read_dies_though_the_bytes_never_come(FuseCaching caching, bool heedsCancellation)
    {
        var slow = new GatedFile("slow", LengthInBytes, heedsCancellation);
        await using FuseSession session = FuseSession.StartDetached([slow], new() { Caching = caching });
        using Process reader = Process.Start(new ProcessStartInfo("cat", [session.PathOf("slow")]) { RedirectStandardOutput = true })!;
        await slow.WaitForReadsAsync(1);
        reader.Kill();
        await reader.WaitForExitAsync().WaitAsync(FuseSupport.Deadline);
        if (caching == FuseCaching.None)
        {
            // A read into the page cache belongs to no process, so the kernel interrupts it for none.
            await slow.WaitForCancellationAsync();
            Assert.Equal(1, session.Statistics.Interrupted);
            Assert.Contains(FuseOpcode.Interrupt, session.Statistics.Requests);
        }

        Assert.Equal(0, session.Statistics.Errors);
        slow.Open();
    }

    /// <summary>A regular file's read(2) ends with its bytes, whatever signals come meanwhile; only a deadly one ends it early.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_read_under_signals_goes_on_until_the_bytes_come_or_the_process_is_killed(bool isKilled)
    {
        // Reads under a timer of 10 ms, with no SA_RESTART, and says what came of it.
        const string Reader = "$SIG{ALRM} = sub { $signals++ }; $timer = pack('q4', 0, 10000, 0, 10000); syscall(38, 0, $timer, 0); open(F, '<', $ARGV[0]) or die; $count = sysread(F, $bytes, 5000); print defined $count ? $count : $!, $signals ? ' after signals' : '', qq(\n)";
        var slow = new GatedFile("slow", LengthInBytes);
        await using FuseSession session = FuseSession.StartDetached([slow], new() { Caching = FuseCaching.None, Threads = 4 });
        using Process reader = Process.Start(new ProcessStartInfo("perl", ["-e", Reader, session.PathOf("slow")]) { RedirectStandardOutput = true })!;
        await slow.WaitForReadsAsync(1);
        Assert.True(SpinWait.SpinUntil(() => session.Statistics.Requests.GetValueOrDefault(FuseOpcode.Interrupt) >= 2, FuseSupport.Deadline));
        Assert.Equal(0, session.Statistics.Interrupted);
        if (isKilled)
        {
            reader.Kill();
        }
        else
        {
            slow.Open();
        }

        string output = await reader.StandardOutput.ReadToEndAsync().WaitAsync(FuseSupport.Deadline);
        await reader.WaitForExitAsync().WaitAsync(FuseSupport.Deadline);
        Assert.Equal(isKilled ? "" : "5000 after signals\n", output);
        Assert.Equal(isKilled ? 1 : 0, session.Statistics.Interrupted);
        slow.Open();
    }

    [Fact]
    public async Task A_session_serves_on_after_an_interrupted_read()
    {
        var slow = new GatedFile("slow", LengthInBytes);
        await using FuseSession session = FuseSession.StartDetached([slow], new() { Caching = FuseCaching.None, Threads = 1, MaxPendingReads = 1 });
        for (int i = 0; i < 5; i++)
        {
            using Process reader = Process.Start(new ProcessStartInfo("cat", [session.PathOf("slow")]) { RedirectStandardOutput = true })!;
            await slow.WaitForReadsAsync(1);
            reader.Kill();
            await reader.WaitForExitAsync().WaitAsync(FuseSupport.Deadline);
        }

        slow.Open();
        byte[] bytes = await ReadAsync(session.PathOf("slow"), 0, LengthInBytes).WaitAsync(FuseSupport.Deadline);
        Assert.True(bytes.AsSpan().SequenceEqual(PatternFile.Bytes(0, LengthInBytes)));
    }

    private static Task<byte[]> ReadAsync(string path, long offset, int length) => Task.Factory.StartNew(
        () =>
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            file.Position = offset;
            byte[] bytes = new byte[length];
            file.ReadExactly(bytes);
            return bytes;
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);
}
