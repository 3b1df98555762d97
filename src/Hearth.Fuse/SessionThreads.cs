using Hearth.Fuse.Serving;
using Hearth.Fuse.Statistics;
using Hearth.Fuse.Transport;
using Hearth.Linux;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse;

/// <summary>
/// The threads that take a session's requests. The session starts the first. Whenever no thread is left to take the next
/// request, another starts with its own device descriptor, up to <see cref="FuseSessionOptions.Threads"/>. A thread that a
/// file has blocked for longer than <see cref="patience"/> hangs. It no longer counts, and another thread takes requests in
/// its place until it returns. Replacements share the existing descriptors.
/// </summary>
/// <param name="mount">Supplies the requests.</param>
/// <param name="handler">Answers the requests.</param>
/// <param name="reads">Prepares a slot for each request.</param>
/// <param name="counters">Records a fault if a thread cannot be started.</param>
/// <param name="options">The session's options.</param>
/// <param name="ended">Called when the last thread ends because there are no more requests.</param>
/// <param name="failed">Called with the exception that ended a thread unexpectedly.</param>
internal sealed class SessionThreads(
    FuseMount mount, FileSetHandler handler, FileReads reads, FuseCounters counters, FuseSessionOptions options, Action ended, Action<Exception> failed) : IDisposable
{
    /// <summary>A worker's stack is shallow; the default of 8 MiB would count against memory limits for no benefit.</summary>
    private const int StackInBytes = 512 * 1024;

    /// <summary>Limit for all threads, hanging ones included: twice the promised thousand, since their number doubles.</summary>
    private const int MostThreads = 2048;

    /// <summary>A disk under load rarely takes longer, and a process waiting for another file can tolerate this delay.</summary>
    private static readonly TimeSpan patience = TimeSpan.FromMilliseconds(100);

    private readonly Lock growing = new();
    private readonly List<RequestSlot> slots = [];
    private ITimer? relief;
    private int workers;
    private int busyWorkers;
    private int mostWorkers = options.Threads;
    private int limit = MostThreads;
    private bool isWatching;

    /// <summary>Starts the first thread.</summary>
    public void Start()
    {
        relief = options.Clock.CreateTimer(_ => Relieve(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        workers = 1;
        StartWorker(mount.Queues[0]);
    }

    /// <summary>Call it when no thread is left.</summary>
    public void Dispose() => relief?.Dispose();

    private void StartWorker(DeviceQueue queue) => new Thread(() => Serve(queue), StackInBytes) { IsBackground = true, Name = "fuse" }.Start();

    /// <summary>Called by a worker that is about to be busy: makes sure another worker takes the next request.</summary>
    private void KeepOneIdle()
    {
        if (Interlocked.Increment(ref busyWorkers) < Volatile.Read(ref workers))
        {
            return;
        }

        if (Volatile.Read(ref workers) >= Volatile.Read(ref mostWorkers) && Volatile.Read(ref isWatching))
        {
            return;
        }

        lock (growing)
        {
            Grow();
        }
    }

    /// <summary>Adds a worker if none is idle and the limit allows; at the limit, watches for hanging workers.</summary>
    private void Grow()
    {
        int count;
        do
        {
            // A session whose last thread has ended must not start again.
            count = Volatile.Read(ref workers);
            if (count == 0 || Volatile.Read(ref busyWorkers) < count)
            {
                return;
            }

            if (count >= mostWorkers)
            {
                Watch();
                return;
            }
        }
        while (Interlocked.CompareExchange(ref workers, count + 1, count) != count);

        try
        {
            StartWorker(mount.Queues.Count < options.Threads ? mount.AddQueue() : mount.Queues[count % options.Threads]);
        }
        catch (Exception failure) when (failure is LinuxException or OutOfMemoryException)
        {
            // The existing threads continue to serve.
            limit = mostWorkers = count;
            counters.AddFault(null, 0, 0, $"cannot start more than {count} threads: {failure.Message}");
            Leave(Errno.ECONNABORTED);
        }
    }

    private void Watch()
    {
        if (!isWatching)
        {
            isWatching = true;
            relief!.Change(patience, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>
    /// Allows one more thread for each hanging one. If all hang, their number doubles, since many requests may be waiting.
    /// </summary>
    private void Relieve()
    {
        lock (growing)
        {
            isWatching = false;
            int count = Volatile.Read(ref workers);
            int hanging = slots.Count(IsHanging);
            mostWorkers = Math.Min(limit, Math.Max(options.Threads + hanging, hanging == count ? 2 * count : 0));
            if (hanging > 0 && count > 0)
            {
                Watch();
            }

            Grow();
        }
    }

    private bool IsHanging(RequestSlot slot) => slot.StartedAt is not 0 and long start && options.Clock.GetElapsedTime(start) >= patience;

    private void Serve(DeviceQueue queue)
    {
        var slot = new RequestSlot(queue, () => mount.Queues);
        lock (growing)
        {
            slots.Add(slot);
        }

        try
        {
            TakeRequests(queue, slot);
        }
        catch (Exception failure)
        {
            // Abort first: the connection's control may be disposed of once the session is known to have ended.
            mount.Connection.Abort();
            failed(failure);
        }
        finally
        {
            reads.Release(slot);
            lock (growing)
            {
                slots.Remove(slot);
            }
        }
    }

    /// <summary>Answers requests until there are no more, or the thread is no longer needed.</summary>
    private void TakeRequests(DeviceQueue queue, RequestSlot slot)
    {
        byte[] buffer = new byte[FuseDevice.MinRequestBufferInBytes];
        while (reads.TryPrepare(slot))
        {
            Errno errno = queue.Receive(buffer, out int length);
            if (errno != Errno.None)
            {
                Leave(errno);
                return;
            }

            slot.StartedAt = options.Clock.GetTimestamp();
            KeepOneIdle();
            handler.Handle(buffer.AsSpan(0, length), slot);
            slot.StartedAt = 0;
            Interlocked.Decrement(ref busyWorkers);
            if (Volatile.Read(ref workers) > Volatile.Read(ref mostWorkers) && TryRetire())
            {
                return;
            }
        }

        Leave(Errno.ECONNABORTED);
    }

    /// <summary>
    /// Removes the calling thread from the count, unless it is needed to take the next request. It decrements the count
    /// before it compares, and a thread that becomes busy increments its count before it compares: at least one of them sees
    /// the other.
    /// </summary>
    private bool TryRetire()
    {
        if (Interlocked.Decrement(ref workers) > Volatile.Read(ref busyWorkers))
        {
            return true;
        }

        Interlocked.Increment(ref workers);
        return false;
    }

    private void Leave(Errno errno)
    {
        if (errno is not (Errno.ENODEV or Errno.ECONNABORTED))
        {
            throw FuseFailures.OfService(errno);
        }

        if (Interlocked.Decrement(ref workers) == 0)
        {
            ended();
        }
    }
}
