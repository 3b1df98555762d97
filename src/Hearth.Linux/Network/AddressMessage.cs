using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>struct ifaddrmsg: the fixed part of a message about an address of an interface.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct AddressMessage
{
    public byte Family;
    public byte PrefixLength;
    public byte Flags;
    public byte Scope;
    public uint Index;
}
