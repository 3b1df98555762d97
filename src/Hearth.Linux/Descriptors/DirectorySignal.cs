namespace Hearth.Linux.Descriptors;

/// <summary>
/// Signals changes in a directory: a name appeared, or a file was written to. All signals of a process share one thread and one
/// instance of inotify(7), since a user has few instances. Both stay until the process ends.
/// </summary>
public sealed class DirectorySignal : IDisposable
{
    private readonly DirectorySignals all = DirectorySignals.Shared;
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool hasEnded;

    /// <exception cref="LinuxException">The directory does not exist, or the user has no inotify instances or watches left.</exception>
    public DirectorySignal(string directory) => all.Add(this, directory);

    /// <summary>True when the directory is removed, so that no more changes follow.</summary>
    public bool HasEnded => hasEnded;

    /// <summary>
    /// Returns a task that completes at the next change. To miss nothing, call this first, then look at the directory, then await
    /// the task. Only one caller at a time.
    /// </summary>
    public Task Next()
    {
        var fresh = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref next, fresh);
        if (hasEnded)
        {
            fresh.TrySetResult();
        }

        return fresh.Task;
    }

    public void Dispose() => all.Remove(this);

    internal void Signal() => Volatile.Read(ref next).TrySetResult();

    internal void End()
    {
        hasEnded = true;
        Interlocked.MemoryBarrier();
        Signal();
    }
}
