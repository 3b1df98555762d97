using System.Runtime.InteropServices;

namespace Hearth.FileTree;

/// <summary>
/// Where a node's content is: a file of the host, or a place in an image's layer. With a file's size and time, this reveals a
/// replaced file. The layout has no padding, since identities are stored and hashed as they are in memory.
/// </summary>
/// <param name="Store">
/// A file's <c>st_dev</c>: Linux has 12 bits of major and 20 of minor number (linux/kdev_t.h), which 32 bits hold. Or a
/// layer's number.
/// </param>
/// <param name="Position">A file's <c>st_ino</c>, or the number of bytes before the content in the uncompressed layer.</param>
[StructLayout(LayoutKind.Sequential, Pack = sizeof(uint))]
public readonly record struct SourceIdentity(uint Store, ulong Position)
{
    /// <param name="device">The device number, as the C library composes it from major and minor.</param>
    /// <param name="inode">The inode number on that device.</param>
    public static SourceIdentity OfFile(ulong device, ulong inode) => new(checked((uint)device), inode);
}
