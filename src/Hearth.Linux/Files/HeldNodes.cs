using System.Runtime.InteropServices;
using Hearth.Linux.Text;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Files of any type that are held: referred to by O_PATH descriptors, which do not open them. A file is found by one name in
/// a held directory, never by following a link. All further calls use the descriptor alone. Names are NUL-terminated right
/// behind the span.
/// </summary>
public static partial class HeldNodes
{
    private const int CurrentDirectory = -100;
    private const int EmptyPath = 0x1000;
    private const int NoFollow = 0x100;
    private const int NoAutomount = 0x800;
    private const int ByEffectiveIds = 0x200;
    private const uint AllFields = 0x7ff | 0x800 | 0x1000;

    /// <summary>Holds the file at a path chosen by the caller; symbolic links are followed.</summary>
    public static Errno TryHoldPath(string path, out SafeFileHandle held) => TryHoldPath(path, followsLink: true, out held);

    /// <summary>
    /// Holds the file at a path; with <paramref name="followsLink"/> false, a symbolic link at its end is held itself.
    /// </summary>
    public static Errno TryHoldPath(string path, bool followsLink, out SafeFileHandle held)
    {
        using var current = new SafeFileHandle(CurrentDirectory, ownsHandle: false);
        var how = new OpenHow { Flags = OpenCall.PathOnly | OpenCall.CloseOnExec | (followsLink ? 0 : OpenCall.NoFollow) };
        return OpenCall.Open(current, ByteText.Encode(path + '\0'), how, out held);
    }

    /// <summary>Holds the file that has a name in a directory; a symbolic link is held itself.</summary>
    /// <returns>EXDEV if something is mounted there and mounts must not be crossed.</returns>
    public static Errno TryHold(SafeFileHandle parent, ReadOnlySpan<byte> name, bool mayCrossMounts, out SafeFileHandle held) => OpenCall.Open(
        parent,
        name,
        new OpenHow { Flags = OpenCall.PathOnly | OpenCall.NoFollow | OpenCall.CloseOnExec, Resolve = OpenCall.Confined(mayCrossMounts) },
        out held);

    /// <summary>
    /// Holds the directory at a path of several names. Symbolic links in it are followed as long as they stay beneath.
    /// </summary>
    /// <returns>EXDEV if one leads out.</returns>
    public static Errno TryHoldDirectoryBeneath(SafeFileHandle directory, ReadOnlySpan<byte> path, out SafeFileHandle held) => OpenCall.Open(
        directory,
        path,
        new OpenHow
        {
            Flags = OpenCall.PathOnly | OpenCall.DirectoryOnly | OpenCall.CloseOnExec,
            Resolve = OpenCall.ResolveBeneath | OpenCall.ResolveNoMagicLinks,
        },
        out held);

    /// <summary>
    /// Opens a held file with the calling thread's rights. The caller must know its type: opening a device may have side
    /// effects, and opening a fifo may block.
    /// </summary>
    public static Errno TryOpen(SafeFileHandle held, OpenFlags flags, out SafeFileHandle opened) =>
        TryOpen(held, (uint)(flags | OpenFlags.NonBlocking | OpenFlags.NoControllingTerminal), out opened);

    /// <summary>Opens a held directory for listing.</summary>
    public static Errno TryOpenDirectory(SafeFileHandle held, out SafeFileHandle opened) => TryOpen(held, OpenCall.DirectoryOnly, out opened);

    /// <summary>Holds the file of an open descriptor.</summary>
    public static Errno TryHoldOpen(SafeFileHandle open, out SafeFileHandle held) => TryOpen(open, OpenCall.PathOnly, out held);

