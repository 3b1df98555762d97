using System.Runtime.InteropServices;
using Hearth.Linux.Text;

namespace Hearth.Linux.Files;

/// <summary>mknod(2) and mkdir(2) with an exact mode, and the umask that would otherwise apply.</summary>
public static partial class DeviceNodes
{
    private const uint CharacterDevice = 0x2000;
    private const uint BlockDevice = 0x6000;

    /// <summary>Creates a character device with exactly this mode, regardless of the umask.</summary>
    public static void CreateCharacterDevice(string path, int mode, uint major, uint minor)
    {
        if (mknod(path, CharacterDevice | (uint)mode, DeviceNumber(major, minor)) != 0 || chmod(path, (uint)mode) != 0)
        {
            throw LinuxException.FromLastError("mknod", path);
        }
    }

    /// <summary>Creates another node for a block device; the mode is subject to the umask.</summary>
    /// <param name="path">The node to create.</param>
    /// <param name="mode">Permissions.</param>
    /// <param name="device">In the kernel's 32-bit encoding, as in <see cref="FileStatus.RawDevice"/>.</param>
    public static void CreateBlockDevice(string path, int mode, uint device)
    {
        if (mknod(path, BlockDevice | (uint)mode, DeviceNumber((device >> 8) & 0xfff, (device & 0xff) | ((device >> 12) & 0xfff00))) != 0)
        {
            throw LinuxException.FromLastError("mknod", path);
        }
    }

    /// <summary>Sets the umask: the mode bits that this process's new files do not get.</summary>
    /// <returns>The former umask.</returns>
    public static int SetCreationMask(int mask) => (int)umask((uint)mask);

    /// <summary>Composes a dev_t in glibc's layout: 12 + 20 bits of each number, interleaved.</summary>
    internal static ulong DeviceNumber(uint major, uint minor) =>
        ((ulong)(major & 0xfffff000) << 32) | ((ulong)(major & 0xfff) << 8) | ((ulong)(minor & 0xffffff00) << 12) | (minor & 0xff);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int mknod(string path, uint mode, ulong device);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int chmod(string path, uint mode);

    [LibraryImport("libc")]
    private static partial uint umask(uint mask);
}
