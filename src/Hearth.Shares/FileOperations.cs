using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Fuse;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>Opening, making and closing regular files. Nothing else is ever opened: a device or a fifo of the host might act upon it.</summary>
internal sealed class FileOperations(ShareState state)
{
    /// <summary>
    /// What of open(2)'s flags is the host's business. To append is each write's own; O_DIRECT would bind the guest's memory to
    /// the host's disk; the rest the guest's kernel has dealt with.
    /// </summary>
    private const OpenFlags HostsFlags = OpenFlags.AccessMode | OpenFlags.Truncate | OpenFlags.Synchronous;

    private const uint PermissionBits = 0xfff;
    private const uint ExecuteAccess = 1;

    public Errno Open(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        if (!request.TryReadBody(out FuseOpenIn wanted))
        {
            return Errno.EPROTO;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out Node node, out NodeHold hold);
        using (hold)
        {
            if (errno != Errno.None)
            {
                return errno;
            }

            if (!state.Handles.TryReserve())
            {
                return Errno.ENFILE;
            }

            errno = TryOpen(node.Key, hold.Descriptor, (OpenFlags)wanted.Flags, wanted.OpenFlags, caller, out SafeFileHandle file);
            return Finish(errno, node, file, ref reply);
        }
    }

    /// <summary>
    /// Makes a file and opens it. Only one that is new is opened by its name: what has the name already is looked at first.
    /// </summary>
    public Errno Create(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        var body = new RequestBody(request.Body);
        if (!body.TryTake(out FuseCreateIn wanted) || !body.TryTakeName(out ReadOnlySpan<byte> name))
        {
            return Errno.EPROTO;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out Node parent, out NodeHold directory);
        using (directory)
        {
            if (errno != Errno.None)
            {
                return errno;
            }

            if (!state.Handles.TryReserve())
            {
                return Errno.ENFILE;
            }

            errno = TryCreate(parent, directory, name, wanted, caller, ref reply, out Node node, out SafeFileHandle file);
            return Finish(errno, node, file, ref reply);
        }
    }

    public Errno Release(in FuseRequest request)
    {
        if (!request.TryReadBody(out FuseReleaseIn release))
        {
            return Errno.EPROTO;
        }

        return state.Handles.Remove(release.FileHandle) ? Errno.None : Errno.EBADF;
    }

    /// <summary>FSYNC, and FSYNCDIR just as well.</summary>
    public Errno Synchronize(in FuseRequest request)
    {
        if (!request.TryReadBody(out FuseFsyncIn synchronize))
        {
            return Errno.EPROTO;
        }

        return state.Handles.TryFind(synchronize.FileHandle, out OpenNode? open)
            ? FileWriting.TrySynchronize(open.File, synchronize.Flags.HasFlag(FuseFsyncFlags.DataOnly))
            : Errno.EBADF;
    }

    private Errno TryCreate(
        Node parent, in NodeHold directory, ReadOnlySpan<byte> name, in FuseCreateIn wanted, CallerIdentity caller,
        ref FuseReply reply, out Node node, out SafeFileHandle file)
    {
        node = parent;
        OpenFlags flags = (OpenFlags)wanted.Flags;
        caller.SetMask(wanted.Umask);
        Errno errno = HeldNodes.TryCreate(directory.Descriptor, name, flags & HostsFlags, wanted.Mode & PermissionBits, out file);
        if (errno == Errno.EEXIST && !flags.HasFlag(OpenFlags.Exclusive))
        {
            return TryOpenExisting(parent, directory, name, wanted, caller, ref reply, out node, out file);
        }

        NodeStatus status = default;
        if (errno == Errno.None)
        {
            errno = HeldNodes.TryInspect(file, "\0"u8, out status);
        }

        if (errno == Errno.None)
        {
            errno = state.Tell(parent, name, status, ref reply, out node);
        }

        if (errno == Errno.None)
        {
            // A descriptor that only holds it, so that it is known by something other than its name once that is gone.
            errno = HeldNodes.TryHoldOpen(file, out SafeFileHandle held);
            state.Nodes.Install(node, held).Dispose();
        }

        return errno;
    }

    private Errno TryOpenExisting(
        Node parent, in NodeHold directory, ReadOnlySpan<byte> name, in FuseCreateIn wanted, CallerIdentity caller,
        ref FuseReply reply, out Node node, out SafeFileHandle file)
    {
        node = parent;
        file = new SafeFileHandle();
        Errno errno = HeldNodes.TryHold(directory.Descriptor, name, mayCrossMounts: true, out SafeFileHandle held);
        NodeStatus status = default;
        if (errno == Errno.None)
        {
            errno = HeldNodes.TryInspect(held, "\0"u8, out status);
        }

        if (errno == Errno.None)
        {
            errno = TryOpen(NodeKey.Of(status), held, (OpenFlags)wanted.Flags, wanted.OpenFlags, caller, out file);
        }

        if (errno == Errno.None)
        {
            errno = state.Tell(parent, name, status, ref reply, out node);
        }

        if (errno == Errno.None)
        {
            state.Nodes.Install(node, held).Dispose();
        }
        else
        {
            held.Dispose();
        }

        return errno;
    }

    private Errno TryOpen(
        NodeKey key, SafeFileHandle held, OpenFlags flags, FuseOpenRequestFlags request, CallerIdentity caller, out SafeFileHandle file)
    {
        file = new SafeFileHandle();
        if (!key.IsRegularFile)
        {
            return key.IsDirectory ? Errno.EISDIR : Errno.ENXIO;
        }

        if ((flags & OpenFlags.AccessMode) == OpenFlags.AccessMode)
        {
            return Errno.EINVAL;
        }

        if (state.IsReadOnly && (flags & (OpenFlags.AccessMode | OpenFlags.Truncate)) != 0)
        {
            return Errno.EROFS;
        }

        if (flags.HasFlag(OpenFlags.Execution))
        {
            return TryOpenForExecution(held, caller, out file);
        }

        using CallerIdentity.SetIdLoss loss = caller.LosingSetIds(request.HasFlag(FuseOpenRequestFlags.KillSetIds));
        return HeldNodes.TryOpen(held, flags & HostsFlags, out file);
    }

    /// <summary>Who may run a program need not be able to read it; the guest's kernel reads it for them.</summary>
    private static Errno TryOpenForExecution(SafeFileHandle held, CallerIdentity caller, out SafeFileHandle file)
    {
        file = new SafeFileHandle();
        Errno errno = HeldNodes.TryAccess(held, ExecuteAccess);
        if (errno != Errno.None)
        {
            return errno;
        }

        using CallerIdentity.Interval interval = caller.AsServer();
        return HeldNodes.TryOpen(held, OpenFlags.None, out file);
    }

    /// <summary>Fills the place that was taken, or gives it back; closing needs no FLUSH, since nothing is kept back here.</summary>
    private Errno Finish(Errno errno, Node node, SafeFileHandle file, ref FuseReply reply)
    {
        if (errno != Errno.None)
        {
            file.Dispose();
            state.Handles.CancelReservation();
            return errno;
        }

        // It may have been truncated.
        state.NoteWritten(node);
        reply.Write(new FuseOpenOut { FileHandle = state.Handles.Add(node, file), OpenFlags = FuseOpenFlags.NoFlush });
        return Errno.None;
    }
}
