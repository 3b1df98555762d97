using System.Diagnostics;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Network;

/// <summary>
/// An exclusive lock among all processes of a network namespace. The kernel releases it when its holder ends, however it ends. It
/// consists of two flock(2) locks:
/// <list type="number">
/// <item>on a directory of the namespace's own in /run, which only root can open. Its last holder removes it, unless it is killed;</item>
/// <item>on the namespace's own file, which is the same for all processes of the namespace, whatever else they share, such as those of containers
/// with a /run of their own. Everybody may open that file, so a lock of a process that is not root's is ignored.</item>
/// </list>
/// </summary>
internal sealed class NetworkNamespaceLock : IDisposable
{
    /// <summary>The namespace of this thread: a thread may have entered another one than its process.</summary>
    private const string NamespacePath = "/proc/thread-self/ns/net";

    private const string LocksDirectory = "/run/hearth.network";
    private const string LockList = "/proc/locks";
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>A change takes milliseconds; only a stopped process holds the lock for longer than many of them.</summary>
    public static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(60);

    private readonly SafeFileHandle file;
    private SafeFileHandle? directory;
    private string path = "";

    private NetworkNamespaceLock(SafeFileHandle file) => this.file = file;

    /// <summary>Takes the lock of this thread's namespace, and blocks the thread until it is free.</summary>
    /// <param name="timeout">The longest wait.</param>
    /// <exception cref="TimeoutException">Another process has held it all the time.</exception>
    /// <exception cref="LinuxException">The namespace's file cannot be opened.</exception>
    public static NetworkNamespaceLock Take(TimeSpan timeout)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan Left() => timeout - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } left ? left : TimeSpan.Zero;

        // .NET's own functions would take a shared lock on a file that they open.
        SafeFileHandle file = RootedPaths.TryOpenForReading(NamespacePath, out Errno errno) ?? throw new LinuxException("open", errno, NamespacePath);
        NetworkNamespaceLock taken = new(file);
        try
        {
            FileStatus status = DirectoryFiles.TryStat(file, "\0"u8, out FileStatus found) is var outcome and not Errno.None ? throw new LinuxException("statx", outcome, NamespacePath) : found;
            taken.path = Path.Combine(LocksDirectory, $"{status.Device}-{status.Inode}");
            taken.directory = TryTakeDirectory(taken.path, Left);
            if (!FileLocks.TryLock(file, exclusive: true) && !IsHeldByOthersOnly(status.Inode) && !Wait(file, Left()) && !IsHeldByOthersOnly(status.Inode))
            {
                throw new TimeoutException($"another process has held the lock of the network namespace for {timeout.TotalSeconds:0} s");
            }

            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        FileLocks.Release(file);
        if (directory is not null)
        {
            try
            {
                Directory.Delete(path);
            }
            catch (IOException)
            {
                // It stays, and is used again.
            }

            FileLocks.Release(directory);
        }
    }

    /// <returns>Null if there is no /run that can be written.</returns>
    private static SafeFileHandle? TryTakeDirectory(string path, Func<TimeSpan> left)
    {
        while (true)
        {
            try
            {
                Directory.CreateDirectory(LocksDirectory, OwnersOnly);
                Directory.CreateDirectory(path, OwnersOnly);
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                return null;
            }

            Errno errno = DirectoryFiles.TryOpenRoot(path, out SafeFileHandle directory);
            if (errno == Errno.ENOENT)
            {
                // Its last holder has removed it meanwhile.
                continue;
            }

            if (errno != Errno.None)
            {
                throw new LinuxException("open", errno, path);
            }

            if (!FileLocks.TryLock(directory, exclusive: true) && !Wait(directory, left()))
            {
                directory.Dispose();
                throw new TimeoutException($"another process holds the lock of the network namespace, '{path}'");
            }

            if (FileLocks.IsAt(directory, path))
            {
                return directory;
            }

            FileLocks.Release(directory);
        }
    }

    /// <summary>A caller that gives up closes the file. The waiting thread releases the lock as soon as it gets it.</summary>
    private static bool Wait(SafeFileHandle file, TimeSpan timeout) =>
        Task.Factory.StartNew(() => FileLocks.Lock(file, exclusive: true), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Wait(timeout);

    /// <summary>Whether no process of root's holds a lock on the namespace's file, as far as /proc/locks shows: proc_locks(5).</summary>
    private static bool IsHeldByOthersOnly(ulong inode)
    {
        // ORDINAL: KIND ADVISORY MODE PID DEVICE:INODE FROM TO; a waiting process has an arrow before the kind.
        int[] holders =
        [
            .. from line in File.ReadLines(LockList)
               let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
               where words.Length >= 6 && words[1] == "FLOCK" && words[5].EndsWith($":{inode}", StringComparison.Ordinal)
               select int.TryParse(words[4], out int pid) ? pid : 0,
        ];
        return holders.Length > 0 && holders.All(pid => !IsOfRoot(pid));
    }

    /// <summary>A process that has ended has left the lock to another one, which Hearth's processes never do.</summary>
    private static bool IsOfRoot(int pid)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("Uid:", StringComparison.Ordinal))?.Split('\t') is [_, _, "0", ..];
        }
        catch (IOException)
        {
            return false;
        }
    }
}
