using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Store;

/// <summary>A lock on a directory or file of the store, held until disposal or the end of the process.</summary>
internal sealed class StoreGate : IDisposable
{
    private readonly SafeFileHandle handle;

    private StoreGate(SafeFileHandle handle) => this.handle = handle;

    /// <summary>Holds a directory together with others; waits while somebody removes things.</summary>
    public static StoreGate Share(string directory)
    {
        SafeFileHandle handle = Open(directory);
        FileLocks.Lock(handle, exclusive: false);
        return new StoreGate(handle);
    }

    /// <summary>Holds a directory alone; null if others hold it.</summary>
    public static StoreGate? TryTakeAlone(string directory)
    {
        SafeFileHandle handle = Open(directory);
        if (FileLocks.TryLock(handle, exclusive: true))
        {
            return new StoreGate(handle);
        }

        handle.Dispose();
        return null;
    }

    public void Dispose() => FileLocks.Release(handle);

    private static SafeFileHandle Open(string directory)
    {
        Errno errno = DirectoryFiles.TryOpenRoot(directory, out SafeFileHandle handle);
        return errno == Errno.None ? handle : throw new LinuxException("open", errno, directory);
    }
}
