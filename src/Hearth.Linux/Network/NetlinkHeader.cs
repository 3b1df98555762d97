using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>struct nlmsghdr: 16 bytes before each netlink message. The length includes the header.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NetlinkHeader
{
    public uint Length;
    public ushort Type;
    public ushort Flags;
    public uint Sequence;
    public uint PortId;
}
