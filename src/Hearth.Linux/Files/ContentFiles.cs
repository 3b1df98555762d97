using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>Opening files beneath a directory, reading them at an offset, and telling whether they changed: openat2, pread, statx.</summary>
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

    /// <summary>PATH_MAX of linux/limits.h, the NUL behind the path included.</summary>
    private const int MostPathBytes = 4096;

    /// <summary>O_DIRECTORY differs between architectures (asm/fcntl.h).</summary>
    private static ulong DirectoryOnly => RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 0x4000u : 0x10000u;

    /// <summary>A handle on a directory, good only for opening what is beneath it; the caller owns it.</summary>
    public static SafeFileHandle OpenDirectory(string path) => Hold(path, DirectoryOnly);

    /// <summary>A handle on whatever stands at a path, symbolic links followed; the caller owns it.</summary>
    public static SafeFileHandle OpenSource(string path) => Hold(path, 0);

    /// <summary>
    /// Opens a file for reading without following any symbolic link, without leaving the directory, without waiting (for
    /// the other end of a fifo) and, where the kernel allows it, without touching the access time. The caller owns it.
    /// </summary>
    /// <param name="directory">From <see cref="OpenDirectory"/>.</param>
    /// <param name="path">Relative, its bytes as the kernel takes them; may be longer than the kernel's limit for one call.</param>
    /// <param name="mayCrossMounts">Whether the file may lie on another mount than the directory.</param>
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

    /// <summary>Opens for reading, without waiting, the very file that a handle is on; needs /proc. The caller owns what is opened.</summary>
    /// <param name="source">From <see cref="OpenSource"/>.</param>
    /// <param name="file">The file; invalid on failure.</param>
    public static Errno TryOpenItself(SafeFileHandle source, out SafeFileHandle file)
    {
        byte[] path = Encoding.ASCII.GetBytes($"/proc/self/fd/{source.DangerousGetHandle()}");
        using var current = new SafeFileHandle(CurrentDirectory, ownsHandle: false);
        return OpenForReading(current, path, resolve: 0, out file);
    }

    /// <summary>Reads at an offset; fewer bytes than asked for where the file ends, or where the file system likes it so.</summary>
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

    /// <summary>As gnu_dev_makedev of the C library does.</summary>
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

        // Only a file's owner, or who may act as such, can leave its access time alone.
        file.Dispose();
        return Open(directory, path, how with { Flags = how.Flags & ~NoAccessTime }, out file);
    }

    /// <summary>Opens directory after directory, as many names at once as one call takes.</summary>
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
