using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// flock(2): a lock on an open file or directory, shared by all duplicates of its descriptor. The kernel releases it when the
/// last of them is closed, however their processes end.
/// </summary>
public static partial class FileLocks
{
    private const int SharedLock = 1;
    private const int ExclusiveLock = 2;
    private const int NoWait = 4;
    private const int NoLock = 8;

    /// <summary>Takes a lock or converts the one held, unless another holder's lock conflicts.</summary>
    /// <param name="file">Open with any access mode.</param>
    /// <param name="exclusive">True for an exclusive lock; false for a shared one.</param>
    public static bool TryLock(SafeFileHandle file, bool exclusive)
    {
        Errno errno = Call(file, (exclusive ? ExclusiveLock : SharedLock) | NoWait);
        return errno switch
        {
            Errno.None => true,
            Errno.EAGAIN => false,
            _ => throw new LinuxException("flock", errno),
        };
    }

    /// <summary>Takes a lock; blocks the thread until no other holder's lock conflicts.</summary>
    public static void Lock(SafeFileHandle file, bool exclusive)
    {
        Errno errno = Call(file, exclusive ? ExclusiveLock : SharedLock);
        if (errno != Errno.None)
        {
            throw new LinuxException("flock", errno);
        }
    }

    /// <summary>
    /// Releases a lock and closes the file. Closing alone is not enough: a child between its fork and its exec also has the
    /// descriptor and would briefly keep the lock.
    /// </summary>
    /// <param name="file">May already be closed.</param>
    public static void Release(SafeFileHandle file)
    {
        if (!file.IsClosed)
        {
            Call(file, NoLock);
            file.Dispose();
        }
    }

    /// <summary>
    /// Whether a path still names the open file or directory. It may have been removed or renamed between the opening and the
    /// locking.
    /// </summary>
    public static bool IsAt(SafeFileHandle file, string path)
    {
        byte[] terminated = Encoding.UTF8.GetBytes(Path.GetFullPath(path) + '\0');
        return DirectoryFiles.TryStat(file, "\0"u8, out FileStatus held) == Errno.None
            && DirectoryFiles.TryStat(file, terminated, out FileStatus found) == Errno.None
            && (held.Device, held.Inode) == (found.Device, found.Inode);
    }

    private static Errno Call(SafeFileHandle file, int operation)
    {
        Errno errno;
        do
        {
            errno = flock(file, operation) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.EINTR);
        return errno;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int flock(SafeFileHandle file, int operation);
}
