using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Sockets;

/// <summary>struct sockaddr_in: an IPv4 address and a port, both in network byte order.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct Ipv4SocketAddress
{
    internal ushort Family;
    internal ushort Port;
    internal uint Address;
    internal ulong Zero;

    /// <param name="address">4 bytes in network byte order.</param>
    /// <param name="port">The port.</param>
    public Ipv4SocketAddress(ReadOnlySpan<byte> address, ushort port)
    {
        Family = Ipv4Sockets.FamilyIpv4;
        Port = BinaryPrimitives.ReverseEndianness(port);
        Address = MemoryMarshal.Read<uint>(address);
    }
}
