using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// The only lock of a directory, among all processes and all holders in this one. It goes with its holder's process, however
/// that ends.
/// </summary>
public sealed class DirectoryLock : IDisposable
{
    private readonly SafeFileHandle directory;

    private DirectoryLock(SafeFileHandle directory) => this.directory = directory;

    /// <summary>Waits on this thread: for locks that nobody holds for long.</summary>
    /// <param name="path">An existing directory.</param>
    /// <exception cref="LinuxException">The directory cannot be opened.</exception>
    public static DirectoryLock Take(string path)
    {
        SafeFileHandle directory = Open(path);
        try
        {
            FileLocks.Lock(directory, exclusive: true);
            return new DirectoryLock(directory);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Waits without a thread of the pool, for as long as it takes.</summary>
    /// <param name="path">An existing directory.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="LinuxException">The directory cannot be opened.</exception>
    public static async Task<DirectoryLock> TakeAsync(string path, CancellationToken cancellationToken)
    {
        SafeFileHandle directory = Open(path);
        try
        {
            if (!FileLocks.TryLock(directory, exclusive: true))
            {
                await LockAsync(directory).WaitAsync(cancellationToken).ConfigureAwait(false);
            }

            return new DirectoryLock(directory);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Gives the lock back.</summary>
    public void Dispose() => FileLocks.Release(directory);

    private static SafeFileHandle Open(string path)
    {
        Errno errno = DirectoryFiles.TryOpenRoot(path, out SafeFileHandle directory);
        return errno == Errno.None ? directory : throw new LinuxException("open", errno, path);
    }

    /// <summary>Who gives up waiting closes the directory: the thread that waits lets go of the lock when it gets it, since it is closed then.</summary>
    private static Task LockAsync(SafeFileHandle directory) =>
        Task.Factory.StartNew(() => FileLocks.Lock(directory, exclusive: true), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
