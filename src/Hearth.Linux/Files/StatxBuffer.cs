using System.Runtime.InteropServices;

namespace Hearth.Linux.Files;

/// <summary><c>struct statx</c>, linux/stat.h: the same on all architectures. Only the used fields have names.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatxBuffer
{
    /// <summary>The file system's preferred size for reads and writes, in bytes.</summary>
    [FieldOffset(4)]
    internal uint BlockSize;

    [FieldOffset(8)]
    internal ulong Attributes;

    [FieldOffset(16)]
    internal uint LinkCount;

    [FieldOffset(20)]
    internal uint Uid;

    [FieldOffset(24)]
    internal uint Gid;

    [FieldOffset(28)]
    internal ushort Mode;

    [FieldOffset(32)]
    internal ulong Inode;

    [FieldOffset(40)]
    internal ulong Size;

    /// <summary>Number of blocks of 512 bytes each.</summary>
    [FieldOffset(48)]
    internal ulong Blocks;

    [FieldOffset(64)]
    internal long AccessedSeconds;

    [FieldOffset(72)]
    internal uint AccessedNanoseconds;

    [FieldOffset(80)]
    internal long BornSeconds;

    [FieldOffset(88)]
    internal uint BornNanoseconds;

    [FieldOffset(96)]
    internal long ChangedSeconds;

    [FieldOffset(104)]
    internal uint ChangedNanoseconds;

    [FieldOffset(112)]
    internal long ModifiedSeconds;

    [FieldOffset(120)]
    internal uint ModifiedNanoseconds;

    [FieldOffset(128)]
    internal uint RawDeviceMajor;

    [FieldOffset(132)]
    internal uint RawDeviceMinor;

    [FieldOffset(136)]
    internal uint DeviceMajor;

    [FieldOffset(140)]
    internal uint DeviceMinor;

    /// <summary>Since Linux 5.8.</summary>
    [FieldOffset(144)]
    internal ulong MountId;
}
