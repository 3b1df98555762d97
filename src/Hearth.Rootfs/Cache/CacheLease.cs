using System.Text.Json;
using Hearth.Containers;
using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Rootfs.Cache;

/// <summary>
/// An entry's directory, held by a shared lock: while a process holds one, the entry is not removed. The lock ends with the
/// holder's process, however that ends.
/// </summary>
internal sealed class CacheLease : IDisposable
{
    private const string DescriptionFile = "entry.json";
    private const string DataFile = "data";

    private readonly string directory;
    private readonly SafeFileHandle handle;

    private CacheLease(string directory, SafeFileHandle handle)
    {
        this.directory = directory;
        this.handle = handle;
    }

    /// <summary>The plan or the image.</summary>
    public string DataPath => DataPathIn(directory);

    public static string DataPathIn(string directory) => Path.Combine(directory, DataFile);

    /// <summary>Holds the entry in a directory; null if there is none. Waits if the entry is being removed.</summary>
    public static CacheLease? TryTake(string directory) => Take(directory, handle =>
    {
        FileLocks.Lock(handle, exclusive: false);
        return true;
    });

    /// <summary>Holds a directory exclusively; null if another process holds it.</summary>
    public static CacheLease? TryTakeAlone(string directory) => Take(directory, handle => FileLocks.TryLock(handle, exclusive: true));

    /// <exception cref="IOException">The description does not exist or cannot be read.</exception>
    /// <exception cref="JsonException">It is damaged.</exception>
    public CacheDescription Describe() =>
        JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(directory, DescriptionFile)), CacheJson.Default.CacheDescription)
            ?? throw new JsonException("it is null");

    public static void WriteDescription(string directory, CacheDescription description) =>
        AtomicFile.Write(Path.Combine(directory, DescriptionFile), JsonSerializer.SerializeToUtf8Bytes(description, CacheJson.Default.CacheDescription));

    public void Dispose() => FileLocks.Release(handle);

    private static CacheLease? Take(string directory, Func<SafeFileHandle, bool> take)
    {
        Errno errno = DirectoryFiles.TryOpenRoot(directory, out SafeFileHandle handle);
        if (errno == Errno.None && take(handle) && FileLocks.IsAt(handle, directory))
        {
            return new CacheLease(directory, handle);
        }

        handle.Dispose();
        return errno is Errno.None or Errno.ENOENT ? null : throw new LinuxException("open", errno, directory);
    }
}
