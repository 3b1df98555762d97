using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// flock(2): a lock on an open file or directory, shared by all descriptors that came of the same opening. It goes with the
/// last of them, however their processes end.
/// </summary>
public static partial class FileLocks
{
    private const int SharedLock = 1;
    private const int ExclusiveLock = 2;
    private const int NoWait = 4;
    private const int NoLock = 8;

    /// <summary>Takes a lock, or changes the one that is held, unless somebody else's is in the way.</summary>
    /// <param name="file">Open, for whatever access.</param>
    /// <param name="exclusive">True for the only lock; false for one that others may have too.</param>
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

    /// <summary>Takes a lock as soon as nobody else's is in the way; blocks the thread meanwhile.</summary>
    public static void Lock(SafeFileHandle file, bool exclusive)
    {
        Errno errno = Call(file, exclusive ? ExclusiveLock : SharedLock);
        if (errno != Errno.None)
        {
            throw new LinuxException("flock", errno);
        }
    }

    /// <summary>
    /// Gives a lock back and closes the file. Closing alone would do, but for a child between its fork and its exec, which has a
    /// descriptor too and would keep the lock for a moment.
    /// </summary>
    /// <param name="file">May be closed already.</param>
    public static void Release(SafeFileHandle file)
    {
        if (!file.IsClosed)
        {
            Call(file, NoLock);
            file.Dispose();
        }
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
