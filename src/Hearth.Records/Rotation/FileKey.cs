using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Records.Rotation;

/// <summary>
/// The identity of a file, whatever its name. Valid while the file is open: an inode number is reused after its file is
/// deleted.
/// </summary>
internal readonly record struct FileKey(ulong Device, ulong Inode)
{
    /// <summary>Null if the path does not exist or cannot be examined.</summary>
    /// <param name="path">NUL-terminated.</param>
    public static FileKey? At(ReadOnlySpan<byte> path) =>
        AppendedFiles.TryStat(path, out FileStatus status) == Errno.None ? Of(status) : null;

    public static FileKey Of(FileStatus status) => new(status.Device, status.Inode);

    public static FileKey Of(SafeFileHandle file)
    {
        Errno errno = DirectoryFiles.TryStat(file, "\0"u8, out FileStatus status);
        return errno == Errno.None ? Of(status) : throw new LinuxException("statx", errno);
    }
}
