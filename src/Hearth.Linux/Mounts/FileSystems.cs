using System.Runtime.InteropServices;
using Hearth.Linux.Text;

namespace Hearth.Linux.Mounts;

/// <summary>mount(2), umount2(2), pivot_root(2): what the file system name space is made of.</summary>
public static partial class FileSystems
{
    /// <summary>Mounts a file system, or changes a mount, as mount(2) reads the flags.</summary>
    /// <param name="source">Device, path or any name; what the type makes of it.</param>
    /// <param name="target">Where it is to appear.</param>
    /// <param name="type">The kernel's name of the file system; null where the flags leave it no meaning.</param>
    /// <param name="flags">mount(2)'s flags.</param>
    /// <param name="data">The file system's own options, separated by commas.</param>
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

    /// <summary>sync(2): starts and awaits the writing of everything dirty.</summary>
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
