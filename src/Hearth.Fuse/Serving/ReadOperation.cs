using System.Runtime.CompilerServices;
using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Memory;

namespace Hearth.Fuse.Serving;

/// <summary>
/// One READ in progress and the buffer for its bytes; it is reused. Exactly one thread answers the kernel: the one that
/// claims the request's number (<see cref="TryClaim"/>). That is the thread that completes the read, or the one that handles
/// its interrupt. Only the completing thread reuses the operation, since the file may write into the buffer until then.
/// </summary>
internal sealed class ReadOperation : IDisposable
{
    private readonly NativeBuffer buffer;
    private readonly Action completed;
    private CancellationTokenSource cancellation = new();
    private ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter awaiter;
    private ulong unique;

    /// <param name="maxReadBytes">Maximum number of bytes that a read may request.</param>
    /// <param name="finish">Called once for each read that was passed to <see cref="Await"/>.</param>
    public ReadOperation(int maxReadBytes, Action<ReadOperation> finish)
    {
        // The header ends at a page boundary. So header and bytes form one message, and the bytes are page-aligned.
        buffer = new NativeBuffer(Environment.SystemPageSize + maxReadBytes);
        completed = () => finish(this);
    }

    public IReplySink Sink { get; private set; } = null!;

    public IFuseFile File { get; private set; } = null!;

    public long Offset { get; private set; }

    /// <summary>Number of bytes that the answer must have.</summary>
    public int Length { get; private set; }

    /// <summary>The id of the reading thread; 0 if this process cannot see it.</summary>
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

    /// <summary>Registers the finish callback, which runs when the read completes, on the thread that completes it.</summary>
    public void Await(ValueTask<int> read)
    {
        awaiter = read.ConfigureAwait(false).GetAwaiter();
        awaiter.UnsafeOnCompleted(completed);
    }

    /// <summary>Returns the result of the awaited read, or throws its exception; call it once.</summary>
    public int TakeResult()
    {
        ConfiguredValueTaskAwaitable<int>.ConfiguredValueTaskAwaiter finished = awaiter;
        awaiter = default;
        return finished.GetResult();
    }

    /// <summary>The number of the request in progress; 0 if there is none or it has been answered.</summary>
    public ulong Unique => Volatile.Read(ref unique);

    /// <summary>Claims the right to answer the request; false if another thread has claimed it.</summary>
    public bool TryClaim(ulong request) => request != 0 && Interlocked.CompareExchange(ref unique, 0, request) == request;

    /// <summary>
    /// Claims a request for an answer that does not wait for the file. The number is checked before and after reading the
    /// fields, and numbers are never reused. So the returned fields belong to that request.
    /// </summary>
    /// <param name="request">The request's number.</param>
    /// <param name="interrupted">Where to answer, and what cancels the read.</param>
    public bool TryInterrupt(ulong request, out InterruptedRead interrupted)
    {
        interrupted = Unique == request ? new InterruptedRead(Sink, cancellation) : default;
        return interrupted.Sink is not null && TryClaim(request);
    }

    /// <summary>Sends the bytes with the header directly before them.</summary>
    public Errno SendBytes(ulong request)
    {
        int headerStart = Environment.SystemPageSize - FuseReply.HeaderSizeInBytes;
        Span<byte> message = buffer.GetSpan().Slice(headerStart, FuseReply.HeaderSizeInBytes + Length);
        FuseReply.WriteHeader(message, request, Errno.None, message.Length);
        return Sink.Send(message);
    }

    public CancellationTokenSource Cancellation => cancellation;

    /// <summary>
    /// Prepares the operation for the next read. After an interruption it gets a new cancellation source, since the
    /// interrupting thread uses the old one.
    /// </summary>
    public void Reset(bool wasInterrupted)
    {
        Sink = null!;
        File = null!;
        if (wasInterrupted || !cancellation.TryReset())
        {
            cancellation = new CancellationTokenSource();
        }
    }

    /// <summary>
    /// Frees the buffer. The cancellation source holds no resources, and an interrupting thread may be about to cancel it.
    /// </summary>
    public void Dispose() => ((IDisposable)buffer).Dispose();
}
