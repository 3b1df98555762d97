using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>struct tcmsg: the fixed part of a message about a queueing discipline or a filter.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TrafficMessage
{
    public byte Family;
    public byte Padding1;
    public ushort Padding2;
    public int Index;
    public uint Handle;
    public uint Parent;
    public uint Info;
}
