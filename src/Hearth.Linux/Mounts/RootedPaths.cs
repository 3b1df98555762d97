using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Linux.Files;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Mounts;

/// <summary>
/// Paths in another root: resolved by openat2(2) as if a directory were <c>/</c>, so that neither symbolic links nor
/// <c>..</c> lead out of it. Files found are held by O_PATH descriptors; <see cref="NameOf"/> returns a path for mount(2).
/// </summary>
public static partial class RootedPaths
{
    private const ulong PathOnly = 0x200000;
    private const ulong CloseOnExec = 0x80000;
    private const int Create = 0x40;
    private const ulong NonBlocking = 0x800;
    private const ulong NoControllingTerminal = 0x100;
    private const ulong ResolveInRoot = 0x10;

    /// <summary>This process's path for the file of a descriptor; needs /proc.</summary>
    public static string NameOf(SafeFileHandle descriptor) => $"/proc/self/fd/{descriptor.DangerousGetHandle()}";

    /// <summary>Holds the file at a path in this process's own root; the caller owns the descriptor.</summary>
    public static SafeFileHandle Hold(string path) =>
        open(path, (int)(PathOnly | CloseOnExec), 0) is { IsInvalid: false } held ? held : throw LinuxException.FromLastError("open", path);

    /// <summary>Holds the file at a path in a root, following symbolic links; the caller owns the descriptor.</summary>
    /// <returns>Null with the reason if it cannot be reached.</returns>
    public static SafeFileHandle? TryHold(SafeFileHandle root, string path, out Errno errno) => TryHold(root, path, followsLink: true, out errno);

    /// <summary>
    /// Holds the file at a path in a root; with <paramref name="followsLink"/> false, a symbolic link at its end is held
    /// itself.
    /// </summary>
    public static SafeFileHandle? TryHold(SafeFileHandle root, string path, bool followsLink, out Errno errno) =>
        TryOpen(root, path, PathOnly | (followsLink ? 0 : OpenCall.NoFollow), out errno);

    /// <summary>Creates a directory in a held one.</summary>
    /// <returns>None, or the error, for example EEXIST.</returns>
    public static Errno TryMakeDirectory(SafeFileHandle parent, string name, int mode) =>
        mkdirat(parent, name, (uint)mode) == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();

    /// <summary>Creates an empty file in a held directory; the name must not exist.</summary>
    /// <returns>None, or the error.</returns>
    public static Errno TryMakeFile(SafeFileHandle parent, string name, int mode)
    {
        using SafeFileHandle file = openat(parent, name, Create | (int)CloseOnExec, (uint)mode);
        return file.IsInvalid ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
    }

    /// <summary>
    /// Opens a file in this process's own root for reading, without ever blocking: a fifo reads as empty. The caller owns it.
    /// </summary>
    /// <returns>Null with the reason if it cannot be opened.</returns>
    public static SafeFileHandle? TryOpenForReading(string path, out Errno errno)
    {
        SafeFileHandle file = open(path, (int)(NonBlocking | CloseOnExec), 0);
        errno = file.IsInvalid ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
        return file.IsInvalid ? null : file;
    }

    /// <summary>Opens a file in another root in the same way, following symbolic links.</summary>
    /// <returns>Null with the reason if it cannot be opened.</returns>
    public static SafeFileHandle? TryOpenForReading(SafeFileHandle root, string path, out Errno errno) =>
        TryOpen(root, path, NonBlocking | NoControllingTerminal, out errno);

    private static SafeFileHandle? TryOpen(SafeFileHandle root, string path, ulong flags, out Errno errno)
    {
        OpenHow how = new() { Flags = flags | CloseOnExec, Resolve = ResolveInRoot };
        SafeFileHandle opened = syscall(SystemCallNumbers.OpenAt2, root, path, in how, (nuint)Unsafe.SizeOf<OpenHow>());
        errno = opened.IsInvalid ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
        return opened.IsInvalid ? null : opened;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial SafeFileHandle open(string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial SafeFileHandle openat(SafeFileHandle directory, string path, int flags, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial int mkdirat(SafeFileHandle directory, string name, uint mode);

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Custom, StringMarshallingCustomType = typeof(ByteTextMarshaller))]
    private static partial SafeFileHandle syscall(nint number, SafeFileHandle root, string path, in OpenHow how, nuint size);
}
