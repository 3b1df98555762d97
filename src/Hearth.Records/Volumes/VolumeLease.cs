using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Records.Volumes;

/// <summary>
/// A volume in use: by one who writes, or by any number who read. The lock is on its directory, and goes with its holder's
/// process, however that ends. A machine may outlive that by a moment: whoever comes next waits until nobody has the disk open.
/// </summary>
public sealed class VolumeLease : IDisposable
{
    /// <summary>A machine whose owner was killed is gone in milliseconds; what takes this long is somebody else.</summary>
    private static readonly TimeSpan ClosingTimeout = TimeSpan.FromSeconds(10);

    private readonly SafeFileHandle directory;

    private VolumeLease(VolumeFiles files, SafeFileHandle directory)
    {
        Files = files;
        this.directory = directory;
    }

    public VolumeFiles Files { get; }

    /// <summary>Takes the lock, for all or for reading, where nobody is in the way.</summary>
    /// <returns>Null where somebody is.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such volume.</exception>
    public static VolumeLease? TryTake(VolumeFiles files, bool isReadOnly)
    {
        using DirectoryLock alone = TakeTurn(files);
        return TryTakeInTurn(files, isReadOnly);
    }

    /// <summary>Whether somebody has the volume at this moment.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such volume.</exception>
    public static bool IsTaken(VolumeFiles files)
    {
        using DirectoryLock alone = TakeTurn(files);
        using VolumeLease? lease = TryTakeInTurn(files, isReadOnly: false);
        return lease is null;
    }

    /// <summary>One at a time: whoever looks has the volume for a moment, and nobody is to see that.</summary>
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

        // It may have been removed in between.
        if (errno == Errno.None && DirectoryFiles.TryStat(directory, "\0"u8, out FileStatus status) == Errno.None && status.LinkCount > 0)
        {
            return new VolumeLease(files, directory);
        }

        directory.Dispose();
        throw errno is Errno.None or Errno.ENOENT
            ? new DirectoryNotFoundException($"there is no volume '{files.Name}'")
            : new LinuxException("open", errno, files.Directory);
    }

    /// <summary>Takes the lock for a machine, and waits until the disk is nobody else's.</summary>
    /// <exception cref="HearthException">It is in use, or was not ended in order and is to be read only.</exception>
    /// <exception cref="DirectoryNotFoundException">There is no such volume.</exception>
    public static VolumeLease Take(VolumeFiles files, bool isReadOnly, TimeProvider clock)
    {
        VolumeLease lease = TryTake(files, isReadOnly) ?? throw new HearthException(
            HearthError.InvalidRequest,
            $"the volume '{files.Name}' is in use by another container{(isReadOnly ? " that writes to it" : "")}: end that first; only read-only uses can be at the same time");
        try
        {
            lease.AwaitClosing(isReadOnly, clock);
            if (isReadOnly && VolumeDisk.HasToRecover(files.Disk))
            {
                throw new HearthException(
                    HearthError.InvalidRequest,
                    $"the volume '{files.Name}' cannot be used read-only now: its last machine did not end in order; use it once without 'ro'");
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
                HearthError.InvalidRequest, $"the volume '{Files.Name}' cannot be used: a process of the host has its disk '{Files.Disk}' open; 'fuser' tells which");
        }
    }
}
