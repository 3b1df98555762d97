using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Sockets;

/// <summary>UDP and TCP servers without the runtime's socket classes, which would be a fifth of a guest's init.</summary>
public static partial class Ipv4Sockets
{
    internal const ushort FamilyIpv4 = 2;

    private const int TypeStream = 1;
    private const int TypeDatagram = 2;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int NoSignal = 0x4000;
    private const int Truncated = 0x20;
    private const int ShutWriting = 1;
    private const uint AddressBytes = 16;

    /// <summary>Opens a UDP socket that never blocks; the caller owns it.</summary>
    public static SafeFileHandle BindDatagram(in Ipv4SocketAddress address) => Bind(TypeDatagram, in address);

    /// <summary>Opens a TCP socket that listens and never blocks; the caller owns it.</summary>
    /// <param name="address">Where to listen.</param>
    /// <param name="backlog">The number of connections that the kernel keeps until they are accepted.</param>
    public static SafeFileHandle Listen(in Ipv4SocketAddress address, int backlog)
    {
        SafeFileHandle listener = Bind(TypeStream, in address);
        if (listen(listener, backlog) != 0)
        {
            using (listener)
            {
                throw LinuxException.FromLastError("listen");
            }
        }

        return listener;
    }

    /// <summary>
    /// Begins to connect by TCP; the caller owns the socket, which never blocks. On the loopback interface it is connected at
    /// once, or refused.
    /// </summary>
    public static Errno TryConnect(in Ipv4SocketAddress address, out SafeFileHandle connection)
    {
        connection = Open(TypeStream);
        Errno errno = connect(connection, in address, AddressBytes) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        if (errno == Errno.EINPROGRESS)
        {
            return Errno.None;
        }

        if (errno != Errno.None)
        {
            connection.Dispose();
        }

        return errno;
    }

    /// <summary>Opens a UDP socket that never blocks and receives only from a peer; the caller owns it.</summary>
    public static Errno TryConnectDatagram(in Ipv4SocketAddress address, out SafeFileHandle connection)
    {
        connection = Open(TypeDatagram);
        Errno errno = connect(connection, in address, AddressBytes) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        if (errno != Errno.None)
        {
            connection.Dispose();
        }

        return errno;
    }

    /// <summary>Ends the direction to the peer; further bytes can still arrive.</summary>
    public static void EndSending(SafeFileHandle connection) => _ = shutdown(connection, ShutWriting);

    /// <summary>Accepts a connection that never blocks; the caller owns it.</summary>
    public static Errno TryAccept(SafeFileHandle listener, out SafeFileHandle connection)
    {
        connection = accept4(listener, nint.Zero, nint.Zero, NonBlocking | CloseOnExec);
        return connection.IsInvalid ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
    }

    /// <summary>Receives a datagram.</summary>
    /// <param name="socket">A UDP socket.</param>
    /// <param name="buffer">Receives the datagram.</param>
    /// <param name="sender">Where to send an answer.</param>
    /// <param name="count">The length in bytes; the buffer's length plus 1 for a datagram that does not fit, the rest of which is lost.</param>
    public static Errno TryReceive(SafeFileHandle socket, Span<byte> buffer, out Ipv4SocketAddress sender, out int count)
    {
        sender = default;
        uint length = AddressBytes;
        nint received = recvfrom(socket, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length, Truncated, ref sender, ref length);
        count = (int)Math.Min(received, buffer.Length + 1);
        return received >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
    }

    /// <summary>Sends a datagram, or none of it.</summary>
    public static Errno TrySend(SafeFileHandle socket, ReadOnlySpan<byte> datagram, in Ipv4SocketAddress receiver) =>
        sendto(socket, ref MemoryMarshal.GetReference(datagram), (nuint)datagram.Length, NoSignal, in receiver, AddressBytes) >= 0
            ? Errno.None
            : (Errno)Marshal.GetLastPInvokeError();

    private static SafeFileHandle Bind(int type, in Ipv4SocketAddress address)
    {
        SafeFileHandle opened = Open(type);
        if (bind(opened, in address, AddressBytes) != 0)
        {
            using (opened)
            {
                throw LinuxException.FromLastError("bind");
            }
        }

        return opened;
    }

    private static SafeFileHandle Open(int type)
    {
        SafeFileHandle opened = socket(FamilyIpv4, type | NonBlocking | CloseOnExec, 0);
        return opened.IsInvalid ? throw LinuxException.FromLastError("socket") : opened;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(SafeFileHandle socket, in Ipv4SocketAddress address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int shutdown(SafeFileHandle socket, int how);

    [LibraryImport("libc", SetLastError = true)]
    private static partial SafeFileHandle socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(SafeFileHandle socket, in Ipv4SocketAddress address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int listen(SafeFileHandle socket, int backlog);

    [LibraryImport("libc", SetLastError = true)]
    private static partial SafeFileHandle accept4(SafeFileHandle socket, nint address, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recvfrom(SafeFileHandle socket, ref byte buffer, nuint length, int flags, ref Ipv4SocketAddress sender, ref uint senderLength);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendto(SafeFileHandle socket, ref byte buffer, nuint length, int flags, in Ipv4SocketAddress receiver, uint receiverLength);
}
