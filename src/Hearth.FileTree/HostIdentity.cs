using System.Runtime.InteropServices;

namespace Hearth.FileTree;

/// <summary>
/// Which file of the host a node was walked from: with its size and time, what tells a replaced file. Without a gap, since
/// identities are stored and hashed as they lie in memory.
/// </summary>
/// <param name="Device"><c>st_dev</c>: Linux has 12 bits of major and 20 of minor number (linux/kdev_t.h), which 32 bits hold.</param>
/// <param name="Inode"><c>st_ino</c>.</param>
[StructLayout(LayoutKind.Sequential, Pack = sizeof(uint))]
public readonly record struct HostIdentity(uint Device, ulong Inode)
{
    /// <param name="device">As the C library composes it of major and minor.</param>
    /// <param name="inode">The inode number on that device.</param>
    public static HostIdentity Of(ulong device, ulong inode) => new(checked((uint)device), inode);
}
