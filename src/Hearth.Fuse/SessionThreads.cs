using Hearth.Fuse.Serving;
using Hearth.Fuse.Statistics;
using Hearth.Fuse.Transport;
using Hearth.Linux;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse;

/// <summary>
/// The threads that take a session's requests. The first is started by the session; one more, with a device descriptor of its own,
/// whenever none is left to take the next request, up to <see cref="FuseSessionOptions.Threads"/>. A thread that a file has
/// held for longer than <see cref="patience"/> hangs: it counts no longer, and others take requests in its place until it is
/// back. They share the descriptors there are.
/// </summary>
/// <param name="mount">Gives the requests.</param>
/// <param name="handler">Answers them.</param>
/// <param name="reads">Prepares for them.</param>
/// <param name="counters">Keeps as a fault that a thread could not be had.</param>
/// <param name="options">The session's.</param>
/// <param name="ended">Called when the last thread ends since there are no more requests.</param>
/// <param name="failed">Called with what ended a thread unexpectedly.</param>
internal sealed class SessionThreads(
    FuseMount mount, FileSetHandler handler, FileReads reads, FuseCounters counters, FuseSessionOptions options, Action ended, Action<Exception> failed) : IDisposable
{
    /// <summary>A worker's frames are shallow; the default of 8 MiB would count against limits for nothing.</summary>
    private const int StackInBytes = 512 * 1024;

    /// <summary>Hanging threads and others: twice the thousand that is promised, since their number doubles.</summary>
    private const int MostThreads = 2048;

    /// <summary>A disk under load seldom takes longer, and a process that waits for another file does not mind so much.</summary>
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

    /// <summary>To be called when no thread is left.</summary>
    public void Dispose() => relief?.Dispose();

    private void StartWorker(DeviceQueue queue) => new Thread(() => Serve(queue), StackInBytes) { IsBackground = true, Name = "fuse" }.Start();

    /// <summary>To be called by a worker that is about to be busy: gives the session one that takes the next request.</summary>
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

    /// <summary>Adds a worker if none is idle and there may be more; if there may not, watches whether those there are hang.</summary>
    private void Grow()
    {
        int count;
        do
        {
            // A session whose last thread has ended stays so.
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
            // Those there are serve on.
            limit = mostWorkers = count;
            counters.AddFault(null, 0, 0, $"no more than {count} threads could be had: {failure.Message}");
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

    /// <summary>Makes room for a thread in the place of each that hangs. Where all hang, their number doubles: many requests may be behind.</summary>
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
            // In this order: what aborts may be gone once the session is known to have ended.
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

    /// <summary>Answers requests until there are no more, or the thread is not needed any more.</summary>
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
    /// Takes the calling thread out of the number unless it is the one that takes the next request. It leaves before it
    /// looks, and a thread that becomes busy says so before it looks: one of them sees the other.
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
