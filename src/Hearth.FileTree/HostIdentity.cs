using System.Runtime.InteropServices;

namespace Hearth.FileTree;

/// <summary>
/// Identifies the host file that a node was walked from. Together with its size and time, this reveals a replaced file. The
/// layout has no padding, since identities are stored and hashed as they are in memory.
/// </summary>
/// <param name="Device"><c>st_dev</c>: Linux has 12 bits of major and 20 of minor number (linux/kdev_t.h), which 32 bits hold.</param>
/// <param name="Inode"><c>st_ino</c>.</param>
[StructLayout(LayoutKind.Sequential, Pack = sizeof(uint))]
public readonly record struct HostIdentity(uint Device, ulong Inode)
{
    /// <param name="device">The device number, as the C library composes it from major and minor.</param>
    /// <param name="inode">The inode number on that device.</param>
    public static HostIdentity Of(ulong device, ulong inode) => new(checked((uint)device), inode);
}
