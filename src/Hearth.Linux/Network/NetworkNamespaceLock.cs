using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Network;

/// <summary>
/// An exclusive lock among all processes of a network namespace, whatever else they share: flock(2) on the namespace's own file,
/// which is the same for all of them. The kernel releases it when its holder ends, however it ends; nothing is left behind.
/// </summary>
public sealed class NetworkNamespaceLock : IDisposable
{
    /// <summary>The namespace of this thread: a thread may have entered another one than its process.</summary>
    private const string Path = "/proc/thread-self/ns/net";

    private readonly SafeFileHandle file;

    private NetworkNamespaceLock(SafeFileHandle file) => this.file = file;

    /// <summary>Takes the lock of this thread's namespace, and blocks the thread until it is free.</summary>
    /// <param name="timeout">The longest wait.</param>
    /// <exception cref="TimeoutException">Another process has held it all the time.</exception>
    /// <exception cref="LinuxException">The namespace's file cannot be opened.</exception>
    public static NetworkNamespaceLock Take(TimeSpan timeout)
    {
        // .NET's own functions would take a shared lock on a file that they open.
        SafeFileHandle file = RootedPaths.TryOpenForReading(Path, out Errno errno) ?? throw new LinuxException("open", errno, Path);
        try
        {
            if (!FileLocks.TryLock(file, exclusive: true))
            {
                // A caller that gives up closes the file. The waiting thread releases the lock as soon as it gets it.
                Task locking = Task.Factory.StartNew(() => FileLocks.Lock(file, exclusive: true), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                if (!locking.Wait(timeout))
                {
                    throw new TimeoutException($"another process has held the lock of the network namespace for {timeout.TotalSeconds:0} s");
                }
            }

            return new NetworkNamespaceLock(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => FileLocks.Release(file);
}
