using Hearth.Linux.Descriptors;

namespace Hearth.Records.Rotation;

/// <summary>
/// Tells those who await that something happened in a directory: a name appeared, a file was written to. One thread waits for
/// the kernel's word; it ends with <see cref="Dispose"/>, or with the directory.
/// </summary>
internal sealed class DirectorySignal : IDisposable
{
    private readonly PathWatch watch;
    private readonly Task watching;
    private TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool hasEnded;

    /// <exception cref="Linux.LinuxException">The directory is not there, or the user has no watch left.</exception>
    public DirectorySignal(string directory)
    {
        watch = PathWatch.ForFiles(directory);
        watching = Task.Factory.StartNew(Watch, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>True when nothing will happen any more, since the directory is gone.</summary>
    public bool HasEnded => hasEnded;

    /// <summary>
    /// Done at what happens from now on. Ask first, look then, and await the answer after that: so nothing that happens is
    /// missed. Only one at a time may ask.
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
                Tell();
                return false;
            });
        }
        finally
        {
            hasEnded = true;
            Interlocked.MemoryBarrier();
            Tell();
        }
    }

    private void Tell() => Volatile.Read(ref next).TrySetResult();
}
