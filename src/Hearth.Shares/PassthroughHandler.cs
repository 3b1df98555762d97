using System.Runtime.CompilerServices;
using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>
/// Answers requests for a share, one a call, for any number of threads. Whoever sent them may be hostile: what is asked for is
/// done with the rights that the request's user has on the host, and beneath the share's root, whatever the numbers and names say.
/// </summary>
internal sealed class PassthroughHandler(ShareState state)
{
    /// <summary>Room for every reply whose size the request does not say.</summary>
    private const int UsualRoomInBytes = 8 << 10;

    private readonly NameOperations names = new(state);
    private readonly AttributeOperations attributes = new(state);
    private readonly XattrOperations xattrs = new(state);
    private readonly FileOperations files = new(state);
    private readonly DataOperations data = new(state);
    private readonly DirectoryOperations directories = new(state);

    /// <summary>Serves a request that is to be answered.</summary>
    /// <param name="message">As it came; that it can be parsed was checked.</param>
    /// <param name="caller">The serving thread's.</param>
    /// <param name="buffer">Likewise.</param>
    /// <returns>The reply's length in the buffer.</returns>
    public int Handle(ReadOnlySpan<byte> message, CallerIdentity caller, ReplyBuffer buffer)
    {
        if (!FuseRequest.TryParse(message, out FuseRequest request))
        {
            throw new ArgumentException("no request");
        }

        Span<byte> room = buffer.OfSize(FuseReply.HeaderSizeInBytes + RoomFor(request));
        var reply = new FuseReply(room);
        Errno errno = Serve(request, caller, ref reply);
        return errno == Errno.None
            ? reply.Finish(request.Header.Unique).Length
            : FuseReply.Status(room, request.Header.Unique, errno).Length;
    }

    private Errno Serve(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        if (state.IsReadOnly && Changes(request.Header.Opcode))
        {
            return Errno.EROFS;
        }

        try
        {
            if (!ActsForUser(request.Header.Opcode))
            {
                return Dispatch(request, caller, ref reply);
            }

            caller.Assume(request.Header.Uid, request.Header.Gid);
            Errno errno = Dispatch(request, caller, ref reply);
            return errno == Errno.EACCES && !caller.IsRoot ? ServeWithGroups(request, caller, ref reply) : errno;
        }
        catch (ObjectDisposedException)
        {
            // The guest has closed, on one thread, what it uses on another.
            return Errno.EBADF;
        }
        catch (LinuxException failure)
        {
            return failure.Errno;
        }
    }

    /// <summary>
    /// Once more with the group of what was refused. The guest's kernel, which knows all of a user's groups, has found that the
    /// user may; a request tells only one of them. It gives nobody more than the guest's kernel may claim anyway.
    /// </summary>
    private Errno ServeWithGroups(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        ulong other = request.Header.Opcode switch
        {
            FuseOpcode.Rename or FuseOpcode.Rename2 or FuseOpcode.Link when request.TryReadBody(out ulong node) => node,
            _ => request.Header.NodeId,
        };
        caller.AddGroups(state.GroupOf(request.Header.NodeId, caller), state.GroupOf(other, caller));
        return Dispatch(request, caller, ref reply);
    }

    private Errno Dispatch(in FuseRequest request, CallerIdentity caller, ref FuseReply reply) => request.Header.Opcode switch
    {
        FuseOpcode.Lookup => names.Lookup(request, caller, ref reply),
        FuseOpcode.MkNod => names.MakeNode(request, caller, ref reply),
        FuseOpcode.MkDir => names.MakeDirectory(request, caller, ref reply),
        FuseOpcode.SymLink => names.MakeSymbolicLink(request, caller, ref reply),
        FuseOpcode.Link => names.Link(request, caller, ref reply),
        FuseOpcode.Unlink => names.Remove(request, caller, isDirectory: false),
        FuseOpcode.RmDir => names.Remove(request, caller, isDirectory: true),
        FuseOpcode.Rename => names.Rename(request, caller),
        FuseOpcode.Rename2 => names.Rename2(request, caller),
        FuseOpcode.GetAttr => attributes.Get(request, caller, ref reply),
        FuseOpcode.SetAttr => attributes.Set(request, caller, ref reply),
        FuseOpcode.ReadLink => attributes.ReadLink(request, caller, ref reply),
        FuseOpcode.Access => attributes.Access(request, caller),
        FuseOpcode.StatFs => attributes.StatFs(request, caller, ref reply),
        FuseOpcode.GetXattr => xattrs.Get(request, caller, ref reply),
        FuseOpcode.ListXattr => xattrs.List(request, caller, ref reply),
        FuseOpcode.SetXattr => xattrs.Set(request, caller),
        FuseOpcode.RemoveXattr => xattrs.Remove(request, caller),
        FuseOpcode.Open => files.Open(request, caller, ref reply),
        FuseOpcode.Create => files.Create(request, caller, ref reply),
        FuseOpcode.Release or FuseOpcode.ReleaseDir => files.Release(request),
        FuseOpcode.Fsync or FuseOpcode.FsyncDir => files.Synchronize(request),
        FuseOpcode.Read => data.Read(request, ref reply),
        FuseOpcode.Write => data.Write(request, caller, ref reply),
        FuseOpcode.Fallocate => data.Allocate(request),
        FuseOpcode.LSeek => data.Seek(request, ref reply),
        FuseOpcode.CopyFileRange => data.Copy(request, ref reply),
        FuseOpcode.OpenDir => directories.Open(request, caller, ref reply),
        FuseOpcode.ReadDir => directories.Read(request, looksUp: false, ref reply),
        FuseOpcode.ReadDirPlus => directories.Read(request, looksUp: true, ref reply),
        FuseOpcode.Flush or FuseOpcode.Destroy => Errno.None,
        _ => Errno.ENOSYS,
    };

    private static bool Changes(FuseOpcode opcode) => opcode is FuseOpcode.SetAttr or FuseOpcode.SymLink or FuseOpcode.MkNod or FuseOpcode.MkDir
        or FuseOpcode.Unlink or FuseOpcode.RmDir or FuseOpcode.Rename or FuseOpcode.Rename2 or FuseOpcode.Link or FuseOpcode.Write
        or FuseOpcode.SetXattr or FuseOpcode.RemoveXattr or FuseOpcode.Create or FuseOpcode.Fallocate or FuseOpcode.CopyFileRange;

    /// <summary>For the others it makes no difference who asks: they are about what is open, or what anybody may know.</summary>
    private static bool ActsForUser(FuseOpcode opcode) => opcode is not (FuseOpcode.Read or FuseOpcode.Release or FuseOpcode.ReleaseDir
        or FuseOpcode.Flush or FuseOpcode.Fsync or FuseOpcode.FsyncDir or FuseOpcode.LSeek or FuseOpcode.StatFs or FuseOpcode.GetAttr
        or FuseOpcode.ReadLink or FuseOpcode.ReadDir);

    private static int RoomFor(in FuseRequest request) => request.Header.Opcode switch
    {
        FuseOpcode.Read or FuseOpcode.ReadDir or FuseOpcode.ReadDirPlus when request.TryReadBody(out FuseReadIn range) =>
            (int)Math.Min(range.Size, ShareOptions.MaxTransferInBytes) + UsualRoomInBytes,
        FuseOpcode.GetXattr or FuseOpcode.ListXattr => XattrOperations.MaxValueInBytes + Unsafe.SizeOf<FuseGetXattrOut>(),
        _ => UsualRoomInBytes,
    };
}
