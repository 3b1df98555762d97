using Hearth.Linux;
using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Store;

/// <summary>Measures the disk space of a store.</summary>
internal static class StoreUse
{
    /// <summary>The bytes on the disk of all blobs, layers and traces, without what is being fetched. Waits while something is removed.</summary>
    /// <exception cref="IOException">The store cannot be read.</exception>
    public static long Measure(StorePaths paths)
    {
        using StoreGate gate = StoreGate.Share(paths.Gate);
        return ((string[])[paths.Blobs, paths.Layers, paths.Lazy, paths.Traces])
            .SelectMany(directory => Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)).Select(Read).Sum(file => file.Bytes / file.Names);
    }

    /// <summary>The bytes on the disk that a file's removal releases: none while it has another name.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static long BytesReleasedBy(string path) => Read(path) is (long bytes, 1) ? bytes : 0;

    /// <summary>An uncompressed layer is one file with two names.</summary>
    private static (long Bytes, uint Names) Read(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        Errno errno = DirectoryFiles.TryStat(file, ""u8, out FileStatus status);
        return errno == Errno.None ? (FileAllocation.BytesOf(file), status.LinkCount) : throw new LinuxException("statx", errno, path);
    }
}
