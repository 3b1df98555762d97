using System.Runtime.InteropServices;

namespace Hearth.Linux.Files;

/// <summary><c>struct open_how</c> of openat2(2), linux/openat2.h.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct OpenHow
{
    internal ulong Flags;
    internal ulong Mode;
    internal ulong Resolve;
}
