using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Opens files beneath a directory, reads them at an offset, and detects whether they changed: openat2, pread, statx.
/// </summary>
public static partial class ContentFiles
{
    private const int CurrentDirectory = -100;
    private const ulong ReadOnly = 0;
    private const ulong NonBlocking = 0x800;
    private const ulong CloseOnExec = 0x80000;
    private const ulong NoAccessTime = 0x40000;
    private const ulong PathOnly = 0x200000;
    private const ulong ResolveNoMountCrossing = 0x01;
    private const ulong ResolveNoMagicLinks = 0x02;
    private const ulong ResolveNoSymbolicLinks = 0x04;
    private const ulong ResolveBeneath = 0x08;
    private const int EmptyPath = 0x1000;
    private const uint IdentityFields = 0x1 | 0x2 | 0x40 | 0x100 | 0x200;

    /// <summary>PATH_MAX of linux/limits.h, which includes the terminating NUL.</summary>
    private const int MostPathBytes = 4096;

    /// <summary>O_DIRECTORY differs between architectures (asm/fcntl.h).</summary>
    private static ulong DirectoryOnly => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000u : 0x10000u;

    /// <summary>Opens a directory as an O_PATH descriptor, only for opening files beneath it; the caller owns it.</summary>
    public static SafeFileHandle OpenDirectory(string path) => Hold(path, DirectoryOnly);

    /// <summary>Opens whatever is at a path as an O_PATH descriptor and follows symbolic links; the caller owns it.</summary>
    public static SafeFileHandle OpenSource(string path) => Hold(path, 0);

    /// <summary>
    /// Opens a file for reading. It follows no symbolic link, does not leave the directory, and does not wait for the other
    /// end of a fifo. If the kernel allows it, the access time does not change. The caller owns the file.
    /// </summary>
    /// <param name="directory">A descriptor from <see cref="OpenDirectory"/>.</param>
    /// <param name="path">Relative, in the kernel's bytes; may exceed the kernel's limit for one call.</param>
    /// <param name="mayCrossMounts">Whether the file may be on another mount than the directory.</param>
    /// <param name="file">The file; invalid on failure.</param>
    public static Errno TryOpenBeneath(SafeFileHandle directory, ReadOnlySpan<byte> path, bool mayCrossMounts, out SafeFileHandle file)
    {
        ulong resolve = ResolveBeneath | ResolveNoSymbolicLinks | ResolveNoMagicLinks | (mayCrossMounts ? 0 : ResolveNoMountCrossing);
        if (path.Length >= MostPathBytes)
        {
            return TryOpenStepwise(directory, path, mayCrossMounts, resolve, out file);
        }

        return OpenForReading(directory, path, resolve, out file);
    }

    /// <summary>Opens the file of an O_PATH descriptor for reading, without waiting; needs /proc. The caller owns it.</summary>
    /// <param name="source">A descriptor from <see cref="OpenSource"/>.</param>
    /// <param name="file">The file; invalid on failure.</param>
    public static Errno TryOpenItself(SafeFileHandle source, out SafeFileHandle file)
    {
        byte[] path = Encoding.ASCII.GetBytes($"/proc/self/fd/{source.DangerousGetHandle()}");
        using var current = new SafeFileHandle(CurrentDirectory, ownsHandle: false);
        return OpenForReading(current, path, resolve: 0, out file);
    }

    /// <summary>
    /// Reads at an offset. Returns fewer bytes than requested at the end of the file, or if the file system chooses to.
    /// </summary>
    public static Errno TryRead(SafeFileHandle file, Span<byte> destination, long offset, out int count)
    {
        while (true)
        {
            nint read = pread64(file, ref MemoryMarshal.GetReference(destination), (nuint)destination.Length, offset);
            count = (int)read;
            Errno errno = read >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                return errno;
            }
        }
    }

    public static Errno TryIdentify(SafeFileHandle file, out FileIdentity identity)
    {
        int result;
        Errno errno;
        do
        {
            result = statx(file, in MemoryMarshal.GetReference("\0"u8), EmptyPath, IdentityFields, out StatxBuffer status);
            identity = new FileIdentity(
                DeviceOf(status.DeviceMajor, status.DeviceMinor), status.Inode, status.Mode, (long)status.Size, status.ModifiedSeconds, status.ModifiedNanoseconds);
            errno = result == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.EINTR);
        return errno;
    }

    /// <summary>Composes a device number as gnu_dev_makedev of the C library does.</summary>
    internal static ulong DeviceOf(ulong major, ulong minor) =>
        ((major & 0xFFFFF000) << 32) | ((major & 0xFFF) << 8) | ((minor & 0xFFFFFF00) << 12) | (minor & 0xFF);

    private static SafeFileHandle Hold(string path, ulong kind)
    {
        var how = new OpenHow { Flags = PathOnly | kind | CloseOnExec };
        using var current = new SafeFileHandle(CurrentDirectory, ownsHandle: false);
        Errno errno = Open(current, Encoding.UTF8.GetBytes(path), how, out SafeFileHandle directory);
        return errno == Errno.None ? directory : throw new LinuxException("openat2", errno, path);
    }

    private static Errno OpenForReading(SafeFileHandle directory, ReadOnlySpan<byte> path, ulong resolve, out SafeFileHandle file)
    {
        var how = new OpenHow { Flags = ReadOnly | NonBlocking | CloseOnExec | NoAccessTime, Resolve = resolve };
        Errno errno = Open(directory, path, how, out file);
        if (errno != Errno.EPERM)
        {
            return errno;
        }

        // O_NOATIME is allowed only to a file's owner and to CAP_FOWNER.
        file.Dispose();
        return Open(directory, path, how with { Flags = how.Flags & ~NoAccessTime }, out file);
    }

    /// <summary>Opens one part of the path after another; each part is as long as one call accepts.</summary>
    private static Errno TryOpenStepwise(SafeFileHandle directory, ReadOnlySpan<byte> path, bool mayCrossMounts, ulong resolve, out SafeFileHandle file)
    {
        int slash = path[..(MostPathBytes - 1)].LastIndexOf((byte)'/');
        if (slash <= 0)
        {
            file = new SafeFileHandle();
            return Errno.ENAMETOOLONG;
        }

        var how = new OpenHow { Flags = PathOnly | DirectoryOnly | CloseOnExec, Resolve = resolve };
        Errno errno = Open(directory, path[..slash], how, out SafeFileHandle next);
        using (next)
        {
            file = next;
            return errno == Errno.None ? TryOpenBeneath(next, path[(slash + 1)..], mayCrossMounts, out file) : errno;
        }
    }

    private static Errno Open(SafeFileHandle directory, ReadOnlySpan<byte> path, OpenHow how, out SafeFileHandle opened)
    {
        Span<byte> terminated = stackalloc byte[MostPathBytes];
        if (path.Length >= MostPathBytes)
        {
            opened = new SafeFileHandle();
            return Errno.ENAMETOOLONG;
        }

        path.CopyTo(terminated);
        terminated[path.Length] = 0;
        while (true)
        {
            nint descriptor = syscall(SystemCallNumbers.OpenAt2, directory, in MemoryMarshal.GetReference(terminated), in how, (nuint)Unsafe.SizeOf<OpenHow>());
            opened = new SafeFileHandle(descriptor, ownsHandle: true);
            Errno errno = descriptor >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                return errno;
            }
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint syscall(nint number, SafeFileHandle directory, in byte path, in OpenHow how, nuint size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pread64(SafeFileHandle file, ref byte destination, nuint length, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(SafeFileHandle directory, in byte path, int flags, uint mask, out StatxBuffer status);
}
