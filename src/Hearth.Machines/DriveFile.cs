using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Machines;

/// <summary>
/// The file at a drive's path, inspected through an open descriptor: paths like <c>/proc/PID/fd/N</c> lead to files without a name.
/// </summary>
/// <param name="SizeInBytes">The size of the file or device.</param>
/// <param name="HasName">False for a file that was removed or never had a name.</param>
/// <param name="BlockDevice">A block device's number in the kernel's 32-bit encoding; null for a file.</param>
internal sealed record DriveFile(long SizeInBytes, bool HasName, uint? BlockDevice)
{
    /// <exception cref="MachineException">The path cannot be opened, or is neither a file nor a block device.</exception>
    internal static DriveFile Inspect(MachineDrive drive)
    {
        using SafeFileHandle file = RootedPaths.TryOpenForReading(drive.Path, out Errno errno)
            ?? throw Refusal(drive, new LinuxException("open", errno, drive.Path).Message);
        if (DirectoryFiles.TryStat(file, "\0"u8, out FileStatus status) != Errno.None || !(status.IsRegularFile || status.IsBlockDevice))
        {
            throw Refusal(drive, $"{drive.Path} is neither a file nor a block device");
        }

        return new DriveFile(FileEnd.Find(file), status.LinkCount > 0, status.IsBlockDevice ? status.RawDevice : null);
    }

    private static MachineException Refusal(MachineDrive drive, string why) =>
        new(MachineError.InvalidConfiguration, $"drive {drive.Id}: {why}");
}
