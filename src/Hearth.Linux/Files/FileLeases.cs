using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Who else has a file open, on this whole machine: fcntl(2) gives a lease on it only where nobody else could be in its way. It is
/// given back at once. Where a file system knows no leases, nobody is seen.
/// </summary>
public static partial class FileLeases
{
    private const int SetLease = 1024;
    private const int ReadLease = 0;
    private const int WriteLease = 1;
    private const int NoLease = 2;

    /// <summary>Whether this descriptor, which only reads, is the file's only one.</summary>
    public static bool IsOpenNowhereElse(SafeFileHandle file) => CouldLease(file, WriteLease);

    /// <summary>Whether nobody has it open for writing; this descriptor only reads.</summary>
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
