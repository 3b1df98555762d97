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

    /// <summary>Reads what is there; on a blocking descriptor, waits for the first byte.</summary>
    /// <returns>Bytes read; 0 at the end.</returns>
    /// <exception cref="LinuxException">EAGAIN too, where the descriptor does not block.</exception>
    public static int Read(SafeFileHandle descriptor, Span<byte> buffer)
    {
        Errno errno = TryRead(descriptor, buffer, out int count);
        return errno == Errno.None ? count : throw new LinuxException("read", errno);
    }

    /// <summary>Reads what is there, and leaves it to the caller to judge an error, EAGAIN among them.</summary>
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

    /// <summary>Writes all of it to a blocking descriptor.</summary>
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

    /// <summary>Writes what is taken at once, and leaves it to the caller to judge an error, EAGAIN among them.</summary>
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

    /// <summary>A pipe, both ends closed on exec and blocking; the caller owns both.</summary>
    public static (SafeFileHandle Reading, SafeFileHandle Writing) CreatePipe()
    {
        Span<int> ends = stackalloc int[2];
        if (pipe2(ref MemoryMarshal.GetReference(ends), CloseOnExec) != 0)
        {
            throw LinuxException.FromLastError("pipe2");
        }

        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>Sets O_NONBLOCK on the open file: every descriptor of it is concerned.</summary>
    public static void SetNonBlocking(SafeFileHandle descriptor)
    {
        int flags = fcntl(descriptor, FcntlGetFlags, 0);
        if (flags < 0 || fcntl(descriptor, FcntlSetFlags, flags | NonBlocking) < 0)
        {
            throw LinuxException.FromLastError("fcntl");
        }
    }

    /// <summary>
    /// Makes a descriptor number (not the one it has) a second name of an open file, kept open on exec; what the number was
    /// before is closed.
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

    /// <summary>Has execve close a descriptor that was inherited.</summary>
    public static void SetCloseOnExec(SafeFileHandle descriptor)
    {
        if (fcntl(descriptor, FcntlSetDescriptorFlags, DescriptorClosesOnExec) < 0)
        {
            throw LinuxException.FromLastError("fcntl");
        }
    }

    /// <summary>A second descriptor of the same open file, closed on exec; the caller owns it.</summary>
    public static SafeFileHandle Duplicate(SafeFileHandle descriptor)
    {
        int duplicate = fcntl(descriptor, FcntlDuplicate, 0);
        return duplicate >= 0 ? new SafeFileHandle(duplicate, ownsHandle: true) : throw LinuxException.FromLastError("fcntl");
    }

    /// <summary>Gives what a descriptor has open to a user; its group stays.</summary>
    public static void ChangeOwner(SafeFileHandle descriptor, uint uid)
    {
        if (fchown(descriptor, uid, uint.MaxValue) != 0)
        {
            throw LinuxException.FromLastError("fchown");
        }
    }

    /// <param name="result">Of read(2) or write(2), just returned.</param>
    /// <param name="count">Bytes; 0 after an error.</param>
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
