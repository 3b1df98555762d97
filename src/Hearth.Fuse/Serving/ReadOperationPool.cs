namespace Hearth.Fuse.Serving;

/// <summary>
/// The operations in use, and idle ones kept for the next reads. The pool is bounded: when all are in use, <see cref="Rent"/>
/// waits until one is returned, and the kernel keeps further requests in its own queue.
/// </summary>
internal sealed class ReadOperationPool
{
    private readonly object gate = new();
    private readonly ReadOperation?[] operations;
    private readonly Stack<ReadOperation> idle;
    private readonly int maxIdle;
    private readonly Func<ReadOperation> create;
    private readonly TaskCompletionSource drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int rented;
    private bool closed;

    /// <param name="capacity">Maximum number of operations in use at the same time.</param>
    /// <param name="maxIdle">Maximum number of idle operations that are kept, including their buffers.</param>
    /// <param name="create">Creates an operation.</param>
    public ReadOperationPool(int capacity, int maxIdle, Func<ReadOperation> create)
    {
        operations = new ReadOperation?[capacity];
        idle = new Stack<ReadOperation>(maxIdle);
        this.maxIdle = maxIdle;
        this.create = create;
    }

    public int CountUnderWay()
    {
        lock (gate)
        {
            return operations.Count(operation => operation is { Unique: not 0 });
        }
    }

    /// <summary>Waits for a free operation; returns null once the pool is closed.</summary>
    public ReadOperation? Rent()
    {
        lock (gate)
        {
            while (!closed && rented == operations.Length)
            {
                Monitor.Wait(gate);
            }

            if (closed)
            {
                return null;
            }

            rented++;
            return idle.TryPop(out ReadOperation? operation) ? operation : Add(create());
        }
    }

    /// <param name="operation">An operation from <see cref="Rent"/>.</param>
    /// <param name="wasInterrupted">Whether another thread has answered its request.</param>
    public void Return(ReadOperation operation, bool wasInterrupted)
    {
        lock (gate)
        {
            rented--;
            if (closed || idle.Count == maxIdle)
            {
                Remove(operation);
            }
            else
            {
                operation.Reset(wasInterrupted);
                idle.Push(operation);
            }

            if (closed && rented == 0)
            {
                drained.TrySetResult();
            }

            Monitor.Pulse(gate);
        }
    }

    /// <summary>The thread that waits for a request; null if no operation serves it.</summary>
    public uint? FindReader(ulong request)
    {
        lock (gate)
        {
            foreach (ReadOperation? operation in operations)
            {
                // The number is checked before and after, and is never reused.
                if (operation is not null && operation.Unique == request && operation.Reader is uint reader && operation.Unique == request)
                {
                    return reader;
                }
            }

            return null;
        }
    }

    /// <summary>Claims a request for the caller to answer; false if no operation serves it.</summary>
    /// <param name="request">The request's number.</param>
    /// <param name="interrupted">Where to answer, and what cancels the read.</param>
    public bool TryInterrupt(ulong request, out InterruptedRead interrupted)
    {
        lock (gate)
        {
            foreach (ReadOperation? operation in operations)
            {
                if (operation is not null && operation.TryInterrupt(request, out interrupted))
                {
                    return true;
                }
            }
        }

        interrupted = default;
        return false;
    }

    /// <summary>Frees idle operations and releases waiting callers of <see cref="Rent"/>.</summary>
    /// <param name="underWay">The cancellation sources of the reads still being served.</param>
    /// <returns>Completes when the last of them ends.</returns>
    public Task Close(out IReadOnlyList<CancellationTokenSource> underWay)
    {
        lock (gate)
        {
            closed = true;
            while (idle.TryPop(out ReadOperation? operation))
            {
                Remove(operation);
            }

            if (rented == 0)
            {
                drained.TrySetResult();
            }

            underWay = [.. operations.OfType<ReadOperation>().Select(operation => operation.Cancellation)];
            Monitor.PulseAll(gate);
        }

        return drained.Task;
    }

    private ReadOperation Add(ReadOperation operation)
    {
        operations[Array.IndexOf(operations, null)] = operation;
        return operation;
    }

    private void Remove(ReadOperation operation)
    {
        operations[Array.IndexOf(operations, operation)] = null;
        operation.Dispose();
    }
}
