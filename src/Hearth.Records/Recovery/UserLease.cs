using System.Globalization;
using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Files;

namespace Hearth.Records.Recovery;

/// <summary>
/// A user reserved for one machine while this is held. Each user has a file, locked by the holder. The lock ends with the
/// holder's process, however that ends. The file is deleted only on an orderly release. A file without a lock means that the
/// holder was killed. Its user is reused when no process runs as that user any more.
/// </summary>
public sealed class UserLease : IDisposable
{
    private readonly FileStream file;

    private UserLease(uint user, FileStream file)
    {
        User = user;
        this.file = file;
    }

    /// <summary>The number of the user and of the group.</summary>
    public uint User { get; }

    /// <summary>Takes a free user from a random place in the range, so that a user just released is not reused soon.</summary>
    /// <exception cref="HearthException">All are taken, or the state directory cannot be written.</exception>
    public static UserLease Take(HearthDirectories directories, UserRange range)
    {
        try
        {
            Directory.CreateDirectory(directories.Users);

            // One at a time: a search holds each user for a moment, and two searches would see more users taken than there are.
            using DirectoryLock alone = DirectoryLock.Take(directories.Users);
            long start = Random.Shared.NextInt64(range.Count);
            for (long i = 0; i < range.Count; i++)
            {
                uint user = (uint)(range.First + ((start + i) % range.Count));
                if (TryTake(PathOf(directories, user), user) is { } lease)
                {
                    return lease;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or LinuxException)
        {
            throw new HearthException(HearthError.StorageFailed,
                $"cannot take a user for the machine in '{directories.Users}': {exception.Message}; --state-dir names another place", exception);
        }

        throw new HearthException(HearthError.HostUnsuitable,
            $"all {range.Count} users of the range {range} belong to machines that run: end some, or give a wider range with --uid-range or ${UserRange.Variable}");
    }

    /// <summary>Removes the files whose holders were killed.</summary>
    public static void Reclaim(HearthDirectories directories)
    {
        if (!Directory.Exists(directories.Users))
        {
            return;
        }

        using DirectoryLock alone = DirectoryLock.Take(directories.Users);
        foreach (string path in Directory.EnumerateFiles(directories.Users))
        {
            if (uint.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out uint user))
            {
                TryTake(path, user)?.Dispose();
            }
        }
    }

    /// <summary>Releases the user. No process may run as that user any more.</summary>
    public void Dispose()
    {
        File.Delete(file.Name);
        file.Dispose();
    }

    private static string PathOf(HearthDirectories directories, uint user) =>
        Path.Combine(directories.Users, user.ToString(CultureInfo.InvariantCulture));

    private static UserLease? TryTake(string path, uint user)
    {
        FileStream? file;
        while ((file = TryLock(path)) is not null && IsRemoved(file))
        {
            // The holder released it between the opening and the locking.
            file.Dispose();
        }

        if (file is null)
        {
            return null;
        }

        bool abandoned = file.Length > 0;
        if (abandoned && HasProcesses(user))
        {
            file.Dispose();
            return null;
        }

        if (!abandoned)
        {
            file.WriteByte((byte)'\n');
        }

        return new UserLease(user, file);
    }

    /// <returns>Null if another process holds it. FileShare.None is flock(2) without waiting.</returns>
    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException exception) when (exception.HResult == (int)Errno.EAGAIN)
        {
            return null;
        }
    }

    private static bool IsRemoved(FileStream file) =>
        DirectoryFiles.TryStat(file.SafeFileHandle, "\0"u8, out FileStatus status) != Errno.None || status.LinkCount == 0;

    private static bool HasProcesses(uint user)
    {
        string number = user.ToString(CultureInfo.InvariantCulture);
        return Directory.EnumerateDirectories("/proc")
            .Where(directory => char.IsAsciiDigit(Path.GetFileName(directory)[0]))
            .Any(directory => UsersOf(directory).Contains(number));
    }

    /// <summary>The real, effective, saved and file system user of a process; the process may have ended.</summary>
    private static string[] UsersOf(string process)
    {
        try
        {
            return File.ReadLines(Path.Combine(process, "status"))
                .FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal), "")
                .Split('\t');
        }
        catch (IOException)
        {
            return [];
        }
    }
}
