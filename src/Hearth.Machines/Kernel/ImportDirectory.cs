using Hearth.Linux;
using Hearth.Linux.Files;

namespace Hearth.Machines.Kernel;

/// <summary>
/// An import's working directory in a store. The import creates a lock file beside it first and holds the lock until it ends.
/// A directory without a lock belongs to a killed import, and the next import removes it.
/// </summary>
internal sealed class ImportDirectory : IDisposable
{
    private const string Prefix = ".import-";
    private const string LockSuffix = ".lock";

    private readonly FileStream locked;

    private ImportDirectory(string path, FileStream locked)
    {
        Path = path;
        this.locked = locked;
    }

    internal string Path { get; }

    /// <summary>Removes the directories of killed imports, and creates a new one.</summary>
    internal static ImportDirectory Create(string store)
    {
        // While this lock is held, no other import can sweep between the creation of the lock file and its locking.
        using DirectoryLock alone = DirectoryLock.Take(store);
        Sweep(store);
        string path = System.IO.Path.Combine(store, Prefix + Guid.NewGuid().ToString("n"));
        FileStream locked = TryLock(path) ?? throw new IOException($"cannot lock '{path + LockSuffix}': another process has locked it");
        Directory.CreateDirectory(path);
        return new ImportDirectory(path, locked);
    }

    public void Dispose()
    {
        if (Directory.Exists(Path))
        {
            Directory.Delete(Path, recursive: true);
        }

        File.Delete(locked.Name);
        locked.Dispose();
    }

    private static void Sweep(string store)
    {
        IEnumerable<string> paths = Directory.EnumerateFileSystemEntries(store, Prefix + "*")
            .Select(path => path.EndsWith(LockSuffix, StringComparison.Ordinal) ? path[..^LockSuffix.Length] : path)
            .Distinct();
        foreach (string path in paths.ToArray())
        {
            if (TryLock(path) is { } abandoned)
            {
                new ImportDirectory(path, abandoned).Dispose();
            }
        }
    }

    /// <returns>The locked file; null if an import holds the lock. FileShare.None is flock(2) without waiting.</returns>
    private static FileStream? TryLock(string path)
    {
        try
        {
            return new FileStream(path + LockSuffix, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
        }
        catch (IOException exception) when (exception.HResult == (int)Errno.EAGAIN)
        {
            return null;
        }
    }
}
