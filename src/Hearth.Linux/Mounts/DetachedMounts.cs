using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Mounts;

/// <summary>Operations on mounts that are known by descriptor only, and cloning of mounts that have a path.</summary>
public static partial class DetachedMounts
{
    private const int CurrentDirectory = -100;
    private const uint SourceIsDescriptor = 4;
    private const int CloseOnExec = 0x80000;
    private const uint CloneTree = 1;
    private const uint EmptyPath = 0x1000;
    private const uint Recursively = 0x8000;
    private const int DetachFlag = 2;
    private const int NoFollowFlag = 8;

    /// <summary>
    /// Creates a detached mount of a file or directory. The caller owns it, and it ends when the descriptor is closed, unless
    /// it is attached.
    /// </summary>
    /// <param name="source">A file or directory on a mount of the calling thread's mount namespace.</param>
    /// <param name="mount">The mount; invalid on failure.</param>
    /// <param name="withMountsBeneath">Whether to include mounts beneath the source.</param>
    /// <returns>EINVAL if the source is on a detached mount.</returns>
    public static Errno TryClone(SafeFileHandle source, out SafeFileHandle mount, bool withMountsBeneath = false)
    {
        mount = open_tree(source, "", CloneTree | EmptyPath | (uint)CloseOnExec | (withMountsBeneath ? Recursively : 0));
        return mount.IsInvalid ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
    }

    /// <summary>Restricts a detached mount and all mounts beneath it.</summary>
    public static Errno TryRestrict(SafeFileHandle mount, MountAttributes attributes)
    {
        var change = new MountAttributeChange { Set = (ulong)attributes };
        int result = mount_setattr(mount, "", EmptyPath | Recursively, in change, (nuint)Unsafe.SizeOf<MountAttributeChange>());
        return result == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
    }

    /// <summary>Attaches a detached mount to a directory of the caller's mount namespace; a mount of a file, to a file.</summary>
    public static void Attach(SafeFileHandle mount, string target)
    {
        if (move_mount(mount, "", CurrentDirectory, target, SourceIsDescriptor) != 0)
        {
            throw LinuxException.FromLastError("move_mount", target);
        }
    }

    /// <summary>Detaches a mount from its directory immediately; it ends when its last user closes it.</summary>
    public static void Detach(string target)
    {
        if (umount2(target, DetachFlag | NoFollowFlag) != 0)
        {
            throw LinuxException.FromLastError("umount2", target);
        }
    }

    /// <summary>Opens a file of a mount by its path from the mount's root; closed on exec.</summary>
    /// <param name="mount">The mount's root or any directory.</param>
    /// <param name="path">Without a leading slash.</param>
    /// <param name="flags">open(2)'s access mode: 0 reads, 1 writes.</param>
    public static SafeFileHandle OpenFile(SafeFileHandle mount, string path, int flags)
    {
        SafeFileHandle file;
        while ((file = openat(mount, path, flags | CloseOnExec)).IsInvalid)
        {
            if ((Errno)Marshal.GetLastPInvokeError() != Errno.EINTR)
            {
                throw LinuxException.FromLastError("openat", path);
            }
        }

        return file;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial SafeFileHandle open_tree(SafeFileHandle directory, string path, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int mount_setattr(SafeFileHandle directory, string path, uint flags, in MountAttributeChange change, nuint size);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int move_mount(SafeFileHandle from, string fromPath, int to, string toPath, uint flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int umount2(string target, int flags);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial SafeFileHandle openat(SafeFileHandle directory, string path, int flags);
}
