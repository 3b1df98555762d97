using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Sockets;

/// <summary>struct ifreq with its flags: 40 bytes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 40)]
internal struct InterfaceRequest
{
    [FieldOffset(0)]
    internal InterfaceName Name;

    [FieldOffset(16)]
    internal short Flags;

    [InlineArray(16)]
    internal struct InterfaceName
    {
        private byte first;
    }
}
