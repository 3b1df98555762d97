using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// An exclusive lock on a directory, among all processes and all holders in this one. The kernel releases it when the
/// holder's process ends, however it ends.
/// </summary>
public sealed class DirectoryLock : IDisposable
{
    private readonly SafeFileHandle directory;

    private DirectoryLock(SafeFileHandle directory) => this.directory = directory;

    /// <summary>Takes the lock and blocks this thread until it is free; only for locks that are held briefly.</summary>
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

    /// <summary>Takes the lock if it is free.</summary>
    /// <param name="path">A directory.</param>
    /// <returns>Null if another holder has it, or the directory does not exist.</returns>
    /// <exception cref="LinuxException">The directory cannot be opened.</exception>
    public static DirectoryLock? TryTake(string path)
    {
        Errno errno = DirectoryFiles.TryOpenRoot(path, out SafeFileHandle directory);
        if (errno != Errno.None)
        {
            return errno == Errno.ENOENT ? null : throw new LinuxException("open", errno, path);
        }

        if (FileLocks.TryLock(directory, exclusive: true))
        {
            return new DirectoryLock(directory);
        }

        directory.Dispose();
        return null;
    }

    /// <summary>Takes the lock and waits as long as needed, without blocking a pool thread.</summary>
    /// <param name="path">An existing directory.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
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

    /// <summary>Releases the lock.</summary>
    public void Dispose() => FileLocks.Release(directory);

    private static SafeFileHandle Open(string path)
    {
        Errno errno = DirectoryFiles.TryOpenRoot(path, out SafeFileHandle directory);
        return errno == Errno.None ? directory : throw new LinuxException("open", errno, path);
    }

    /// <summary>
    /// Waits on a thread of its own. A cancelled caller closes the directory; the thread then gets the lock and releases it,
    /// since the directory is closed.
    /// </summary>
    private static Task LockAsync(SafeFileHandle directory) =>
        Task.Factory.StartNew(() => FileLocks.Lock(directory, exclusive: true), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
