using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>struct rtmsg: the fixed part of a message about a route.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RouteMessage
{
    public byte Family;
    public byte DestinationLength;
    public byte SourceLength;
    public byte TypeOfService;
    public byte Table;
    public byte Protocol;
    public byte Scope;
    public byte Type;
    public uint Flags;
}
