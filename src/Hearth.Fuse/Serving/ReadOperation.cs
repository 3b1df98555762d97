using System.Runtime.CompilerServices;
using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Memory;

namespace Hearth.Fuse.Serving;

/// <summary>
/// One READ under way, with the buffer its bytes go to; used again and again. Whoever takes the request's number out of
/// it (<see cref="TryClaim"/>) answers the kernel, and nobody else: the one that completes the read, or the one that was
/// told that nobody waits for it. Only the first uses the operation again, since the file may write into the buffer till then.
/// </summary>
internal sealed class ReadOperation : IDisposable
{
    private readonly NativeBuffer buffer;
    private readonly Action completed;
    private CancellationTokenSource cancellation = new();
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter awaiter;
    private ulong unique;

    /// <param name="maxReadBytes">Most bytes that a read may ask for.</param>
    /// <param name="finish">Called once for each read that has been started with <see cref="Await"/>.</param>
    public ReadOperation(int maxReadBytes, Action<ReadOperation> finish)
    {
        // The header ends where a page begins, so that header and bytes are one message and the bytes are aligned.
        buffer = new NativeBuffer(Environment.SystemPageSize + maxReadBytes);
        completed = () => finish(this);
    }

    public IReplySink Sink { get; private set; } = null!;

    public IFuseFile File { get; private set; } = null!;

    public long Offset { get; private set; }

    /// <summary>How many bytes the answer is to have.</summary>
    public int Length { get; private set; }

    /// <summary>The id of the thread that reads; 0 for one that this process cannot see.</summary>
    public uint Reader { get; private set; }

    /// <summary>The clock's time stamp of the request's arrival.</summary>
    public long StartedAt { get; private set; }

    public Memory<byte> Destination => buffer.Memory.Slice(Environment.SystemPageSize, Length);

    public CancellationToken Token => cancellation.Token;

    public void Begin(ulong request, uint reader, RequestSlot slot, IFuseFile file, long offset, int length)
    {
        Reader = reader;
        Sink = slot.Sink;
        File = file;
        Offset = offset;
        Length = length;
        StartedAt = slot.StartedAt;
        Volatile.Write(ref unique, request);
    }

    /// <summary>Has the rest done when the read completes, on the thread that completes it.</summary>
    public void Await(ValueTask<int> read)
    {
        awaiter = read.ConfigureAwait(false).GetAwaiter();
        awaiter.UnsafeOnCompleted(completed);
    }

    /// <summary>What the awaited read gave, or its exception; once.</summary>
    public int TakeResult()
    {
        ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter finished = awaiter;
        awaiter = default;
        return finished.GetResult();
    }

    /// <summary>The number of the request under way; 0 where none is, or it has been answered.</summary>
    public ulong Unique => Volatile.Read(ref unique);

    /// <summary>Takes the right to answer the request; false where another has taken it.</summary>
    public bool TryClaim(ulong request) => request != 0 && Interlocked.CompareExchange(ref unique, 0, request) == request;

    /// <summary>
    /// Claims a request for an answer that does not wait for the file. The number is looked at before and after, and
    /// never comes again: so what is given is that very request's.
    /// </summary>
    /// <param name="request">Its number.</param>
    /// <param name="interrupted">Where to answer, and what cancels the read.</param>
    public bool TryInterrupt(ulong request, out InterruptedRead interrupted)
    {
        interrupted = Unique == request ? new InterruptedRead(Sink, cancellation) : default;
        return interrupted.Sink is not null && TryClaim(request);
    }

    /// <summary>Sends the bytes, with the header right before them.</summary>
    public Errno SendBytes(ulong request)
    {
        int headerStart = Environment.SystemPageSize - FuseReply.HeaderSizeInBytes;
        Span<byte> message = buffer.GetSpan().Slice(headerStart, FuseReply.HeaderSizeInBytes + Length);
        FuseReply.WriteHeader(message, request, Errno.None, message.Length);
        return Sink.Send(message);
    }

    public CancellationTokenSource Cancellation => cancellation;

    /// <summary>Makes the operation fit for the next read. The source of one that was interrupted is the interrupter's.</summary>
    public void Reset(bool wasInterrupted)
    {
        Sink = null!;
        File = null!;
        if (wasInterrupted || !cancellation.TryReset())
        {
            cancellation = new CancellationTokenSource();
        }
    }

    /// <summary>Frees the buffer. The source holds nothing, and who interrupted may be about to cancel it.</summary>
    public void Dispose() => ((IDisposable)buffer).Dispose();
}
