using System.Diagnostics.CodeAnalysis;

namespace Hearth.FileTree.Walking;

/// <summary>
/// The directories still to be listed, shared by all workers, newest first. The work ends when no directory waits and no
/// worker is busy.
/// </summary>
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

    /// <summary>The number of listings that were numbered.</summary>
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

    /// <summary>Takes a directory, and waits for one if necessary; false when all work is done or was stopped.</summary>
    public bool TryTake([NotNullWhen(true)] out PendingDirectory? directory)
    {
        available.Wait();
        lock (gate)
        {
            directory = null;
            return !isStopped && waiting.TryPop(out directory);
        }
    }

    /// <summary>Reports that a taken directory was read and its subdirectories were added.</summary>
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

    /// <summary>Ends all work early: every worker's next <see cref="TryTake"/> returns false.</summary>
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

    /// <summary>Closes the descriptors that were kept open for directories that were never taken.</summary>
    public void Dispose()
    {
        available.Dispose();
        while (waiting.TryPop(out PendingDirectory? directory))
        {
            directory.Parent?.Release();
        }
    }
}
