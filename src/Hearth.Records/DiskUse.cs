using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Records;

/// <summary>The disk space that things of one kind occupy.</summary>
/// <param name="Type">The kind.</param>
/// <param name="Total">How many there are.</param>
/// <param name="Active">How many of them are in use.</param>
/// <param name="Bytes">Disk space of all of them; sparse files count only the blocks they occupy.</param>
/// <param name="ReclaimableBytes">Disk space of those that are not in use.</param>
public sealed record DiskUse(string Type, int Total, int Active, long Bytes, long ReclaimableBytes)
{
    /// <summary>The disk space of everything beneath a directory, or 0 if the directory does not exist.</summary>
    public static long BytesIn(string directory)
    {
        try
        {
            return Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories).Sum(AllocatedBytes);
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or FileNotFoundException)
        {
            return 0; // Removed while it was looked at.
        }
    }

    private static long AllocatedBytes(string path)
    {
        // Not opened: .NET would fail if another process is just writing the file.
        Errno errno = HeldNodes.TryHoldPath(path, followsLink: false, out SafeFileHandle held);
        using (held)
        {
            return errno == Errno.None ? FileAllocation.BytesOf(held) : errno == Errno.ENOENT ? 0 : throw new LinuxException("open", errno, path);
        }
    }
}
