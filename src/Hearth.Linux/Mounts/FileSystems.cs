using System.Runtime.InteropServices;
using Hearth.Linux.Text;

namespace Hearth.Linux.Mounts;

/// <summary>mount(2), umount2(2), pivot_root(2): changes to the mount namespace.</summary>
public static partial class FileSystems
{
    /// <summary>Mounts a file system or changes a mount, depending on the flags of mount(2).</summary>
    /// <param name="source">A device, a path or any name; its meaning depends on the type.</param>
    /// <param name="target">Where to mount it.</param>
    /// <param name="type">The kernel's name of the file system; null if the flags do not use it.</param>
    /// <param name="flags">mount(2)'s flags.</param>
    /// <param name="data">The file system's options, separated by commas.</param>
    public static void Mount(string source, string target, string? type, MountFlags flags, string? data = null)
    {
        if (mount(source, target, type, (nuint)flags, data) != 0)
        {
            throw LinuxException.FromLastError("mount", target);
        }
    }

    public static void Unmount(string target, UnmountFlags flags = UnmountFlags.None)
    {
        if (umount2(target, (int)flags) != 0)
        {
            throw LinuxException.FromLastError("umount2", target);
        }
    }

    public static void ChangeDirectory(string path)
    {
        if (chdir(path) != 0)
        {
            throw LinuxException.FromLastError("chdir", path);
        }
    }

    /// <summary>Swaps the root mount; refused while the root is the initramfs.</summary>
    public static void PivotRoot(string newRoot, string putOld)
    {
        if (syscall(SystemCallNumbers.PivotRoot, newRoot, putOld) != 0)
        {
            throw LinuxException.FromLastError("pivot_root", newRoot);
        }
    }

    /// <summary>sync(2): writes all dirty data to the disks and waits for it.</summary>
    public static void Synchronize() => sync();

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int mount(string source, string target, string? type, nuint flags, string? data);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int chdir(string path);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial nint syscall(nint number, string first, string second);

    [LibraryImport("libc")]
    private static partial void sync();
}
