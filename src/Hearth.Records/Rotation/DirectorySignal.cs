using Hearth.Linux.Descriptors;

namespace Hearth.Records.Rotation;

/// <summary>
/// Signals changes in a directory: a name appeared, or a file was written to. One thread waits for the kernel's events. It
/// ends with <see cref="Dispose"/>, or when the directory is removed.
/// </summary>
internal sealed class DirectorySignal : IDisposable
{
    private readonly PathWatch watch;
    private readonly Task watching;
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool hasEnded;

    /// <exception cref="Linux.LinuxException">The directory does not exist, or the user has no inotify watches left.</exception>
    public DirectorySignal(string directory)
    {
        watch = PathWatch.ForFiles(directory);
        watching = Task.Factory.StartNew(Watch, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

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

    public void Dispose()
    {
        watch.Stop();
        watching.GetAwaiter().GetResult();
        watch.Dispose();
    }

    private void Watch()
    {
        try
        {
            watch.WaitUntil(() =>
            {
                Signal();
                return false;
            });
        }
        finally
        {
            hasEnded = true;
            Interlocked.MemoryBarrier();
            Signal();
        }
    }

    private void Signal() => Volatile.Read(ref next).TrySetResult();
}
