using System.Runtime.InteropServices;

namespace Hearth.Linux.Files;

/// <summary><c>struct statfs</c> of 64-bit architectures; only the used fields have names.</summary>
[StructLayout(LayoutKind.Explicit, Size = 120)]
internal struct StatFsBuffer
{
    [FieldOffset(0)]
    internal long Type;

    [FieldOffset(8)]
    internal long BlockSize;

    [FieldOffset(16)]
    internal ulong Blocks;

    [FieldOffset(24)]
    internal ulong BlocksFree;

    [FieldOffset(32)]
    internal ulong BlocksAvailable;

    [FieldOffset(40)]
    internal ulong Files;

    [FieldOffset(48)]
    internal ulong FilesFree;

    [FieldOffset(64)]
    internal long NameLength;

    [FieldOffset(72)]
    internal long FragmentSize;
}
