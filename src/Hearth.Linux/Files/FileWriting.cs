using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Linux.Files;

/// <summary>
/// Writes to an open file at an offset, and related calls: pwrite, pwritev2, fallocate, fsync, lseek, copy_file_range.
/// </summary>
public static partial class FileWriting
{
    private const int AppendFlag = 0x10;

    /// <summary>Writes at an offset; writes fewer bytes than given if the disk is full.</summary>
    public static Errno TryWrite(SafeFileHandle file, ReadOnlySpan<byte> source, long offset, out int count)
    {
        nint result;
        Errno errno;
        do
        {
            result = pwrite64(file, in MemoryMarshal.GetReference(source), (nuint)source.Length, offset);
            errno = Outcome(result);
        }
        while (errno == Errno.EINTR);
        count = (int)Math.Max(result, 0);
        return errno;
    }

    /// <summary>Writes at the current end of the file.</summary>
    public static unsafe Errno TryAppend(SafeFileHandle file, ReadOnlySpan<byte> source, out int count)
    {
        nint result;
        Errno errno;
        fixed (byte* bytes = source)
        {
            var vector = new WriteVector { Start = (ulong)bytes, Length = (ulong)source.Length };
            do
            {
                result = pwritev64v2(file, in vector, 1, 0, AppendFlag);
                errno = Outcome(result);
            }
            while (errno == Errno.EINTR);
        }

        count = (int)Math.Max(result, 0);
        return errno;
    }

    /// <summary>fallocate(2).</summary>
    public static Errno TryAllocate(SafeFileHandle file, AllocationModes modes, long offset, long length)
    {
        Errno errno;
        do
        {
            errno = Outcome(fallocate64(file, (int)modes, offset, length));
        }
        while (errno == Errno.EINTR);
        return errno;
    }

    /// <summary>Waits until written data is on the disk: fsync(2) or fdatasync(2).</summary>
    public static Errno TrySynchronize(SafeFileHandle file, bool dataOnly) => Outcome(dataOnly ? fdatasync(file) : fsync(file));

    /// <summary>lseek(2): finds where data or a hole begins, at or after an offset.</summary>
    /// <returns>ENXIO if there is none after the offset.</returns>
    public static Errno TrySeek(SafeFileHandle file, long offset, SeekTarget target, out long found)
    {
        found = lseek64(file, offset, (int)target);
        return Outcome((nint)found);
    }

    /// <summary>copy_file_range(2); copies fewer bytes than requested at the end of the source.</summary>
    public static Errno TryCopy(SafeFileHandle from, long fromOffset, SafeFileHandle to, long toOffset, int length, out int count)
    {
        nint result = copy_file_range(from, ref fromOffset, to, ref toOffset, (nuint)length, 0);
        count = (int)Math.Max(result, 0);
        return Outcome(result);
    }

    private static Errno Outcome(nint result) => result >= 0 ? Errno.None : (Errno)Marshal.GetLastPInvokeError();

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pwrite64(SafeFileHandle file, in byte source, nuint length, long offset);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint pwritev64v2(SafeFileHandle file, in WriteVector vectors, int count, long offset, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fallocate64(SafeFileHandle file, int mode, long offset, long length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fsync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int fdatasync(SafeFileHandle file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial long lseek64(SafeFileHandle file, long offset, int whence);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint copy_file_range(SafeFileHandle from, ref long fromOffset, SafeFileHandle to, ref long toOffset, nuint length, uint flags);
}
