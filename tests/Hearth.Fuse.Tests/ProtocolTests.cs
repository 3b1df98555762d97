using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using CsCheck;
using Hearth.Fuse.Protocol;
using Hearth.Fuse.Serving;
using Hearth.Fuse.Statistics;
using Hearth.Fuse.Tests.Support;
using Hearth.Fuse.Transport;
using Hearth.Linux;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Tests;

/// <summary>The handler without a device: what no kernel would send, and what it costs.</summary>
public sealed class ProtocolTests
{
    private const int HeaderSizeInBytes = 40;
    private const ulong FirstFile = 2;

    private readonly FuseCounters counters = new(TimeProvider.System);
    private readonly RecordingSink sink = new();
    private readonly FileReads reads;
    private readonly DeferredInterrupts deferred = new(_ => { });
    private readonly FileSetHandler handler;
    private readonly RequestSlot slot;

    public ProtocolTests()
    {
        reads = new FileReads(new FuseSessionOptions { MaxReadBytes = 65_536 }, counters);
        handler = new FileSetHandler(new FileSet([new PatternFile("a", 100_000)], DateTimeOffset.UnixEpoch), reads, deferred, counters, FuseCaching.PageCache);
        slot = new RequestSlot(sink, () => [sink]);
    }

    [Fact]
    public void Random_requests_break_nothing_and_are_answered_once_at_most()
    {
        Gen<byte[]> bodies = Gen.Byte.Array[0, 120];
        Gen<uint> opcodes = Gen.OneOf(Gen.UInt[0, 60], Gen.UInt);
        Gen<ulong> nodes = Gen.OneOf(Gen.ULong[0, 4], Gen.ULong);
        Gen<int> lengthErrors = Gen.Frequency((9, Gen.Const(0)), (1, Gen.Int[-200, 200]));
        Gen.Select(opcodes, nodes, bodies, lengthErrors).Sample(
            (opcode, node, body, lengthError) =>
            {
                sink.Replies = 0;
                Handle(Request((FuseOpcode)opcode, node, body, lengthError));
                Assert.InRange(sink.Replies, 0, 1);
                Assert.True(sink.Replies == 0 || MemoryMarshal.Read<FuseOutHeader>(sink.Last).Length == sink.Last.Length);
            },
            iter: 20_000,
            threads: 1);
        Assert.True(counters.Snapshot(0).Malformed > 0);
        Assert.Equal(0, counters.Snapshot(0).Errors);
    }

    [Fact]
    public void Random_bytes_break_nothing() =>
        Gen.Byte.Array[0, 200].Sample(bytes => Handle(bytes), iter: 5000, threads: 1);

    [Theory]
    [InlineData(FuseOpcode.Read, FirstFile, 39, Errno.EPROTO)]
    [InlineData(FuseOpcode.Lookup, 1ul, 0, Errno.EPROTO)]
    [InlineData(FuseOpcode.Open, FirstFile, 7, Errno.EPROTO)]
    [InlineData(FuseOpcode.ReadDir, 1ul, 8, Errno.EPROTO)]
    [InlineData(FuseOpcode.Read, 1ul, 40, Errno.EISDIR)]
    [InlineData(FuseOpcode.Read, 99ul, 40, Errno.ENOENT)]
    [InlineData(FuseOpcode.GetAttr, 99ul, 16, Errno.ENOENT)]
    [InlineData(FuseOpcode.OpenDir, FirstFile, 8, Errno.ENOTDIR)]
    [InlineData(FuseOpcode.Write, FirstFile, 40, Errno.ENOSYS)]
    [InlineData((FuseOpcode)4242, 1ul, 0, Errno.ENOSYS)]
    public void A_request_that_cannot_be_served_gets_its_error(FuseOpcode opcode, ulong node, int bodyLength, Errno expected)
    {
        Handle(Request(opcode, node, new byte[bodyLength]));
        Assert.Equal(-(int)expected, MemoryMarshal.Read<FuseOutHeader>(sink.Last).Error);
        Assert.Equal(expected == Errno.EPROTO ? 1 : 0, counters.Snapshot(0).Malformed);
    }

