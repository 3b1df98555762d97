using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>struct ifinfomsg: the fixed part of a message about an interface.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct LinkMessage
{
    public byte Family;
    public byte Padding;
    public ushort Type;
    public int Index;
    public uint Flags;
    public uint Change;
}
