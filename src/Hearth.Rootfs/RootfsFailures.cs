using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.DiskImages.Packed;
using Hearth.FileTree;
using Hearth.Fuse;
using Hearth.Linux;

namespace Hearth.Rootfs;

/// <summary>
/// Converts the failures of the rooms that make a root to <see cref="HearthException"/>; their messages already name object
/// and cause.
/// </summary>
public static class RootfsFailures
{
    /// <summary>Null for an exception that is not an expected failure of these rooms.</summary>
    public static HearthException? Translate(Exception exception) => exception switch
    {
        HearthException own => own,
        FileTreeException tree => new HearthException(HearthError.RootUnavailable, $"cannot take the root directory: {tree.Message}", tree),
        DiskImageException image => new HearthException(HearthError.RootUnavailable, $"cannot plan the disk: {image.Message}", image),
        PackingException packing => new HearthException(OfPacking(packing.Error), $"cannot pack the root: {packing.Message}", packing),
        FuseException fuse => new HearthException(HearthError.HostUnsuitable, $"cannot serve the disk: {fuse.Message}", fuse),
        LinuxException { Errno: Errno.ENOSPC or Errno.EDQUOT } full => new HearthException(HearthError.StorageFailed, $"the disk is full: {full.Message}", full),
        LinuxException linux => new HearthException(HearthError.HostUnsuitable, linux.Message, linux),
        IOException or UnauthorizedAccessException => new HearthException(HearthError.StorageFailed, exception.Message, exception),
        _ => null,
    };

    private static HearthError OfPacking(PackingError error) => error switch
    {
        PackingError.InvalidOption => HearthError.InvalidRequest,
        PackingError.StorageFailed => HearthError.StorageFailed,
        _ => HearthError.HostUnsuitable,
    };
}
