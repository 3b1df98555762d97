namespace Hearth.Linux.Sockets;

/// <summary>struct sockaddr_nl: 12 bytes.</summary>
internal struct NetlinkAddress
{
    internal ushort Family;
    internal ushort Padding;
    internal uint PortId;
    internal uint Groups;
}