    [Fact]
    public void A_read_longer_than_agreed_or_below_zero_is_malformed()
    {
        Handle(ReadRequest(0, 65_537));
        Handle(ReadRequest(1ul << 63, 4096));
        Assert.Equal(2, counters.Snapshot(0).Malformed);
        Handle(ReadRequest(long.MaxValue, 4096));
        Assert.Equal(16, sink.Last.Length);
    }

    [Fact]
    public void A_write_open_is_refused_as_read_only()
    {
        Handle(Request(FuseOpcode.Open, FirstFile, BytesOf(new FuseOpenIn { Flags = 2 })));
        Assert.Equal(-(int)Errno.EROFS, MemoryMarshal.Read<FuseOutHeader>(sink.Last).Error);
    }

    [Fact]
    public void A_lookup_finds_the_exact_name_only()
    {
        Handle(Request(FuseOpcode.Lookup, 1, Encoding.UTF8.GetBytes("a\0")));
        Assert.Equal(FirstFile, MemoryMarshal.Read<FuseEntryOut>(sink.Last.AsSpan(16)).NodeId);
        Handle(Request(FuseOpcode.Lookup, 1, Encoding.UTF8.GetBytes("ab\0")));
        Assert.Equal(-(int)Errno.ENOENT, MemoryMarshal.Read<FuseOutHeader>(sink.Last).Error);
    }

    [Fact]
    public void A_directory_is_read_in_pieces_of_any_size()
    {
        var set = new FileSet([.. Enumerable.Range(0, 50).Select(i => new PatternFile($"file{i}", 1))], DateTimeOffset.UnixEpoch);
        var many = new FileSetHandler(set, reads, deferred, counters, FuseCaching.None);
        List<string> names = [];
        for (ulong position = 0, before = ulong.MaxValue; position != before;)
        {
            before = position;
            reads.TryPrepare(slot);
            many.Handle(Request(FuseOpcode.ReadDir, 1, BytesOf(new FuseReadIn { Offset = position, Size = 100 })), slot);
            Assert.InRange(sink.Last.Length, 16, 116);
            position = TakeNames(sink.Last.AsSpan(16), position, names);
        }

        Assert.Equal([".", "..", .. Enumerable.Range(0, 50).Select(i => $"file{i}")], names);
    }

    [Fact]
    public void A_served_read_allocates_nothing()
    {
        byte[] request = ReadRequest(4096, 65_536);
        var silent = new RequestSlot(new SilentSink(), () => []);
        Assert.Equal(0, AllocatedBy(1000, request, silent));
    }

    [Fact]
    public void An_interrupt_for_an_unknown_request_is_to_be_repeated()
    {
        Handle(Request(FuseOpcode.Interrupt, 0, BytesOf(new FuseInterruptIn { Unique = 77 })));
        Assert.Equal(-(int)Errno.EAGAIN, MemoryMarshal.Read<FuseOutHeader>(sink.Last).Error);
    }

    [Fact]
    public void Forgetting_has_no_reply()
    {
        Handle(Request(FuseOpcode.Forget, FirstFile, new byte[8]));
        Handle(Request(FuseOpcode.BatchForget, 0, new byte[8]));
        Assert.Equal(0, sink.Replies);
    }

    [Theory]
    [InlineData(6u, 40u, false)]
    [InlineData(7u, 35u, false)]
    [InlineData(7u, 36u, true)]
    [InlineData(7u, 99u, true)]
    [InlineData(8u, 0u, false)]
    public void A_kernel_is_judged_by_its_version(uint major, uint minor, bool suitable) =>
        Assert.Equal(suitable, SessionHandshake.Of(65_536, 4096).IsSuitable(new FuseInitIn { Major = major, Minor = minor }));

