using System.Net.Sockets;
using System.Runtime.InteropServices;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Sockets;

/// <summary>Sends an open file to the process at the other end of a Unix socket: sendmsg(2), unix(7).</summary>
public static unsafe partial class DescriptorPassing
{
    private const int SocketLevel = 1;
    private const int Rights = 1;

    /// <summary>Length of a control message with one descriptor, without padding.</summary>
    private const int LengthOfOne = 20;

    /// <param name="socket">A connected socket.</param>
    /// <param name="descriptor">The descriptor to send; the caller keeps its ownership.</param>
    /// <param name="name">The data that the receiver reads with it; not empty.</param>
    public static void Send(Socket socket, SafeFileHandle descriptor, ReadOnlySpan<byte> name)
    {
        PassedDescriptor passed = new() { Length = LengthOfOne, Level = SocketLevel, Type = Rights, Descriptor = (int)descriptor.DangerousGetHandle() };
        fixed (byte* start = name)
        {
            WriteVector vector = new() { Start = (ulong)start, Length = (ulong)name.Length };
            MessageHeader message = new() { Vectors = (ulong)&vector, VectorCount = 1, Control = (ulong)&passed, ControlLength = (ulong)sizeof(PassedDescriptor) };
            if (sendmsg(socket.SafeHandle, ref message, 0) < 0)
            {
                throw LinuxException.FromLastError("sendmsg");
            }
        }

        GC.KeepAlive(descriptor);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint sendmsg(SafeHandle socket, ref MessageHeader message, int flags);
}
