using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>struct ndmsg: the fixed part of a message about a neighbour, which links an address to a hardware address.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct NeighbourMessage
{
    public byte Family;
    public byte Padding1;
    public ushort Padding2;
    public int Index;
    public ushort State;
    public byte Flags;
    public byte Type;
}
