using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.DiskImages.Packed;
using Hearth.FileTree;
using Hearth.Fuse;
using Hearth.Linux;

namespace Hearth.Rootfs;

/// <summary>Turns the failures of the rooms that a root is made with into a container's; their messages name object and cause already.</summary>
public static class RootfsFailures
{
    /// <summary>Null for an exception that is no expected failure of any of these rooms.</summary>
    public static RuntimeException? Translate(Exception exception) => exception switch
    {
        RuntimeException own => own,
        FileTreeException tree => new RuntimeException(RuntimeError.RootUnavailable, $"cannot take the root directory: {tree.Message}", tree),
        DiskImageException image => new RuntimeException(RuntimeError.RootUnavailable, $"cannot plan the disk: {image.Message}", image),
        PackingException packing => new RuntimeException(OfPacking(packing.Error), $"cannot pack the root: {packing.Message}", packing),
        FuseException fuse => new RuntimeException(RuntimeError.HostUnsuitable, $"cannot serve the disk: {fuse.Message}", fuse),
        LinuxException { Errno: Errno.ENOSPC or Errno.EDQUOT } full => new RuntimeException(RuntimeError.StorageFailed, $"the disk is full: {full.Message}", full),
        LinuxException linux => new RuntimeException(RuntimeError.HostUnsuitable, linux.Message, linux),
        IOException or UnauthorizedAccessException => new RuntimeException(RuntimeError.StorageFailed, exception.Message, exception),
        _ => null,
    };

    private static RuntimeError OfPacking(PackingError error) => error switch
    {
        PackingError.InvalidOption => RuntimeError.InvalidRequest,
        PackingError.StorageFailed => RuntimeError.StorageFailed,
        _ => RuntimeError.HostUnsuitable,
    };
}
