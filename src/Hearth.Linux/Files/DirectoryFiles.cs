using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Lists a directory and inspects its entries, by descriptor and name: openat2, getdents64, statx, readlinkat. Names are the
/// kernel's bytes, NUL-terminated right behind the span, as <see cref="DirectoryEntryReader"/> returns them.
/// </summary>
public static partial class DirectoryFiles
{
    private const int CurrentDirectory = -100;
    private const ulong NoAccessTime = 0x40000;
    private const int NoFollow = 0x100;
    private const int NoAutomount = 0x800;
    private const int DoNotSync = 0x4000;
    private const uint BasicFields = 0x7FF;
    private const ulong AttributeMountRoot = 0x2000;

    /// <summary>Opens a directory by a path chosen by the caller; symbolic links are followed.</summary>
    public static Errno TryOpenRoot(string path, out SafeFileHandle directory)
    {
        using var current = new SafeFileHandle(CurrentDirectory, ownsHandle: false);
        return Open(current, Encoding.UTF8.GetBytes(path + '\0'), resolve: 0, out directory);
    }

    /// <summary>
    /// Opens a directory by its name in another one. Follows no symbolic link and opens nothing outside the parent.
    /// </summary>
    /// <returns>EXDEV if it is a mount point and mounts must not be crossed.</returns>
    public static Errno TryOpenIn(SafeFileHandle parent, ReadOnlySpan<byte> name, bool mayCrossMounts, out SafeFileHandle directory) =>
        Open(parent, name, OpenCall.Confined(mayCrossMounts), out directory);

    /// <summary>
    /// Reads the next entries of an open directory, for a <see cref="DirectoryEntryReader"/>; 0 bytes at the end.
    /// </summary>
    public static Errno TryList(SafeFileHandle directory, Span<byte> buffer, out int count)
    {
        nint result;
        Errno errno;
        do
        {
            result = getdents64(SystemCallNumbers.GetDents64, directory, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length);
            errno = result >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.EINTR);
        count = (int)Math.Max(result, 0);
        return errno;
    }

    /// <summary>
    /// Inspects a name in a directory; a symbolic link is not followed. An empty name means the directory itself.
    /// </summary>
    public static Errno TryStat(SafeFileHandle directory, ReadOnlySpan<byte> name, out FileStatus status)
    {
        const int EmptyPath = 0x1000;
        int result;
        Errno errno;
        StatxBuffer buffer;
        do
        {
            result = statx(directory, in MemoryMarshal.GetReference(name), NoFollow | NoAutomount | EmptyPath, BasicFields, out buffer);
            errno = result == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.EINTR);
        status = new FileStatus
        {
            Mode = buffer.Mode,
            LinkCount = buffer.LinkCount,
            Uid = buffer.Uid,
            Gid = buffer.Gid,
            Size = (long)buffer.Size,
            Inode = buffer.Inode,
            Device = ContentFiles.DeviceOf(buffer.DeviceMajor, buffer.DeviceMinor),
            ModifiedSeconds = buffer.ModifiedSeconds,
            ModifiedNanoseconds = buffer.ModifiedNanoseconds,
            RawDevice = EncodeDevice(buffer.RawDeviceMajor, buffer.RawDeviceMinor),
            IsMountRoot = (buffer.Attributes & AttributeMountRoot) != 0,
        };
        return errno;
    }

    /// <summary>
    /// Whether something is mounted on a name. Sends no request to the mounted file system, which may hang or deny access to
    /// this user.
    /// </summary>
    public static bool IsMountRoot(SafeFileHandle directory, ReadOnlySpan<byte> name) =>
        statx(directory, in MemoryMarshal.GetReference(name), NoFollow | NoAutomount | DoNotSync, 0, out StatxBuffer buffer) == 0
        && (buffer.Attributes & AttributeMountRoot) != 0;

    /// <summary>Reads a symbolic link's target, without a NUL.</summary>
    public static Errno TryReadLink(SafeFileHandle directory, ReadOnlySpan<byte> name, Span<byte> target, out int count)
    {
        nint result = readlinkat(directory, in MemoryMarshal.GetReference(name), ref MemoryMarshal.GetReference(target), (nuint)target.Length);
        count = (int)Math.Max(result, 0);
        return result >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
    }

    // new_encode_dev of linux/kdev_t.h.
    internal static uint EncodeDevice(uint major, uint minor) => (minor & 0xFF) | (major << 8) | ((minor & ~0xFFu) << 12);

    private static Errno Open(SafeFileHandle parent, ReadOnlySpan<byte> name, ulong resolve, out SafeFileHandle directory)
    {
        var how = new OpenHow { Flags = OpenCall.DirectoryOnly | OpenCall.CloseOnExec | NoAccessTime, Resolve = resolve };
        Errno errno = OpenCall.Open(parent, name, how, out directory);
        if (errno != Errno.EPERM)
        {
            return errno;
        }

        // O_NOATIME is allowed only to a directory's owner and to CAP_FOWNER.
        directory.Dispose();
        return OpenCall.Open(parent, name, how with { Flags = how.Flags & ~NoAccessTime }, out directory);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint getdents64(nint number, SafeFileHandle directory, ref byte buffer, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(SafeFileHandle directory, in byte name, int flags, uint mask, out StatxBuffer status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readlinkat(SafeFileHandle directory, in byte name, ref byte target, nuint length);
}
