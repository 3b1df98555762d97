using System.Runtime.InteropServices;

namespace Hearth.Linux.Files;

/// <summary><c>struct xattr_args</c> of linux/xattr.h, Linux 6.13.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct XattrArguments
{
    internal ulong Value;
    internal uint Size;
    internal uint Flags;
}
