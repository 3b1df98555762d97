using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Descriptors;

/// <summary>read(2), write(2) and pipe2(2) on any descriptor: pipes, terminals, sockets, character devices.</summary>
public static partial class DescriptorIO
{
    private const int CloseOnExec = 0x80000;
    private const int NonBlocking = 0x800;
    private const int FcntlDuplicate = 1030;
    private const int FcntlSetDescriptorFlags = 2;
    private const int DescriptorClosesOnExec = 1;
    private const int FcntlGetFlags = 3;
    private const int FcntlSetFlags = 4;

    /// <summary>Reads available bytes; on a blocking descriptor, waits for the first byte.</summary>
    /// <returns>Bytes read; 0 at the end.</returns>
    /// <exception cref="LinuxException">Any failure, including EAGAIN on a non-blocking descriptor.</exception>
    public static int Read(SafeFileHandle descriptor, Span<byte> buffer)
    {
        Errno errno = TryRead(descriptor, buffer, out int count);
        return errno == Errno.None ? count : throw new LinuxException("read", errno);
    }

    /// <summary>Reads available bytes and returns any error to the caller, including EAGAIN.</summary>
    public static Errno TryRead(SafeFileHandle descriptor, Span<byte> buffer, out int count)
    {
        Errno errno;
        do
        {
            errno = OutcomeOf(read(descriptor, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length), out count);
        }
        while (errno == Errno.EINTR);
        return errno;
    }

    /// <summary>Writes all bytes to a blocking descriptor.</summary>
    public static void WriteAll(SafeFileHandle descriptor, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Errno errno = TryWrite(descriptor, bytes, out int count);
            if (errno != Errno.None)
            {
                throw new LinuxException("write", errno);
            }

            bytes = bytes[count..];
        }
    }

    /// <summary>Writes as many bytes as the descriptor accepts and returns any error to the caller, including EAGAIN.</summary>
    public static Errno TryWrite(SafeFileHandle descriptor, ReadOnlySpan<byte> bytes, out int count)
    {
        Errno errno;
        do
        {
            errno = OutcomeOf(write(descriptor, ref MemoryMarshal.GetReference(bytes), (nuint)bytes.Length), out count);
        }
        while (errno == Errno.EINTR);
        return errno;
    }

    /// <summary>Creates a pipe; both ends are blocking and closed on exec, and the caller owns them.</summary>
    public static (SafeFileHandle Reading, SafeFileHandle Writing) CreatePipe()
    {
        Span<int> ends = stackalloc int[2];
        if (pipe2(ref MemoryMarshal.GetReference(ends), CloseOnExec) != 0)
        {
            throw LinuxException.FromLastError("pipe2");
        }

        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>Sets O_NONBLOCK on the open file, which affects all of its descriptors.</summary>
    public static void SetNonBlocking(SafeFileHandle descriptor)
    {
        int flags = fcntl(descriptor, FcntlGetFlags, 0);
        if (flags < 0 || fcntl(descriptor, FcntlSetFlags, flags | NonBlocking) < 0)
        {
            throw LinuxException.FromLastError("fcntl");
        }
    }

    /// <summary>
    /// Duplicates an open file to another descriptor number, which stays open on exec. Closes what the number referred to
    /// before.
    /// </summary>
    public static void DuplicateTo(SafeFileHandle descriptor, int number)
    {
        while (dup2(descriptor, number) < 0)
        {
            if ((Errno)Marshal.GetLastPInvokeError() != Errno.EINTR)
            {
                throw LinuxException.FromLastError("dup2");
            }
        }
    }

    /// <summary>Makes execve close an inherited descriptor.</summary>
    public static void SetCloseOnExec(SafeFileHandle descriptor)
    {
        if (fcntl(descriptor, FcntlSetDescriptorFlags, DescriptorClosesOnExec) < 0)
        {
            throw LinuxException.FromLastError("fcntl");
        }
    }

    /// <summary>Duplicates a descriptor of an open file; the duplicate is closed on exec, and the caller owns it.</summary>
    public static SafeFileHandle Duplicate(SafeFileHandle descriptor)
    {
        int duplicate = fcntl(descriptor, FcntlDuplicate, 0);
        return duplicate >= 0 ? new SafeFileHandle(duplicate, ownsHandle: true) : throw LinuxException.FromLastError("fcntl");
    }

    /// <summary>Changes the owner of an open file; its group stays.</summary>
    public static void ChangeOwner(SafeFileHandle descriptor, uint uid)
    {
        if (fchown(descriptor, uid, uint.MaxValue) != 0)
        {
            throw LinuxException.FromLastError("fchown");
        }
    }

    /// <param name="result">The return value of a read(2) or write(2) just made.</param>
    /// <param name="count">The number of bytes; 0 after an error.</param>
    private static Errno OutcomeOf(nint result, out int count)
    {
        count = (int)Math.Max(result, 0);
        return result >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(SafeFileHandle fd, ref byte buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint write(SafeFileHandle fd, ref byte buffer, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int pipe2(ref int ends, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(SafeFileHandle fd, int command, nint argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int dup2(SafeFileHandle fd, int number);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fchown(SafeFileHandle fd, uint uid, uint gid);
}
