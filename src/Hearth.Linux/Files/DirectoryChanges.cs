using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Creates, removes and renames entries of held directories: mkdirat, mknodat, symlinkat, linkat, unlinkat, renameat2. The
/// calling thread's rights and umask apply. Each name is one component, NUL-terminated right behind the span, and is not
/// followed.
/// </summary>
public static partial class DirectoryChanges
{
    private const int CurrentDirectory = -100;
    private const int FollowLink = 0x400;
    private const int RemoveDirectoryFlag = 0x200;

    public static Errno TryMakeDirectory(SafeFileHandle parent, ReadOnlySpan<byte> name, uint mode) =>
        Outcome(mkdirat(parent, in MemoryMarshal.GetReference(name), mode));

    /// <summary>Creates an empty file, a fifo or a socket, but no device.</summary>
    /// <param name="parent">A held directory.</param>
    /// <param name="name">The name to create in it.</param>
    /// <param name="mode">Type and permissions.</param>
    public static Errno TryMakeNode(SafeFileHandle parent, ReadOnlySpan<byte> name, uint mode) =>
        Outcome(mknodat(parent, in MemoryMarshal.GetReference(name), mode, 0));

    /// <summary>Creates a device node.</summary>
    /// <param name="parent">A held directory.</param>
    /// <param name="name">The name to create in it.</param>
    /// <param name="mode">Type and permissions.</param>
    /// <param name="major">The number of the device's driver.</param>
    /// <param name="minor">The device's number within its driver.</param>
    public static Errno TryMakeDevice(SafeFileHandle parent, ReadOnlySpan<byte> name, uint mode, uint major, uint minor) =>
        Outcome(mknodat(parent, in MemoryMarshal.GetReference(name), mode, DeviceNodes.DeviceNumber(major, minor)));

    /// <param name="parent">A held directory.</param>
    /// <param name="name">The link's name in it.</param>
    /// <param name="target">NUL-terminated right behind the span; any text, which is not resolved.</param>
    public static Errno TryMakeSymbolicLink(SafeFileHandle parent, ReadOnlySpan<byte> name, ReadOnlySpan<byte> target) =>
        Outcome(symlinkat(in MemoryMarshal.GetReference(target), parent, in MemoryMarshal.GetReference(name)));

    /// <summary>Creates a hard link to the held file; if that is a symbolic link, to the link itself.</summary>
    public static Errno TryLink(SafeFileHandle held, SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        // FollowLink follows only the magic link. AT_EMPTY_PATH would need CAP_DAC_READ_SEARCH.
        var path = new DescriptorPath(held);
        Errno errno = Outcome(linkat(CurrentDirectory, in path.Start, parent, in MemoryMarshal.GetReference(name), FollowLink));
        path.Dispose();
        return errno;
    }

    /// <summary>Removes a name that does not belong to a directory.</summary>
    public static Errno TryUnlink(SafeFileHandle parent, ReadOnlySpan<byte> name) =>
        Outcome(unlinkat(parent, in MemoryMarshal.GetReference(name), 0));

    public static Errno TryRemoveDirectory(SafeFileHandle parent, ReadOnlySpan<byte> name) =>
        Outcome(unlinkat(parent, in MemoryMarshal.GetReference(name), RemoveDirectoryFlag));

    public static Errno TryRename(SafeFileHandle from, ReadOnlySpan<byte> name, SafeFileHandle to, ReadOnlySpan<byte> newName, RenameFlags flags) =>
        Outcome(renameat2(from, in MemoryMarshal.GetReference(name), to, in MemoryMarshal.GetReference(newName), (uint)flags));

    private static Errno Outcome(int result) => result == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mkdirat(SafeFileHandle directory, in byte name, uint mode);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mknodat(SafeFileHandle directory, in byte name, uint mode, ulong device);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int symlinkat(in byte target, SafeFileHandle directory, in byte name);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int linkat(int from, in byte path, SafeFileHandle to, in byte name, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int unlinkat(SafeFileHandle directory, in byte name, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int renameat2(SafeFileHandle from, in byte name, SafeFileHandle to, in byte newName, uint flags);
}
