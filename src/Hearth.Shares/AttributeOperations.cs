using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Fuse;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Shares;

/// <summary>Reading and changing a node's attributes.</summary>
internal sealed class AttributeOperations(ShareState state)
{
    /// <summary>PATH_MAX of linux/limits.h, the longest target of a symbolic link.</summary>
    private const int MaxTargetInBytes = 4096;

    private const uint PermissionBits = 0xfff;
    private const uint SetGroupBit = 0x400;
    private const uint NanosecondsInSecond = 1_000_000_000;

    private const FuseSetAttrFields Times = FuseSetAttrFields.AccessTime | FuseSetAttrFields.ModificationTime;

    public Errno Get(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        Errno errno = state.TryHold(request.Header.NodeId, caller, out Node about, out NodeHold node);
        using (node)
        {
            return errno == Errno.None ? state.ReplyWithAttributes(about, node.Descriptor, ref reply) : errno;
        }
    }

    /// <summary>
    /// Sets attributes in this order: 1. the mode; 2. the owners, which may clear bits of the mode; 3. the size; 4. the times, which
    /// a new size would change.
    /// </summary>
    public Errno Set(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        if (!request.TryReadBody(out FuseSetAttrIn change) || change.Size > long.MaxValue)
        {
            return Errno.EPROTO;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out Node about, out NodeHold node);
        using (node)
        {
            if (errno != Errno.None)
            {
                return errno;
            }

            AddGroupsFor(change, node.Descriptor, caller);
            errno = change.Fields.HasFlag(FuseSetAttrFields.Mode) ? NodeChanges.TrySetMode(node.Descriptor, change.Mode & PermissionBits) : Errno.None;
            if (errno == Errno.None && (change.Fields & (FuseSetAttrFields.Uid | FuseSetAttrFields.Gid)) != 0)
            {
                errno = SetOwner(change, node.Descriptor);
            }

            if (errno == Errno.None && change.Fields.HasFlag(FuseSetAttrFields.Size))
            {
                errno = SetSize(change, node.Descriptor, caller);
            }

            if (errno == Errno.None && (change.Fields & Times) != 0)
            {
                errno = SetTimes(change, node.Descriptor);
            }

            return errno == Errno.None ? state.ReplyWithAttributes(about, node.Descriptor, ref reply) : errno;
        }
    }

    public Errno ReadLink(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        Errno errno = state.TryHold(request.Header.NodeId, caller, out _, out NodeHold link);
        using (link)
        {
            if (errno != Errno.None)
            {
                return errno;
            }

            // For a file that is not a link, the host's kernel returns ENOENT, since the path is empty.
            errno = HeldNodes.TryReadLink(link.Descriptor, reply.Room[..MaxTargetInBytes], out int count);
            reply.Advance(count);
            return errno == Errno.ENOENT ? Errno.EINVAL : errno;
        }
    }

    public Errno Access(in FuseRequest request, CallerIdentity caller)
    {
        if (!request.TryReadBody(out FuseAccessIn access))
        {
            return Errno.EPROTO;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out _, out NodeHold node);
        using (node)
        {
            return errno == Errno.None ? HeldNodes.TryAccess(node.Descriptor, access.Mask) : errno;
        }
    }

    public Errno StatFs(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        Errno errno = state.TryHold(request.Header.NodeId, caller, out _, out NodeHold node);
        using (node)
        {
            if (errno != Errno.None || (errno = FileSystemStatus.TryInspect(node.Descriptor, out FileSystemStatus status)) != Errno.None)
            {
                return errno;
            }

            reply.Write(new FuseStatFsOut
            {
                Blocks = status.Blocks,
                BlocksFree = status.BlocksFree,
                BlocksAvailable = status.BlocksAvailable,
                Files = status.Files,
                FilesFree = status.FilesFree,
                BlockSize = status.BlockSize,
                FragmentSize = status.FragmentSize,
                NameLength = status.NameLength,
            });
            return Errno.None;
        }
    }

    /// <summary>
    /// Gives the user the file's group and the new group, since the host's kernel checks that the user is in them. The guest's
    /// kernel has already checked this, and it knows all groups of the user.
    /// </summary>
    private static void AddGroupsFor(in FuseSetAttrIn change, SafeFileHandle node, CallerIdentity caller)
    {
        bool setsGroup = change.Fields.HasFlag(FuseSetAttrFields.Gid);
        bool setsBit = change.Fields.HasFlag(FuseSetAttrFields.Mode) && (change.Mode & SetGroupBit) != 0;
        if (!caller.IsRoot && (setsGroup || setsBit) && HeldNodes.TryInspect(node, "\0"u8, out NodeStatus status) == Errno.None)
        {
            caller.AddGroups(status.Gid, setsGroup && change.Gid != uint.MaxValue ? change.Gid : status.Gid);
        }
    }

    private static Errno SetOwner(in FuseSetAttrIn change, SafeFileHandle node) => NodeChanges.TrySetOwner(
        node,
        change.Fields.HasFlag(FuseSetAttrFields.Uid) ? change.Uid : uint.MaxValue,
        change.Fields.HasFlag(FuseSetAttrFields.Gid) ? change.Gid : uint.MaxValue);

    private Errno SetSize(in FuseSetAttrIn change, SafeFileHandle node, CallerIdentity caller)
    {
        using CallerIdentity.SetIdLoss loss = caller.LosingSetIds(change.Fields.HasFlag(FuseSetAttrFields.KillSetIds));
        if (!change.Fields.HasFlag(FuseSetAttrFields.FileHandle))
        {
            return NodeChanges.TryTruncate(node, (long)change.Size);
        }

        return state.Handles.TryFind(change.FileHandle, out OpenNode? open)
            ? NodeChanges.TryTruncateOpen(open.File, (long)change.Size)
            : Errno.EBADF;
    }

    private static Errno SetTimes(in FuseSetAttrIn change, SafeFileHandle node)
    {
        if (change.AccessTimeNanoseconds >= NanosecondsInSecond || change.ModificationTimeNanoseconds >= NanosecondsInSecond)
        {
            return Errno.EINVAL;
        }

        return NodeChanges.TrySetTimes(
            node,
            TimeOf(change.Fields, FuseSetAttrFields.AccessTime, FuseSetAttrFields.AccessTimeNow, change.AccessTime, change.AccessTimeNanoseconds),
            TimeOf(change.Fields, FuseSetAttrFields.ModificationTime, FuseSetAttrFields.ModificationTimeNow, change.ModificationTime, change.ModificationTimeNanoseconds));
    }

    private static FileTime TimeOf(FuseSetAttrFields fields, FuseSetAttrFields field, FuseSetAttrFields now, ulong seconds, uint nanoseconds) =>
        !fields.HasFlag(field) ? FileTime.Unchanged : fields.HasFlag(now) ? FileTime.Now : new FileTime((long)seconds, nanoseconds);
}
