using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>Operations on names in directories: lookup, creation, removal and renaming.</summary>
internal sealed class NameOperations(ShareState state)
{
    private const uint PermissionBits = 0xfff;
    private const uint TypeBits = 0xf000;
    private const uint RegularType = 0x8000;
    private const uint FifoType = 0x1000;
    private const uint SocketType = 0xc000;

    public Errno Lookup(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        var body = new RequestBody(request.Body);
        if (!body.TryTakeName(out ReadOnlySpan<byte> name))
        {
            return Errno.EPROTO;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out Node parent, out NodeHold directory);
        using (directory)
        {
            return errno == Errno.None ? state.ReplyWithEntry(parent, directory, name, ref reply) : errno;
        }
    }

    /// <summary>Creates a node. Devices are refused, since they would be devices of the host.</summary>
    public Errno MakeNode(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        var body = new RequestBody(request.Body);
        if (!body.TryTake(out FuseMkNodIn wanted) || !body.TryTakeName(out ReadOnlySpan<byte> name))
        {
            return Errno.EPROTO;
        }

        uint type = wanted.Mode & TypeBits;
        if (type is not (0 or RegularType or FifoType or SocketType))
        {
            return Errno.EPERM;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out Node parent, out NodeHold directory);
        using (directory)
        {
            if (errno == Errno.None)
            {
                caller.SetMask(wanted.Umask);
                errno = DirectoryChanges.TryMakeNode(directory.Descriptor, name, wanted.Mode & (TypeBits | PermissionBits));
            }

            return errno == Errno.None ? state.ReplyWithEntry(parent, directory, name, ref reply) : errno;
        }
    }

    public Errno MakeDirectory(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        var body = new RequestBody(request.Body);
        if (!body.TryTake(out FuseMkDirIn wanted) || !body.TryTakeName(out ReadOnlySpan<byte> name))
        {
            return Errno.EPROTO;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out Node parent, out NodeHold directory);
        using (directory)
        {
            if (errno == Errno.None)
            {
                caller.SetMask(wanted.Umask);
                errno = DirectoryChanges.TryMakeDirectory(directory.Descriptor, name, wanted.Mode & PermissionBits);
            }

            return errno == Errno.None ? state.ReplyWithEntry(parent, directory, name, ref reply) : errno;
        }
    }

    /// <summary>Creates a symbolic link. The host does not follow its target; the guest's kernel follows it in the guest.</summary>
    public Errno MakeSymbolicLink(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        var body = new RequestBody(request.Body);
        if (!body.TryTakeName(out ReadOnlySpan<byte> name) || !body.TryTakeText(out ReadOnlySpan<byte> target))
        {
            return Errno.EPROTO;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out Node parent, out NodeHold directory);
        using (directory)
        {
            if (errno == Errno.None)
            {
                errno = DirectoryChanges.TryMakeSymbolicLink(directory.Descriptor, name, target);
            }

            return errno == Errno.None ? state.ReplyWithEntry(parent, directory, name, ref reply) : errno;
        }
    }

    public Errno Link(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        var body = new RequestBody(request.Body);
        if (!body.TryTake(out FuseLinkIn link) || !body.TryTakeName(out ReadOnlySpan<byte> name))
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

            errno = state.TryHold(link.OldNodeId, caller, out _, out NodeHold target);
            using (target)
            {
                if (errno == Errno.None)
                {
                    errno = DirectoryChanges.TryLink(target.Descriptor, directory.Descriptor, name);
                }
            }

            return errno == Errno.None ? state.ReplyWithEntry(parent, directory, name, ref reply) : errno;
        }
    }

    public Errno Remove(in FuseRequest request, CallerIdentity caller, bool isDirectory)
    {
        var body = new RequestBody(request.Body);
        if (!body.TryTakeName(out ReadOnlySpan<byte> name))
        {
            return Errno.EPROTO;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out _, out NodeHold directory);
        using (directory)
        {
            return errno != Errno.None ? errno
                : isDirectory ? DirectoryChanges.TryRemoveDirectory(directory.Descriptor, name)
                : DirectoryChanges.TryUnlink(directory.Descriptor, name);
        }
    }

    public Errno Rename(in FuseRequest request, CallerIdentity caller)
    {
        var body = new RequestBody(request.Body);
        return body.TryTake(out FuseRenameIn rename) ? Rename(request.Header.NodeId, rename.NewDirectory, RenameFlags.None, body, caller) : Errno.EPROTO;
    }

    /// <summary>Renames with flags. Whiteouts are refused, since they are devices.</summary>
    public Errno Rename2(in FuseRequest request, CallerIdentity caller)
    {
        var body = new RequestBody(request.Body);
        if (!body.TryTake(out FuseRename2In rename))
        {
            return Errno.EPROTO;
        }

        return (rename.Flags & ~(uint)(RenameFlags.NoReplace | RenameFlags.Exchange)) == 0
            ? Rename(request.Header.NodeId, rename.NewDirectory, (RenameFlags)rename.Flags, body, caller)
            : Errno.EINVAL;
    }

    private Errno Rename(ulong from, ulong to, RenameFlags flags, RequestBody names, CallerIdentity caller)
    {
        if (!names.TryTakeName(out ReadOnlySpan<byte> name) || !names.TryTakeName(out ReadOnlySpan<byte> newName))
        {
            return Errno.EPROTO;
        }

        Errno errno = state.TryHold(from, caller, out Node oldParent, out NodeHold oldDirectory);
        using (oldDirectory)
        {
            if (errno != Errno.None)
            {
                return errno;
            }

            errno = state.TryHold(to, caller, out Node newParent, out NodeHold newDirectory);
            using (newDirectory)
            {
                if (errno == Errno.None)
                {
                    errno = DirectoryChanges.TryRename(oldDirectory.Descriptor, name, newDirectory.Descriptor, newName, flags);
                }

                if (errno == Errno.None)
                {
                    state.NoteMove(newParent, newDirectory, newName, caller);
                    if (flags.HasFlag(RenameFlags.Exchange))
                    {
                        state.NoteMove(oldParent, oldDirectory, name, caller);
                    }
                }

                return errno;
            }
        }
    }
}
