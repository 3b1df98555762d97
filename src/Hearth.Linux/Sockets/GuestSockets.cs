using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Sockets;

/// <summary>
/// Sockets that .NET does not support: AF_VSOCK, netlink's kernel events, socket pairs, and an interface's flags.
/// </summary>
public static partial class GuestSockets
{
    private const int FamilyUnix = 1;
    private const int FamilyIpv4 = 2;
    private const int FamilyNetlink = 16;
    private const int FamilyVsock = 40;
    private const int TypeStream = 1;
    private const int TypeDatagram = 2;
    private const int CloseOnExec = 0x80000;
    private const int KernelEventProtocol = 15;
    private const uint KernelEventGroup = 1;
    private const uint AnyContextId = uint.MaxValue;
    private const uint SetInterfaceFlags = 0x8914;
    private const short InterfaceUp = 1;

    /// <summary>
    /// Opens a socket on which the kernel reports added and removed devices, one event per read; the caller owns it.
    /// </summary>
    public static SafeFileHandle OpenKernelEvents()
    {
        SafeFileHandle events = Open(FamilyNetlink, TypeDatagram, KernelEventProtocol);
        NetlinkAddress address = new() { Family = FamilyNetlink, Groups = KernelEventGroup };
        if (bind(events, in address, 12) != 0)
        {
            using (events)
            {
                throw LinuxException.FromLastError("bind", "kernel events");
            }
        }

        return events;
    }

    /// <summary>Opens a vsock socket that listens on a port; the caller owns it.</summary>
    public static SafeFileHandle ListenVsock(uint port)
    {
        SafeFileHandle listener = Open(FamilyVsock, TypeStream, 0);
        VsockAddress address = new() { Family = FamilyVsock, Port = port, ContextId = AnyContextId };
        if (bind(listener, in address, 16) != 0 || listen(listener, 1) != 0)
        {
            using (listener)
            {
                throw LinuxException.FromLastError("bind", $"vsock port {port}");
            }
        }

        return listener;
    }

    /// <summary>Waits for a connection; the caller owns it.</summary>
    public static SafeFileHandle Accept(SafeFileHandle listener)
    {
        while (true)
        {
            SafeFileHandle connection = accept4(listener, nint.Zero, nint.Zero, CloseOnExec);
            if (!connection.IsInvalid)
            {
                return connection;
            }

            if ((Errno)Marshal.GetLastPInvokeError() != Errno.EINTR)
            {
                throw LinuxException.FromLastError("accept4");
            }
        }
    }

    /// <summary>Creates two connected Unix stream sockets; the caller owns both.</summary>
    public static (SafeFileHandle First, SafeFileHandle Second) CreatePair()
    {
        Span<int> ends = stackalloc int[2];
        if (socketpair(FamilyUnix, TypeStream | CloseOnExec, 0, ref MemoryMarshal.GetReference(ends)) != 0)
        {
            throw LinuxException.FromLastError("socketpair");
        }

        return (new SafeFileHandle(ends[0], ownsHandle: true), new SafeFileHandle(ends[1], ownsHandle: true));
    }

    /// <summary>Brings an interface of this network namespace up.</summary>
    public static void BringUp(string name)
    {
        using SafeFileHandle socket = Open(FamilyIpv4, TypeDatagram, 0);
        InterfaceRequest request = new() { Flags = InterfaceUp };
        Encoding.ASCII.GetBytes(name, (Span<byte>)request.Name);
        if (ioctl(socket, SetInterfaceFlags, in request) != 0)
        {
            throw LinuxException.FromLastError("ioctl SIOCSIFFLAGS", name);
        }
    }

    private static SafeFileHandle Open(int family, int type, int protocol)
    {
        SafeFileHandle opened = socket(family, type | CloseOnExec, protocol);
        return opened.IsInvalid ? throw LinuxException.FromLastError("socket", $"family {family}") : opened;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial SafeFileHandle socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(SafeFileHandle socket, in NetlinkAddress address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(SafeFileHandle socket, in VsockAddress address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int listen(SafeFileHandle socket, int backlog);

    [LibraryImport("libc", SetLastError = true)]
    private static partial SafeFileHandle accept4(SafeFileHandle socket, nint address, nint length, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socketpair(int family, int type, int protocol, ref int ends);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(SafeFileHandle socket, nuint request, in InterfaceRequest argument);
}
