using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>Reading and writing open files.</summary>
internal sealed class DataOperations(ShareState state)
{
    /// <summary>
    /// The most bytes that one COPY_FILE_RANGE copies. The guest requests the rest again, so other requests are served in between.
    /// </summary>
    private const int MaxCopyInBytes = 16 << 20;

    private const AllocationModes Allocations = AllocationModes.KeepSize | AllocationModes.PunchHole | AllocationModes.ZeroRange;

    public Errno Read(in FuseRequest request, ref FuseReply reply)
    {
        if (!request.TryReadBody(out FuseReadIn range) || range.Offset > long.MaxValue || range.Size > ShareOptions.MaxTransferInBytes)
        {
            return Errno.EPROTO;
        }

        if (!state.Handles.TryFind(range.FileHandle, out OpenNode? open))
        {
            return Errno.EBADF;
        }

        Errno errno = ContentFiles.TryRead(open.File, reply.Room[..(int)range.Size], (long)range.Offset, out int count);
        reply.Advance(Math.Max(count, 0));
        return errno;
    }

    /// <summary>
    /// Writes at an offset, or appends to the file's current end, which other writers may have moved. Writes from the guest's page
    /// cache have an offset even if the file is open for appending.
    /// </summary>
    public Errno Write(in FuseRequest request, CallerIdentity caller, ref FuseReply reply)
    {
        var body = new RequestBody(request.Body);
        if (!body.TryTake(out FuseWriteIn range) || range.Offset > long.MaxValue || body.Rest.Length != range.Size)
        {
            return Errno.EPROTO;
        }

        if (!state.Handles.TryFind(range.FileHandle, out OpenNode? open))
        {
            return Errno.EBADF;
        }

        using CallerIdentity.SetIdLoss loss = caller.LosingSetIds(range.WriteFlags.HasFlag(FuseWriteFlags.KillSetIds));
        bool appends = ((OpenFlags)range.Flags).HasFlag(OpenFlags.Append) && !range.WriteFlags.HasFlag(FuseWriteFlags.FromCache);
        Errno errno = appends
            ? FileWriting.TryAppend(open.File, body.Rest, out int count)
            : FileWriting.TryWrite(open.File, body.Rest, (long)range.Offset, out count);
        if (errno == Errno.None)
        {
            state.NoteWritten(open.Node);
            reply.Write(new FuseWriteOut { Size = (uint)count });
        }

        return errno;
    }

    public Errno Allocate(in FuseRequest request)
    {
        if (!request.TryReadBody(out FuseFallocateIn range) || range.Offset > long.MaxValue || range.Length > long.MaxValue)
        {
            return Errno.EPROTO;
        }

        if (((AllocationModes)range.Mode & ~Allocations) != 0)
        {
            return Errno.EOPNOTSUPP;
        }

        if (!state.Handles.TryFind(range.FileHandle, out OpenNode? open))
        {
            return Errno.EBADF;
        }

        Errno errno = FileWriting.TryAllocate(open.File, (AllocationModes)range.Mode, (long)range.Offset, (long)range.Length);
        state.NoteWritten(open.Node);
        return errno;
    }

    /// <summary>Finds data and holes. The guest may not change the position of a directory.</summary>
    public Errno Seek(in FuseRequest request, ref FuseReply reply)
    {
        if (!request.TryReadBody(out FuseLSeekIn wanted) || wanted.Offset > long.MaxValue)
        {
            return Errno.EPROTO;
        }

        if ((SeekTarget)wanted.Whence is not (SeekTarget.Data or SeekTarget.Hole))
        {
            return Errno.EINVAL;
        }

        if (!state.Handles.TryFind(wanted.FileHandle, out OpenNode? open) || !open.Node.Key.IsRegularFile)
        {
            return Errno.EBADF;
        }

        Errno errno = FileWriting.TrySeek(open.File, (long)wanted.Offset, (SeekTarget)wanted.Whence, out long found);
        if (errno == Errno.None)
        {
            reply.Write(new FuseLSeekOut { Offset = (ulong)found });
        }

        return errno;
    }

    public Errno Copy(in FuseRequest request, ref FuseReply reply)
    {
        if (!request.TryReadBody(out FuseCopyFileRangeIn range) || range.FromOffset > long.MaxValue || range.ToOffset > long.MaxValue)
        {
            return Errno.EPROTO;
        }

        if (range.Flags != 0)
        {
            return Errno.EINVAL;
        }

        if (!state.Handles.TryFind(range.FromHandle, out OpenNode? from) || !state.Handles.TryFind(range.ToHandle, out OpenNode? to))
        {
            return Errno.EBADF;
        }

        int length = (int)Math.Min(range.Length, MaxCopyInBytes);
        Errno errno = FileWriting.TryCopy(from.File, (long)range.FromOffset, to.File, (long)range.ToOffset, length, out int count);
        if (errno == Errno.None)
        {
            state.NoteWritten(to.Node);
            reply.Write(new FuseWriteOut { Size = (uint)count });
        }

        return errno;
    }
}