    [Fact]
    public void Only_what_the_kernel_offers_is_agreed_on()
    {
        FuseInitOut answer = SessionHandshake.Of(65_536, 4096).Answer(new FuseInitIn { Major = 7, Minor = 36, Flags = (uint)FuseInitFlags.MaxPages });
        Assert.Equal((uint)FuseInitFlags.MaxPages, answer.Flags);
        Assert.Equal(36u, answer.Minor);
        Assert.Equal(65_536 / Environment.SystemPageSize, answer.MaxPages);
        Assert.Equal((4096, 3072), (answer.MaxBackground, answer.CongestionThreshold));
    }

    [Fact]
    public void Percentiles_are_at_most_an_eighth_above_the_truth()
    {
        var histogram = new LatencyHistogram();
        for (int microseconds = 1; microseconds <= 1000; microseconds++)
        {
            histogram.Add(TimeSpan.FromMicroseconds(microseconds));
        }

        LatencySummary summary = histogram.Summarize();
        Assert.Equal(1000, summary.Count);
        Assert.InRange(summary.Median.TotalMicroseconds, 500, 563);
        Assert.InRange(summary.Percentile99.TotalMicroseconds, 990, 1114);
        Assert.InRange(summary.Longest.TotalMicroseconds, 1000, 1125);
        Assert.Equal(TimeSpan.FromMicroseconds(500_500), summary.Total);
        Assert.Equal((LatencySummary.Bounds.Count + 1, 1000), (summary.Counts.Count, summary.Counts.Sum()));
        Assert.InRange(summary.Counts[0], 88, 100);
        Assert.InRange(summary.Counts[1] + summary.Counts[0], 440, 500);
    }

    [Fact]
    public void The_longest_and_the_shortest_durations_have_a_bucket()
    {
        var histogram = new LatencyHistogram();
        histogram.Add(TimeSpan.Zero);
        Assert.Equal(TimeSpan.Zero, histogram.Summarize().Longest);
        histogram.Add(TimeSpan.FromDays(100 * 365));
        histogram.Add(TimeSpan.MaxValue);
        Assert.Equal(3, histogram.Summarize().Count);
    }

    private long AllocatedBy(int count, byte[] request, RequestSlot own)
    {
        long before = 0;
        for (int i = -100; i < count; i++)
        {
            if (i == 0)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            own.StartedAt = TimeProvider.System.GetTimestamp();
            reads.TryPrepare(own);
            handler.Handle(request, own);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private void Handle(byte[] request)
    {
        Assert.True(reads.TryPrepare(slot));
        handler.Handle(request, slot);
    }

    private static byte[] Request(FuseOpcode opcode, ulong node, byte[] body, int lengthError = 0)
    {
        var header = new FuseInHeader { Length = (uint)(HeaderSizeInBytes + body.Length + lengthError), Opcode = opcode, Unique = 8, NodeId = node };
        return [.. BytesOf(header), .. body];
    }

    private static byte[] ReadRequest(ulong offset, uint size) => Request(FuseOpcode.Read, FirstFile, BytesOf(new FuseReadIn { Offset = offset, Size = size }));

    private static byte[] BytesOf<T>(T value)
        where T : unmanaged
    {
        byte[] bytes = new byte[Unsafe.SizeOf<T>()];
        MemoryMarshal.Write(bytes, in value);
        return bytes;
    }

    private static ulong TakeNames(ReadOnlySpan<byte> entries, ulong position, List<string> names)
    {
        while (entries.Length > 0)
        {
            FuseDirent entry = MemoryMarshal.Read<FuseDirent>(entries);
            names.Add(Encoding.UTF8.GetString(entries.Slice(24, (int)entry.NameLength)));
            position = entry.Offset;
            entries = entries[((24 + (int)entry.NameLength + 7) & ~7)..];
        }

        return position;
    }

    private sealed class RecordingSink : IReplySink
    {
        public int Replies { get; set; }

        public byte[] Last { get; private set; } = [];

        public Errno Send(ReadOnlySpan<byte> reply)
        {
            Replies++;
            Last = reply.ToArray();
            return Errno.None;
        }
    }

    private sealed class SilentSink : IReplySink
    {
        public Errno Send(ReadOnlySpan<byte> reply) => Errno.None;
    }
}
