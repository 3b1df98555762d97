using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Records.Volumes;

/// <summary>
/// A volume in use: by one writer, or by any number of readers. The lock is on its directory and ends with its holder's
/// process, however that ends. A machine may outlive that process for a moment. The next user therefore waits until no
/// process has the disk open.
/// </summary>
public sealed class VolumeLease : IDisposable
{
    /// <summary>
    /// The longest wait. A machine whose owner was killed is gone in milliseconds; whatever takes longer is another process.
    /// </summary>
    private static readonly TimeSpan ClosingTimeout = TimeSpan.FromSeconds(10);

    private readonly SafeFileHandle directory;

    private VolumeLease(VolumeFiles files, SafeFileHandle directory)
    {
        Files = files;
        this.directory = directory;
    }

    public VolumeFiles Files { get; }

    /// <summary>Takes the lock, exclusive or for reading, if no other lock conflicts.</summary>
    /// <returns>Null if another lock conflicts.</returns>
    /// <exception cref="DirectoryNotFoundException">The volume does not exist.</exception>
    public static VolumeLease? TryTake(VolumeFiles files, bool isReadOnly)
    {
        using DirectoryLock alone = TakeTurn(files);
        return TryTakeInTurn(files, isReadOnly);
    }

    /// <summary>Whether the volume is in use at the moment.</summary>
    /// <exception cref="DirectoryNotFoundException">The volume does not exist.</exception>
    public static bool IsTaken(VolumeFiles files)
    {
        using DirectoryLock alone = TakeTurn(files);
        using VolumeLease? lease = TryTakeInTurn(files, isReadOnly: false);
        return lease is null;
    }

    /// <summary>One check at a time: a check locks the volume for a moment, and other checks must not see that lock.</summary>
    private static DirectoryLock TakeTurn(VolumeFiles files)
    {
        string all = Path.GetDirectoryName(files.Directory)!;
        return Directory.Exists(all) ? DirectoryLock.Take(all) : throw new DirectoryNotFoundException($"there is no volume '{files.Name}'");
    }

    private static VolumeLease? TryTakeInTurn(VolumeFiles files, bool isReadOnly)
    {
        Errno errno = DirectoryFiles.TryOpenRoot(files.Directory, out SafeFileHandle directory);
        if (errno == Errno.None && !FileLocks.TryLock(directory, exclusive: !isReadOnly))
        {
            directory.Dispose();
            return null;
        }

        // The volume may have been removed in between.
        if (errno == Errno.None && DirectoryFiles.TryStat(directory, "\0"u8, out FileStatus status) == Errno.None && status.LinkCount > 0)
        {
            return new VolumeLease(files, directory);
        }

        directory.Dispose();
        throw errno is Errno.None or Errno.ENOENT
            ? new DirectoryNotFoundException($"there is no volume '{files.Name}'")
            : new LinuxException("open", errno, files.Directory);
    }

    /// <summary>Takes the lock for a machine, and waits until no other process has the disk open.</summary>
    /// <exception cref="HearthException">The volume is in use, or was not shut down cleanly and is needed read-only.</exception>
    /// <exception cref="DirectoryNotFoundException">The volume does not exist.</exception>
    public static VolumeLease Take(VolumeFiles files, bool isReadOnly, TimeProvider clock)
    {
        VolumeLease lease = TryTake(files, isReadOnly) ?? throw new HearthException(
            HearthError.InvalidRequest,
            $"cannot use the volume '{files.Name}': it is in use by another container{(isReadOnly ? " that writes to it" : "")}; stop that first, only read-only users can share a volume");
        try
        {
            lease.AwaitClosing(isReadOnly, clock);
            if (isReadOnly && VolumeDisk.HasToRecover(files.Disk))
            {
                throw new HearthException(
                    HearthError.InvalidRequest,
                    $"cannot use the volume '{files.Name}' read-only: its last machine did not shut down cleanly; use it once without 'ro'");
            }

            return lease;
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    public void Dispose() => FileLocks.Release(directory);

    private void AwaitClosing(bool isReadOnly, TimeProvider clock)
    {
        using PathWatch watch = PathWatch.ForClosing(Files.Disk);
        using SafeFileHandle disk = File.OpenHandle(Files.Disk, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using ITimer deadline = clock.CreateTimer(_ => watch.Stop(), null, ClosingTimeout, Timeout.InfiniteTimeSpan);
        if (!watch.WaitUntil(() => isReadOnly ? FileLeases.IsWrittenByNobody(disk) : FileLeases.IsOpenNowhereElse(disk)))
        {
            throw new HearthException(
                HearthError.InvalidRequest, $"cannot use the volume '{Files.Name}': a process of the host has its disk '{Files.Disk}' open; 'fuser' shows which");
        }
    }
}
