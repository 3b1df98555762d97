using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Records.Rotation;

/// <summary>Which file it is, whatever its name. Good as long as the file is open: a number is given anew when its file is gone.</summary>
internal readonly record struct FileKey(ulong Device, ulong Inode)
{
    /// <summary>Null where nothing stands at the path, or it cannot be told.</summary>
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
