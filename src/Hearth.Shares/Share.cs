using Hearth.Fuse;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Mounts;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>
/// A directory or regular file of the host, held and ready to be served. Where the kernel lets it be, it is held as a mount of
/// its own, which nobody else sees: beneath it no device can be opened, and of a read-only one nothing be changed, whatever the
/// server does.
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

    /// <summary>Holds a source from now on; what later takes its place in the directory tree is not meant.</summary>
    /// <exception cref="ShareException">It is not there, or neither a directory nor a regular file.</exception>
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
                ShareError.SourceUnsuitable, $"cannot share '{options.Source}': it is neither a directory nor a regular file, and a guest can have no other");
        }

        return Confine(source, options);
    }

    /// <summary>Serves it to the FUSE kernel at the other end of a stream.</summary>
    /// <param name="transport">
    /// Full duplex, blocking: FUSE requests come from it, replies go to it, both as linux/fuse.h has them, one behind the other.
    /// The server owns it from now on; its disposal has to end a read under way.
    /// </param>
    public ShareServer Serve(Stream transport) => ShareServer.Start(this, transport);

    public void Dispose() => Root.Dispose();

    /// <summary>Takes the source over: as a mount of its own, or as it is where it lies on a mount that cannot be cloned.</summary>
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
                    ShareError.SourceUnsuitable, $"cannot share '{options.Source}': its mount cannot be restricted: {new LinuxException("mount_setattr", errno).Message}");
            }

            source = mount;
        }
        else
        {
            mount.Dispose();
        }

        // Looked at again: a mount of its own has a number of its own.
        Errno looked = HeldNodes.TryInspect(source, "\0"u8, out NodeStatus status);
        if (looked == Errno.None)
        {
            return new Share(source, status, options);
        }

        source.Dispose();
        throw new ShareException(ShareError.SourceUnsuitable, $"cannot share '{options.Source}': {new LinuxException("statx", looked).Message}");
    }
}
