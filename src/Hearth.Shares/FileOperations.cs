using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Fuse;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>
/// Opening, creating and closing regular files. Other files are never opened: opening a device or a FIFO of the host can have side
/// effects.
/// </summary>
internal sealed class FileOperations(ShareState state)
{
    /// <summary>
    /// The flags of open(2) that are passed to the host. Each write says whether it appends. O_DIRECT would require alignment of the
    /// guest's memory to the host's disk. The guest's kernel has handled the other flags.
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
    /// Creates a file and opens it. Only a new file is opened by its name; an existing file is inspected first.
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

    /// <summary>Serves FSYNC and FSYNCDIR.</summary>
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
            errno = state.ReplyWithEntry(parent, name, status, ref reply, out node);
        }

        if (errno == Errno.None)
        {
            // A descriptor that only holds the file, so that it can be reached after its name is removed.
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
            errno = state.ReplyWithEntry(parent, name, status, ref reply, out node);
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

    /// <summary>Opens a program as the server: a user may execute it without read permission, and the guest's kernel reads it.</summary>
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

    /// <summary>Uses the reservation or cancels it. The guest need not send FLUSH on close, since the server buffers no writes.</summary>
    private Errno Finish(Errno errno, Node node, SafeFileHandle file, ref FuseReply reply)
    {
        if (errno != Errno.None)
        {
            file.Dispose();
            state.Handles.CancelReservation();
            return errno;
        }

        // The file may have been truncated.
        state.NoteWritten(node);
        reply.Write(new FuseOpenOut { FileHandle = state.Handles.Add(node, file), OpenFlags = FuseOpenFlags.NoFlush });
        return Errno.None;
    }
}
