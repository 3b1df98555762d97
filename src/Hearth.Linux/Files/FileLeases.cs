using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Checks whether a file is open elsewhere on this host. fcntl(2) grants a lease only if no other open file
/// conflicts with it; the lease is released immediately. A file system without leases reports no other users.
/// </summary>
public static partial class FileLeases
{
    private const int SetLease = 1024;
    private const int ReadLease = 0;
    private const int WriteLease = 1;
    private const int NoLease = 2;

    /// <summary>Whether this read-only descriptor is the file's only one.</summary>
    public static bool IsOpenNowhereElse(SafeFileHandle file) => CouldLease(file, WriteLease);

    /// <summary>Whether no process has the file open for writing; this descriptor must be read-only.</summary>
    public static bool IsWrittenByNobody(SafeFileHandle file) => CouldLease(file, ReadLease);

    private static bool CouldLease(SafeFileHandle file, int kind)
    {
        if (fcntl(file, SetLease, kind) != 0)
        {
            return (Errno)Marshal.GetLastPInvokeError() != Errno.EAGAIN;
        }

        _ = fcntl(file, SetLease, NoLease);
        return true;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SafeFileHandle file, int command, nint argument);
}
