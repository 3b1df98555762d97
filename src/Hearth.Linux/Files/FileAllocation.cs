using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>statx(2) for a file's allocated disk space, which for a sparse file is less than its size.</summary>
public static partial class FileAllocation
{
    private const int EmptyPath = 0x1000;
    private const uint BlocksField = 0x400;

    /// <summary>The unit of stx_blocks, regardless of the file system's block size.</summary>
    private const int BlockBytes = 512;

    /// <summary>Bytes allocated on the disk.</summary>
    public static long BytesOf(SafeFileHandle file) =>
        statx(file, in MemoryMarshal.GetReference("\0"u8), EmptyPath, BlocksField, out StatxBuffer status) == 0
            ? (long)status.Blocks * BlockBytes
            : throw LinuxException.FromLastError("statx");

    [LibraryImport("libc", SetLastError = true)]
    private static partial int statx(SafeFileHandle directory, in byte path, int flags, uint mask, out StatxBuffer status);
}
