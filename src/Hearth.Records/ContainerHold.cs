using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Records;

/// <summary>
/// The lock of a container's directory. The container's keeper holds it while it lives; otherwise the process that removes or
/// repairs the container.
/// </summary>
public sealed class ContainerHold : IDisposable
{
    private readonly SafeFileHandle directory;

    private ContainerHold(SafeFileHandle directory) => this.directory = directory;

    public void Dispose() => FileLocks.Release(directory);

    internal static ContainerHold? TryTake(string path)
    {
        SafeFileHandle directory = Open(path);
        try
        {
            if (FileLocks.TryLock(directory, exclusive: true))
            {
                return new ContainerHold(directory);
            }
        }
        catch
        {
            directory.Dispose();
            throw;
        }

        directory.Dispose();
        return null;
    }

    internal static async Task<ContainerHold> TakeAsync(string path, TimeSpan timeout, TimeProvider clock, CancellationToken cancellationToken)
    {
        SafeFileHandle directory = Open(path);
        try
        {
            if (!FileLocks.TryLock(directory, exclusive: true))
            {
                // A caller that gives up closes the directory. The waiting thread releases the lock as soon as it gets it.
                Task locking = Task.Factory.StartNew(() => FileLocks.Lock(directory, exclusive: true), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
                await locking.WaitAsync(timeout, clock, cancellationToken).ConfigureAwait(false);
            }

            return new ContainerHold(directory);
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    private static SafeFileHandle Open(string path)
    {
        Errno errno = DirectoryFiles.TryOpenRoot(path, out SafeFileHandle directory);
        return errno switch
        {
            Errno.None => directory,
            Errno.ENOENT => throw new HearthException(HearthError.ContainerUnknown, $"container {Path.GetFileName(path)[..12]} is gone"),
            _ => throw new HearthException(HearthError.StorageFailed, new LinuxException("open", errno, path).Message),
        };
    }
}
