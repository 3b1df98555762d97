using System.Runtime.InteropServices;

namespace Hearth.Linux.Sockets;

/// <summary>struct msghdr of a 64-bit system.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct MessageHeader
{
    public ulong Name;
    public uint NameLength;
    public ulong Vectors;
    public ulong VectorCount;
    public ulong Control;
    public ulong ControlLength;
    public int Flags;
}
