using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Files that grow at their end. With O_APPEND, the kernel finds the end at each write. So several processes can write to one
/// file, and another can truncate it, without holes and without overwriting any bytes.
/// </summary>
public static partial class AppendedFiles
{
    private const int CurrentDirectory = -100;

    /// <summary>The owner may read and write, the group may read.</summary>
    private const ulong Permissions = 0x1A0;

    private static readonly SafeFileHandle current = new(CurrentDirectory, ownsHandle: false);

    /// <summary>Opens a file for appending and reading, or creates it. The last component must not be a symbolic link.</summary>
    /// <param name="path">A path chosen by the caller.</param>
    /// <param name="file">The caller owns it; invalid on failure.</param>
    public static Errno TryOpen(string path, out SafeFileHandle file)
    {
        const OpenFlags Flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Append | OpenFlags.NonBlocking;
        var how = new OpenHow { Flags = (ulong)Flags | OpenCall.CloseOnExec | OpenCall.NoFollow, Mode = Permissions };
        return OpenCall.Open(current, Encoding.UTF8.GetBytes(path + '\0'), how, out file);
    }

    /// <summary>Inspects a NUL-terminated path chosen by the caller; a symbolic link at its end is not followed.</summary>
    public static Errno TryStat(ReadOnlySpan<byte> path, out FileStatus status) => DirectoryFiles.TryStat(current, path, out status);

    /// <summary>Truncates a file to a length.</summary>
    public static Errno TryTruncate(SafeFileHandle file, long length)
    {
        Errno errno;
        do
        {
            errno = ftruncate64(file, length) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.EINTR);
        return errno;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate64(SafeFileHandle file, long length);
}
