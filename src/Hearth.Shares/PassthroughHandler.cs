using System.Runtime.CompilerServices;
using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>
/// Answers requests for a share, one a call, on any number of threads. The guest may be hostile. So each request is executed with
/// the rights of its user on the host, and only inside the share's root, whatever numbers and names it contains.
/// </summary>
internal sealed class PassthroughHandler(ShareState state)
{
    /// <summary>The room for a reply whose size does not depend on the request.</summary>
    private const int UsualRoomInBytes = 8 << 10;

    private readonly NameOperations names = new(state);
    private readonly AttributeOperations attributes = new(state);
    private readonly XattrOperations xattrs = new(state);
    private readonly FileOperations files = new(state);
    private readonly DataOperations data = new(state);
    private readonly DirectoryOperations directories = new(state);

    /// <summary>Serves a request that needs an answer.</summary>
    /// <param name="message">The received bytes; the caller has checked that they can be parsed.</param>
    /// <param name="caller">The identity of the serving thread.</param>
    /// <param name="buffer">The reply buffer of the serving thread.</param>
    /// <returns>The length of the reply in the buffer.</returns>
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
            // The guest has closed a handle on one thread while it uses it on another.
            return Errno.EBADF;
        }
        catch (LinuxException failure)
        {
            return failure.Errno;
        }
    }

    /// <summary>
    /// Repeats a refused request with the group of the file. A request contains only one group of the user, but the guest's kernel
    /// knows all of them and has granted the access. This gives the guest no additional rights, since its kernel can claim any user
    /// anyway.
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

    /// <summary>
    /// Whether a request depends on the user. The other requests use open files, or read information that every user may read.
    /// </summary>
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
