using System.Runtime.InteropServices;

namespace Hearth.Linux.Sockets;

/// <summary>struct cmsghdr of a 64-bit system, followed by one descriptor and its padding.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PassedDescriptor
{
    public ulong Length;
    public int Level;
    public int Type;
    public int Descriptor;
    public int Padding;
}
