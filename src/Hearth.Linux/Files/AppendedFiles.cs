using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Files that grow at their end: O_APPEND has the kernel find that end with every write, so that several processes may write
/// to one file, and another may cut it off, without a hole or a byte written over another.
/// </summary>
public static partial class AppendedFiles
{
    private const int CurrentDirectory = -100;

    /// <summary>For the owner to write and the group to read.</summary>
    private const ulong Permissions = 0x1A0;

    private static readonly SafeFileHandle current = new(CurrentDirectory, ownsHandle: false);

    /// <summary>Opens a file to be appended to and read, or makes it. The last name may be no symbolic link.</summary>
    /// <param name="path">Of the caller's own choice.</param>
    /// <param name="file">The caller owns it; invalid on failure.</param>
    public static Errno TryOpen(string path, out SafeFileHandle file)
    {
        const OpenFlags Flags = OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Append | OpenFlags.NonBlocking;
        var how = new OpenHow { Flags = (ulong)Flags | OpenCall.CloseOnExec | OpenCall.NoFollow, Mode = Permissions };
        return OpenCall.Open(current, Encoding.UTF8.GetBytes(path + '\0'), how, out file);
    }

    /// <summary>Looks at a path of the caller's own choice, NUL-terminated; its last name is not followed.</summary>
    public static Errno TryStat(ReadOnlySpan<byte> path, out FileStatus status) => DirectoryFiles.TryStat(current, path, out status);

    /// <summary>Cuts a file off at a length.</summary>
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
