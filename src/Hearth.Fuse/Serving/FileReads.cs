using Hearth.Fuse.Protocol;
using Hearth.Fuse.Statistics;
using Hearth.Linux;
using Hearth.Linux.Processes;

namespace Hearth.Fuse.Serving;

/// <summary>
/// The READs of a session. It starts each on its file, and answers it when it completes, immediately or later, in any order.
/// A completed read allocates nothing.
/// </summary>
internal sealed class FileReads
{
    private readonly ReadOperationPool pool;
    private readonly FuseCounters counters;

    public FileReads(FuseSessionOptions options, FuseCounters counters)
    {
        this.counters = counters;
        MaxReadBytes = options.MaxReadBytes;
        Action<ReadOperation> finish = FinishAwaited;
        pool = new ReadOperationPool(options.MaxPendingReads + options.Threads, options.Threads, () => new ReadOperation(options.MaxReadBytes, finish));
    }

    public int MaxReadBytes { get; }

    public int Pending => pool.CountUnderWay();

    /// <summary>
    /// Gives a slot an operation for the next request; waits while too many reads are in progress. Call it before taking a
    /// request from the kernel. The kernel then keeps the request until there is room, and an interrupt finds every READ that
    /// was taken.
    /// </summary>
    /// <returns>False once the session is ending.</returns>
    public bool TryPrepare(RequestSlot slot)
    {
        slot.Operation ??= pool.Rent();
        return slot.Operation is not null;
    }

    /// <summary>Returns a slot's operation to the pool.</summary>
    public void Release(RequestSlot slot)
    {
        if (slot.Operation is not null)
        {
            pool.Return(slot.Operation, wasInterrupted: false);
            slot.Operation = null;
        }
    }

    /// <param name="slot">Gives up its operation if the read has to wait.</param>
    /// <param name="request">The request's number.</param>
    /// <param name="reader">The id of the thread that waits for the bytes.</param>
    /// <param name="file">The file to read.</param>
    /// <param name="offset">In bytes, within the file.</param>
    /// <param name="length">At least 1, not past the file's end, at most <see cref="MaxReadBytes"/>.</param>
    public void Start(RequestSlot slot, ulong request, uint reader, IFuseFile file, long offset, int length)
    {
        ReadOperation operation = slot.Operation!;
        operation.Begin(request, reader, slot, file, offset, length);
        bool claimed;
        try
        {
            ValueTask<int> read = file.ReadAsync(offset, operation.Destination, operation.Token);
            if (!read.IsCompleted)
            {
                slot.Operation = null;
                operation.Await(read);
                return;
            }

            claimed = Finish(operation, read.GetAwaiter().GetResult());
        }
        catch (Exception failure) when (slot.Operation is not null)
        {
            claimed = Fail(operation, Describe(failure));
        }

        operation.Reset(wasInterrupted: !claimed);
    }

    /// <summary>
    /// Answers a read with EINTR if its process is being killed, at the queue it came from, and cancels it. A read
    /// interrupted by any other signal continues, as reads of regular files do.
    /// </summary>
    public InterruptOutcome Interrupt(ulong request)
    {
        if (pool.FindReader(request) is not { } reader)
        {
            return InterruptOutcome.Unknown;
        }

        if (!PendingSignals.IncludeKill(reader))
        {
            return InterruptOutcome.GoesOn;
        }

        if (!pool.TryInterrupt(request, out InterruptedRead interrupted))
        {
            return InterruptOutcome.Unknown;
        }

        counters.CountInterrupted();
        Span<byte> header = stackalloc byte[FuseReply.HeaderSizeInBytes];
        CheckSent(interrupted.Sink.Send(FuseReply.Status(header, request, Errno.EINTR)), counters);

        // Callbacks that the file registered for cancellation must not keep this thread from taking requests.
        ThreadPool.UnsafeQueueUserWorkItem(static state => state.Reads.Cancel(state.Source), (Reads: this, Source: interrupted.Cancellation), preferLocal: false);
        return InterruptOutcome.Ended;
    }

    /// <summary>Cancels all reads and refuses new ones.</summary>
    /// <returns>Completes when the last read ends.</returns>
    public Task CloseAsync()
    {
        Task drained = pool.Close(out IReadOnlyList<CancellationTokenSource> underWay);
        foreach (CancellationTokenSource cancellation in underWay)
        {
            Cancel(cancellation);
        }

        return drained;
    }

    /// <summary>Records a fault if the kernel refuses a reply.</summary>
    public static void CheckSent(Errno errno, FuseCounters counters)
    {
        if (errno is not (Errno.None or Errno.ENOENT or Errno.ENODEV or Errno.ECONNABORTED))
        {
            counters.AddFault(null, 0, 0, $"the kernel refused a reply: {errno}");
        }
    }

    private void FinishAwaited(ReadOperation operation)
    {
        bool claimed;
        try
        {
            claimed = Finish(operation, operation.TakeResult());
        }
        catch (Exception failure)
        {
            claimed = Fail(operation, Describe(failure));
        }

        pool.Return(operation, wasInterrupted: !claimed);
    }

    /// <summary>Answers with the bytes, or with EIO if some are missing; returns false if the read was interrupted.</summary>
    private bool Finish(ReadOperation operation, int count)
    {
        if (count != operation.Length)
        {
            return Fail(operation, $"the file returned {count} bytes");
        }

        ulong request = operation.Unique;
        if (!operation.TryClaim(request))
        {
            return false;
        }

        counters.CountRead(count);
        CheckSent(operation.SendBytes(request), counters);
        counters.AddLatency(operation.StartedAt);
        return true;
    }

    /// <summary>Answers with EIO; returns false if the read was interrupted, which makes it end with an exception.</summary>
    private bool Fail(ReadOperation operation, string message)
    {
        ulong request = operation.Unique;
        if (!operation.TryClaim(request))
        {
            return false;
        }

        counters.AddFault(operation.File.Name, operation.Offset, operation.Length, message);
        Span<byte> header = stackalloc byte[FuseReply.HeaderSizeInBytes];
        CheckSent(operation.Sink.Send(FuseReply.Status(header, request, Errno.EIO)), counters);
        return true;
    }

    private static string Describe(Exception failure) => $"{failure.GetType().Name}: {failure.Message}";

    private void Cancel(CancellationTokenSource cancellation)
    {
        try
        {
            cancellation.Cancel();
        }
        catch (AggregateException failure)
        {
            counters.AddFault(null, 0, 0, $"cancelling a read failed: {failure.InnerException?.Message}");
        }
    }
}
