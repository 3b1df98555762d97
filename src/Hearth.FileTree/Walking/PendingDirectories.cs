using System.Diagnostics.CodeAnalysis;

namespace Hearth.FileTree.Walking;

/// <summary>The work that is left, shared by all workers, newest first; ends when nothing waits and nobody works.</summary>
internal sealed class PendingDirectories : IDisposable
{
    private readonly Lock gate = new();
    private readonly Stack<PendingDirectory> waiting = new();
    private readonly SemaphoreSlim available = new(0);
    private readonly int workers;
    private int unfinished;
    private int listings;
    private bool isStopped;

    public PendingDirectories(PendingDirectory root, int workers)
    {
        this.workers = workers;
        listings = 1;
        Add([root]);
    }

    /// <summary>Listings that were given a number.</summary>
    public int ListingCount => Volatile.Read(ref listings);

    public int NewListing() => Interlocked.Increment(ref listings) - 1;

    /// <summary>Adds found directories; the last one is taken first.</summary>
    public void Add(List<PendingDirectory> found)
    {
        lock (gate)
        {
            unfinished += found.Count;
            foreach (PendingDirectory directory in found)
            {
                waiting.Push(directory);
            }
        }

        if (found.Count > 0)
        {
            available.Release(found.Count);
        }
    }

    /// <summary>Takes one, or waits for one; false when all work is done or was stopped.</summary>
    public bool TryTake([NotNullWhen(true)] out PendingDirectory? directory)
    {
        available.Wait();
        lock (gate)
        {
            directory = null;
            return !isStopped && waiting.TryPop(out directory);
        }
    }

    /// <summary>Tells that a taken directory was read and its own directories added.</summary>
    public void Finish()
    {
        lock (gate)
        {
            if (--unfinished == 0)
            {
                Stop();
            }
        }
    }

    /// <summary>Ends all work early: every worker's next <see cref="TryTake"/> gives nothing.</summary>
    public void Stop()
    {
        lock (gate)
        {
            if (!isStopped)
            {
                isStopped = true;
                available.Release(workers);
            }
        }
    }

    /// <summary>Closes what was opened for directories that were never taken.</summary>
    public void Dispose()
    {
        available.Dispose();
        while (waiting.TryPop(out PendingDirectory? directory))
        {
            directory.Parent?.Release();
        }
    }
}
