using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>
/// Extended attributes: those of users (user.*), and file capabilities. All others belong to the host. Its access control lists
/// apply but are not shown. Its security labels, and the attributes of overlays and other file systems (trusted.*), can be neither
/// read nor written.
/// </summary>
internal sealed class XattrOperations(ShareState state)
{
    /// <summary>XATTR_SIZE_MAX and XATTR_LIST_MAX of linux/limits.h.</summary>
    public const int MaxValueInBytes = 65_536;

    private static ReadOnlySpan<byte> UserPrefix => "user."u8;

    private static ReadOnlySpan<byte> FileCapabilities => "security.capability"u8;

    public Errno Get(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        var body = new RequestBody(request.Body);
        if (!body.TryTake(out FuseGetXattrIn wanted) || !body.TryTakeText(out ReadOnlySpan<byte> name))
        {
            return Errno.EPROTO;
        }

        if (!IsShared(name))
        {
            return Errno.ENODATA;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out _, out NodeHold node);
        using (node)
        {
            if (errno != Errno.None)
            {
                return errno;
            }

            int room = (int)Math.Min(wanted.Size, MaxValueInBytes);
            errno = HeldAttributes.TryGet(node.Descriptor, name, reply.Room[..room], out int count);
            if (errno == Errno.None)
            {
                Answer(wanted.Size, count, ref reply);
            }

            return errno;
        }
    }

    public Errno List(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        if (!request.TryReadBody(out FuseGetXattrIn wanted))
        {
            return Errno.EPROTO;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out _, out NodeHold node);
        using (node)
        {
            if (errno != Errno.None || (errno = HeldAttributes.TryList(node.Descriptor, reply.Room[..MaxValueInBytes], out int count)) != Errno.None)
            {
                return errno;
            }

            int shared = KeepShared(reply.Room[..count]);
            if (wanted.Size > 0 && shared > wanted.Size)
            {
                return Errno.ERANGE;
            }

            Answer(wanted.Size, shared, ref reply);
            return Errno.None;
        }
    }

    public Errno Set(in FuseRequest request, CallerIdentity caller)
    {
        var body = new RequestBody(request.Body);
        if (!body.TryTake(out FuseSetXattrIn wanted) || !body.TryTakeText(out ReadOnlySpan<byte> name) || body.Rest.Length != wanted.Size)
        {
            return Errno.EPROTO;
        }

        if (!IsShared(name))
        {
            return Errno.EOPNOTSUPP;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out _, out NodeHold node);
        using (node)
        {
            return errno == Errno.None ? HeldAttributes.TrySet(node.Descriptor, name, body.Rest, wanted.Flags) : errno;
        }
    }

    public Errno Remove(in FuseRequest request, CallerIdentity caller)
    {
        var body = new RequestBody(request.Body);
        if (!body.TryTakeText(out ReadOnlySpan<byte> name))
        {
            return Errno.EPROTO;
        }

        if (!IsShared(name))
        {
            return Errno.EOPNOTSUPP;
        }

        Errno errno = state.TryHold(request.Header.NodeId, caller, out _, out NodeHold node);
        using (node)
        {
            return errno == Errno.None ? HeldAttributes.TryRemove(node.Descriptor, name) : errno;
        }
    }

    private static bool IsShared(ReadOnlySpan<byte> name) => name.StartsWith(UserPrefix) || name.SequenceEqual(FileCapabilities);

    /// <summary>Answers with the needed size if the requested size is 0, else with the data.</summary>
    private static void Answer(uint asked, int count, ref FuseReply reply)
    {
        if (asked == 0)
        {
            reply.Write(new FuseGetXattrOut { Size = (uint)count });
        }
        else
        {
            reply.Advance(count);
        }
    }

    /// <summary>Moves the names of shared attributes to the beginning.</summary>
    /// <returns>The length of these names in bytes, including NULs.</returns>
    private static int KeepShared(Span<byte> names)
    {
        int kept = 0;
        for (int start = 0; start < names.Length;)
        {
            int length = names[start..].IndexOf((byte)0) + 1;
            if (length == 0)
            {
                break;
            }

            if (IsShared(names.Slice(start, length - 1)))
            {
                names.Slice(start, length).CopyTo(names[kept..]);
                kept += length;
            }

            start += length;
        }

        return kept;
    }
}