    /// <summary>Creates a regular file and opens it.</summary>
    /// <param name="parent">A held directory.</param>
    /// <param name="name">The name to create in it.</param>
    /// <param name="flags">How to open it.</param>
    /// <param name="mode">Permissions, subject to the thread's umask.</param>
    /// <param name="file">The new file, owned by the caller; invalid on failure.</param>
    /// <returns>EEXIST if the name is already in use.</returns>
    public static Errno TryCreate(SafeFileHandle parent, ReadOnlySpan<byte> name, OpenFlags flags, uint mode, out SafeFileHandle file) => OpenCall.Open(
        parent,
        name,
        new OpenHow
        {
            Flags = (uint)(flags | OpenFlags.Create | OpenFlags.Exclusive) | OpenCall.NoFollow | OpenCall.CloseOnExec,
            Mode = mode,
            Resolve = OpenCall.Confined(mayCrossMounts: true),
        },
        out file);

    /// <summary>
    /// Inspects a name in a held directory; a symbolic link is not followed. An empty name means the held file itself.
    /// </summary>
    public static Errno TryInspect(SafeFileHandle held, ReadOnlySpan<byte> name, out NodeStatus status)
    {
        int result;
        Errno errno;
        StatxBuffer buffer;
        do
        {
            result = statx(held, in MemoryMarshal.GetReference(name), NoFollow | NoAutomount | EmptyPath, AllFields, out buffer);
            errno = result == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.EINTR);
        status = StatusOf(buffer);
        return errno;
    }

    /// <summary>Reads the target of a held symbolic link, without a NUL.</summary>
    public static Errno TryReadLink(SafeFileHandle held, Span<byte> target, out int count)
    {
        nint result = readlinkat(held, in MemoryMarshal.GetReference("\0"u8), ref MemoryMarshal.GetReference(target), (nuint)target.Length);
        count = (int)Math.Max(result, 0);
        return result >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
    }

    /// <summary>Checks whether the calling thread's effective ids have access to a held file.</summary>
    /// <param name="held">The held file.</param>
    /// <param name="mask">The mask of access(2): 4 to read, 2 to write, 1 to execute.</param>
    public static Errno TryAccess(SafeFileHandle held, uint mask)
    {
        var path = new DescriptorPath(held);
        int result = faccessat(CurrentDirectory, in path.Start, (int)mask, ByEffectiveIds);
        Errno errno = result == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        path.Dispose();
        return errno;
    }

    private static Errno TryOpen(SafeFileHandle held, ulong flags, out SafeFileHandle opened)
    {
        var path = new DescriptorPath(held);
        using var current = new SafeFileHandle(CurrentDirectory, ownsHandle: false);
        var how = new OpenHow { Flags = flags | OpenCall.CloseOnExec };
        Errno errno = OpenCall.Open(current, MemoryMarshal.CreateReadOnlySpan(in path.Start, 1), how, out opened);
        path.Dispose();
        return errno;
    }

    private static NodeStatus StatusOf(in StatxBuffer buffer) => new()
    {
        Mode = buffer.Mode,
        LinkCount = buffer.LinkCount,
        Uid = buffer.Uid,
        Gid = buffer.Gid,
        Inode = buffer.Inode,
        Device = ContentFiles.DeviceOf(buffer.DeviceMajor, buffer.DeviceMinor),
        MountId = buffer.MountId,
        Size = buffer.Size,
        Blocks = buffer.Blocks,
        BlockSize = buffer.BlockSize,
        RawDevice = DirectoryFiles.EncodeDevice(buffer.RawDeviceMajor, buffer.RawDeviceMinor),
        Accessed = new FileTime(buffer.AccessedSeconds, buffer.AccessedNanoseconds),
        Modified = new FileTime(buffer.ModifiedSeconds, buffer.ModifiedNanoseconds),
        Changed = new FileTime(buffer.ChangedSeconds, buffer.ChangedNanoseconds),
        Born = new FileTime(buffer.BornSeconds, buffer.BornNanoseconds),
    };

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(SafeFileHandle directory, in byte name, int flags, uint mask, out StatxBuffer status);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint readlinkat(SafeFileHandle directory, in byte name, ref byte target, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int faccessat(int directory, in byte path, int mask, int flags);
}
