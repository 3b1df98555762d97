using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Locks on ranges of a file's bytes that belong to an open file, not to a process (fcntl(2), open file description locks).
/// Two ranges of one open file never conflict. The kernel releases them when the open file is closed, however its processes end.
/// </summary>
public static partial class RangeLocks
{
    private const int SetLock = 37;
    private const int SetLockAndWait = 38;
    private const short ExclusiveLock = 1;
    private const short NoLock = 2;
    private const short FromStart = 0;

    /// <summary>Takes an exclusive lock, unless another open file holds one in the range.</summary>
    /// <param name="file">Open for writing.</param>
    /// <param name="offset">In bytes; may be beyond the file's end.</param>
    /// <param name="length">In bytes; at least 1.</param>
    public static bool TryLock(SafeFileHandle file, long offset, long length)
    {
        Errno errno = Call(file, SetLock, ExclusiveLock, offset, length);
        return errno switch
        {
            Errno.None => true,
            Errno.EAGAIN or Errno.EACCES => false,
            _ => throw new LinuxException("fcntl", errno),
        };
    }

    /// <summary>Takes an exclusive lock; blocks the thread until no other open file holds one in the range.</summary>
    /// <param name="file">Open for writing.</param>
    /// <param name="offset">In bytes.</param>
    /// <param name="length">In bytes; at least 1.</param>
    public static void Lock(SafeFileHandle file, long offset, long length)
    {
        Errno errno = Call(file, SetLockAndWait, ExclusiveLock, offset, length);
        if (errno != Errno.None)
        {
            throw new LinuxException("fcntl", errno);
        }
    }

    /// <summary>Releases what this open file holds of a range.</summary>
    /// <param name="file">May already be closed.</param>
    /// <param name="offset">In bytes.</param>
    /// <param name="length">In bytes; at least 1.</param>
    public static void Release(SafeFileHandle file, long offset, long length)
    {
        if (file.IsClosed)
        {
            return;
        }

        try
        {
            Call(file, SetLock, NoLock, offset, length);
        }
        catch (ObjectDisposedException)
        {
            // Closed meanwhile, which released it.
        }
    }

    private static Errno Call(SafeFileHandle file, int command, short type, long offset, long length)
    {
        RangeLock range = new() { Type = type, Whence = FromStart, Start = offset, Length = length };
        Errno errno;
        do
        {
            errno = fcntl(file, command, ref range) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.EINTR);
        return errno;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SafeFileHandle file, int command, ref RangeLock range);
}
