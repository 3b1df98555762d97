using System.Globalization;
using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.DiskImages.Packed;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Rootfs.Cache;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Rootfs;

/// <summary>The keys by which a cache identifies roots, trees and what is made from them.</summary>
internal static class RootName
{
    private static string Product { get; } = typeof(RootName).Assembly.GetName().Version!.ToString();

    /// <summary>
    /// The name of a directory and the selected part of it: its digest if it has one, else its path and identity. Under this name
    /// the cache stores which tree the directory has.
    /// </summary>
    /// <returns>Null if the directory cannot be examined; the walk then reports why.</returns>
    public static CacheKey? Of(string directory, RootfsOptions options)
    {
        string[]? identity = options.Immutable?.Digest is string digest ? ["digest", digest] : TryIdentify(directory);
        return identity is null ? null : CacheKey.Of([.. identity, $"{options.CrossMounts}", "include", .. options.Include, "exclude", .. options.Exclude]);
    }

    public static CacheKey OfPlan(CacheKey tree, ImageFormat format) =>
        CacheKey.Of("plan", Product, Number(StoredPlan.Version), Number(ImagePlanners.Version), tree.Hex, format.ToString());

    public static CacheKey OfImage(CacheKey tree, RootfsMode mode, SquashFsPacking packing) =>
        mode == RootfsMode.Ext4
            ? CacheKey.Of("ext4", Product, tree.Hex)
            : CacheKey.Of(
                "squashfs", Product, tree.Hex, packing.Compression.ToString(), packing.Level is int level ? Number(level) : "", packing.NoFragments ? "no fragments" : "");

    private static string[]? TryIdentify(string directory)
    {
        Errno errno = DirectoryFiles.TryOpenRoot(directory, out SafeFileHandle handle);
        using (handle)
        {
            if (errno == Errno.None && (errno = DirectoryFiles.TryStat(handle, "\0"u8, out FileStatus status)) == Errno.None)
            {
                string path = File.ResolveLinkTarget($"/proc/self/fd/{handle.DangerousGetHandle()}", returnFinalTarget: false)!.FullName;
                return ["path", path, Number(status.Device), Number(status.Inode), Number(status.ModifiedSeconds), Number(status.ModifiedNanoseconds)];
            }
        }

        return null;
    }

    private static string Number<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
