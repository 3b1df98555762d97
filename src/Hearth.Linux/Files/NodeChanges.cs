using System.Runtime.InteropServices;
using Hearth.Linux.Kernel;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Changes the attributes of a held or open file: chmod, chown, utimensat, truncate. The calling thread's rights apply. A
/// symbolic link is not followed; it has only some of the attributes.
/// </summary>
public static partial class NodeChanges
{
    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;

    public static Errno TrySetMode(SafeFileHandle node, uint mode)
    {
        var path = new DescriptorPath(node);
        Errno errno = Outcome(chmod(in path.Start, mode));
        path.Dispose();
        return errno;
    }

    /// <summary>Sets owner and group; <see cref="uint.MaxValue"/> leaves one unchanged.</summary>
    public static Errno TrySetOwner(SafeFileHandle node, uint uid, uint gid) =>
        Outcome(fchownat(node, in MemoryMarshal.GetReference("\0"u8), uid, gid, EmptyPath));

    /// <summary>Sets times; <see cref="FileTime.Now"/> and <see cref="FileTime.Unchanged"/> are allowed.</summary>
    public static Errno TrySetTimes(SafeFileHandle node, FileTime accessed, FileTime modified)
    {
        ReadOnlySpan<TimeSpecification> times =
        [
            new() { Seconds = accessed.Seconds, Nanoseconds = accessed.Nanoseconds },
            new() { Seconds = modified.Seconds, Nanoseconds = modified.Nanoseconds },
        ];
        var path = new DescriptorPath(node);
        Errno errno = Outcome(utimensat(CurrentDirectory, in path.Start, in MemoryMarshal.GetReference(times), 0));
        path.Dispose();
        return errno;
    }

    /// <summary>Sets the length of a held regular file, for which the thread needs write permission.</summary>
    public static Errno TryTruncate(SafeFileHandle held, long length)
    {
        var path = new DescriptorPath(held);
        Errno errno = Outcome(truncate(in path.Start, length));
        path.Dispose();
        return errno;
    }

    /// <summary>Sets the length of a file that is open for writing.</summary>
    public static Errno TryTruncateOpen(SafeFileHandle file, long length) => Outcome(ftruncate(file, length));

    private static Errno Outcome(int result) => result == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int chmod(in byte path, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchownat(SafeFileHandle directory, in byte name, uint uid, uint gid, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int utimensat(int directory, in byte path, in TimeSpecification times, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int truncate(in byte path, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ftruncate(SafeFileHandle file, long length);
}
