using Hearth.Linux;
using Hearth.Linux.Files;

namespace Hearth.Machines.Kernel;

/// <summary>
/// An import's working directory in a store. A locked file beside it stands as long as the import does, made before the
/// directory: what has no lock was left by an import that was killed, and the next one removes it.
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

    /// <summary>Removes what killed imports left, and makes a directory.</summary>
    internal static ImportDirectory Create(string store)
    {
        // Nobody sweeps between the making of a file and its locking.
        using DirectoryLock alone = DirectoryLock.Take(store);
        Sweep(store);
        string path = System.IO.Path.Combine(store, Prefix + Guid.NewGuid().ToString("n"));
        FileStream locked = TryLock(path) ?? throw new IOException($"The file '{path + LockSuffix}' is locked by somebody else.");
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

    /// <returns>Null where an import holds it. FileShare.None is flock(2) without waiting.</returns>
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
