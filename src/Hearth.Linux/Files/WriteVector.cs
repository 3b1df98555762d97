using System.Runtime.InteropServices;

namespace Hearth.Linux.Files;

/// <summary><c>struct iovec</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WriteVector
{
    internal ulong Start;
    internal ulong Length;
}
