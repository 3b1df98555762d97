using Hearth.Fuse;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>
/// A directory or regular file of the host, open and ready to be served. If the kernel allows it, the share is a private mount
/// that no other process sees. In that mount, no device can be opened, and a read-only share cannot be changed, even if the server
/// has a fault.
/// </summary>
public sealed class Share : IDisposable
{
    private Share(SafeFileHandle root, NodeStatus status, ShareOptions options)
    {
        Root = root;
        Status = status;
        Options = options;
    }

    /// <summary>True for a single regular file; its mount's root is that file.</summary>
    public bool IsFile => Status.IsRegularFile;

    internal SafeFileHandle Root { get; }

    internal NodeStatus Status { get; }

    internal ShareOptions Options { get; }

    /// <summary>Opens a source. The share keeps this file or directory, even if another one later takes its path.</summary>
    /// <exception cref="ShareException">The source does not exist, or is neither a directory nor a regular file.</exception>
    public static Share Open(ShareOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Threads, FuseSessionOptions.MaxThreads);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxOpenFiles, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxHeldNodes, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxNodes, 1);
        Errno errno = HeldNodes.TryHoldPath(options.Source, out SafeFileHandle source);
        NodeStatus status = default;
        if (errno == Errno.None)
        {
            errno = HeldNodes.TryInspect(source, "\0"u8, out status);
        }

        if (errno != Errno.None)
        {
            source.Dispose();
            throw errno is Errno.ENOENT or Errno.ENOTDIR
                ? new ShareException(ShareError.SourceMissing, $"cannot share '{options.Source}': there is no such file or directory")
                : new ShareException(ShareError.SourceUnsuitable, $"cannot share '{options.Source}': {new LinuxException("openat2", errno).Message}");
        }

        if (!status.IsDirectory && !status.IsRegularFile)
        {
            source.Dispose();
            throw new ShareException(
                ShareError.SourceUnsuitable, $"cannot share '{options.Source}': it is neither a directory nor a regular file");
        }

        return Confine(source, options);
    }

    /// <summary>Serves the share to the FUSE kernel at the other end of a stream.</summary>
    /// <param name="transport">
    /// A full-duplex, blocking stream of FUSE requests and replies in the format of linux/fuse.h, one after the other. The server
    /// takes ownership. Disposing the stream must end a read in progress.
    /// </param>
    public ShareServer Serve(Stream transport) => ShareServer.Start(this, transport);

    public void Dispose() => Root.Dispose();

    /// <summary>Replaces the source by a private mount of it, or keeps it if its mount cannot be cloned.</summary>
    private static Share Confine(SafeFileHandle source, ShareOptions options)
    {
        if (DetachedMounts.TryClone(source, out SafeFileHandle mount, options.CrossMounts) == Errno.None)
        {
            source.Dispose();
            MountAttributes attributes = MountAttributes.NoDevices | (options.ReadOnly ? MountAttributes.ReadOnly : MountAttributes.None);
            Errno errno = DetachedMounts.TryRestrict(mount, attributes);
            if (errno != Errno.None)
            {
                mount.Dispose();
                throw new ShareException(
                    ShareError.SourceUnsuitable,
                    $"cannot share '{options.Source}': cannot restrict its mount: {new LinuxException("mount_setattr", errno).Message}");
            }

            source = mount;
        }
        else
        {
            mount.Dispose();
        }

        // Inspect it again: a private mount has its own mount id.
        Errno looked = HeldNodes.TryInspect(source, "\0"u8, out NodeStatus status);
        if (looked == Errno.None)
        {
            return new Share(source, status, options);
        }

        source.Dispose();
        throw new ShareException(ShareError.SourceUnsuitable, $"cannot share '{options.Source}': {new LinuxException("statx", looked).Message}");
    }
}
