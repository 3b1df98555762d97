using System.Runtime.InteropServices;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Fuse;

/// <summary>/dev/fuse: each read(2) returns one request, each write(2) sends one reply.</summary>
public static partial class FuseDevice
{
    public const string Path = "/dev/fuse";

    /// <summary>The minimum size of a request buffer; the kernel refuses smaller ones: FUSE_MIN_READ_BUFFER.</summary>
    public const int MinRequestBufferInBytes = 8192;

    private const int ReadWrite = 2;
    private const int CloseOnExec = 0x80000;

    private const int EmptyPath = 0x1000;
    private const int DoNotSynchronize = 0x4000;
    private const int StatxSizeInBytes = 256;
    private const int StatxDeviceMinorOffset = 140;

    /// <summary>_IOR(229, 0, uint32_t): FUSE_DEV_IOC_CLONE.</summary>
    private const uint Clone = 0x8004E500;

    /// <summary>Opens the device; it has no connection until a mount is created with its number.</summary>
    public static SafeFileHandle Open()
    {
        SafeFileHandle device = open(Path, ReadWrite | CloseOnExec);
        return device.IsInvalid ? throw LinuxException.FromLastError("open", Path) : device;
    }

    /// <summary>Opens the device again for the same mount: a second queue of requests in flight, with its own lock.</summary>
    public static SafeFileHandle OpenClone(SafeFileHandle session)
    {
        SafeFileHandle device = Open();
        uint number = (uint)session.DangerousGetHandle();
        if (ioctl(device, Clone, ref number) != 0)
        {
            LinuxException failure = LinuxException.FromLastError("ioctl(FUSE_DEV_IOC_CLONE)", Path);
            device.Dispose();
            throw failure;
        }

        return device;
    }

    /// <summary>
    /// Waits for the next request. ENODEV: unmounted; ECONNABORTED: the connection was aborted; ENOENT: the request was
    /// cancelled while it was read.
    /// </summary>
    public static Errno TryReadRequest(SafeFileHandle device, Span<byte> buffer, out int length)
    {
        nint count;
        while ((count = read(device, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length)) < 0)
        {
            Errno errno = (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                length = 0;
                return errno;
            }
        }

        length = (int)count;
        return Errno.None;
    }

    /// <summary>Sends one whole reply. ENOENT: no process waits for it any more.</summary>
    public static Errno TryWriteReply(SafeFileHandle device, ReadOnlySpan<byte> reply)
    {
        while (write(device, ref MemoryMarshal.GetReference(reply), (nuint)reply.Length) < 0)
        {
            Errno errno = (Errno)Marshal.GetLastPInvokeError();
            if (errno != Errno.EINTR)
            {
                return errno;
            }
        }

        return Errno.None;
    }

    /// <summary>The number of a mount's connection in the control file system (fusectl): its minor device number.</summary>
    /// <param name="root">The mount's root directory.</param>
    public static uint ConnectionNumber(SafeFileHandle root)
    {
        Span<byte> attributes = stackalloc byte[StatxSizeInBytes];
        if (statx(root, "", EmptyPath | DoNotSynchronize, 0, ref MemoryMarshal.GetReference(attributes)) != 0)
        {
            throw LinuxException.FromLastError("statx");
        }

        return MemoryMarshal.Read<uint>(attributes[StatxDeviceMinorOffset..]);
    }

    /// <summary>
    /// Ends a connection through the "abort" file of its control directory; has no effect if it has already ended.
    /// </summary>
    public static void Abort(SafeFileHandle abortFile)
    {
        byte any = (byte)'1';
        if (write(abortFile, ref any, 1) < 0)
        {
            throw LinuxException.FromLastError("write", "abort");
        }
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int statx(SafeFileHandle directory, string path, int flags, uint mask, ref byte attributes);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial SafeFileHandle open(string path, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle fd, nuint request, ref uint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(SafeFileHandle fd, ref byte buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeFileHandle fd, ref byte buffer, nuint count);
}
