using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>What statfs(2) reports about the file system of a file. Sizes are in blocks or bytes.</summary>
public readonly partial record struct FileSystemStatus
{
    /// <summary>The type of file system: the kernel's number (linux/magic.h).</summary>
    public required ulong Type { get; init; }

    public required ulong Blocks { get; init; }

    public required ulong BlocksFree { get; init; }

    public required ulong BlocksAvailable { get; init; }

    public required ulong Files { get; init; }

    public required ulong FilesFree { get; init; }

    public required uint BlockSize { get; init; }

    public required uint FragmentSize { get; init; }

    /// <summary>The maximum length of a name in bytes.</summary>
    public required uint NameLength { get; init; }

    /// <param name="node">An open or held file.</param>
    /// <param name="status">The status of its file system.</param>
    public static Errno TryInspect(SafeFileHandle node, out FileSystemStatus status)
    {
        int result;
        Errno errno;
        StatFsBuffer buffer;
        do
        {
            result = fstatfs(node, out buffer);
            errno = result == 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();
        }
        while (errno == Errno.EINTR);
        status = new FileSystemStatus
        {
            Type = (ulong)buffer.Type,
            Blocks = buffer.Blocks,
            BlocksFree = buffer.BlocksFree,
            BlocksAvailable = buffer.BlocksAvailable,
            Files = buffer.Files,
            FilesFree = buffer.FilesFree,
            BlockSize = (uint)buffer.BlockSize,
            FragmentSize = (uint)buffer.FragmentSize,
            NameLength = (uint)buffer.NameLength,
        };
        return errno;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fstatfs(SafeFileHandle file, out StatFsBuffer status);
}
