using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>lseek(2) to the end: the only way to get a size that works for both block devices and files.</summary>
public static partial class FileEnd
{
    private const int FromEnd = 2;

    /// <summary>Returns the size of a file or block device in bytes. Moves the descriptor's position to the end.</summary>
    public static long Find(SafeFileHandle file) =>
        lseek(file, 0, FromEnd) is >= 0 and var end ? end : throw LinuxException.FromLastError("lseek");

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek(SafeFileHandle file, long offset, int whence);
}
