using Hearth.Linux.Files;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Store;

/// <summary>Measures the disk space of a store.</summary>
internal static class StoreUse
{
    /// <summary>The bytes on the disk of all blobs and layers, without what is being fetched. Waits while something is removed.</summary>
    /// <exception cref="IOException">The store cannot be read.</exception>
    public static long Measure(StorePaths paths)
    {
        using StoreGate gate = StoreGate.Share(paths.Gate);
        return ((string[])[paths.Blobs, paths.Layers, paths.Lazy])
            .SelectMany(directory => Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories)).Sum(BytesOf);
    }

    /// <summary>The bytes on the disk of a file.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static long BytesOf(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return FileAllocation.BytesOf(file);
    }
}
