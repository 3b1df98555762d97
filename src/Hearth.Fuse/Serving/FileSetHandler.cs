using Hearth.Fuse.Protocol;
using Hearth.Fuse.Statistics;
using Hearth.Linux;
using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Serving;

/// <summary>
/// Answers requests for a <see cref="FileSet"/>. READs go to <see cref="FileReads"/>; everything else is answered before
/// <see cref="Handle"/> returns. Thread-safe.
/// </summary>
internal sealed class FileSetHandler(FileSet files, FileReads reads, DeferredInterrupts deferred, FuseCounters counters, FuseCaching caching)
{
    private const uint AccessModeMask = 3;

    /// <summary>Answers one request.</summary>
    /// <param name="message">The request as received.</param>
    /// <param name="slot">The calling thread's slot, prepared by <see cref="FileReads.TryPrepare"/>.</param>
    public void Handle(ReadOnlySpan<byte> message, RequestSlot slot)
    {
        if (!FuseRequest.TryParse(message, out FuseRequest request))
        {
            counters.CountMalformed();
            return;
        }

        counters.CountRequest(request.Header.Opcode);
        switch (request.Header.Opcode)
        {
            case FuseOpcode.Read:
                Read(request, slot);
                break;
            case FuseOpcode.Interrupt:
                Interrupt(request, slot);
                break;
            case FuseOpcode.Forget or FuseOpcode.BatchForget:
                // These need no reply, and there is nothing to forget.
                break;
            default:
                Send(slot.Sink, AnswerAtOnce(request, slot.Scratch));
                break;
        }
    }

    private ReadOnlySpan<byte> AnswerAtOnce(in FuseRequest request, Span<byte> scratch)
    {
        switch (request.Header.Opcode)
        {
            case FuseOpcode.Lookup:
                return Lookup(request, scratch);
            case FuseOpcode.GetAttr:
                return IsKnown(request) ? Answer(request, scratch, files.AttrOf(request.Header.NodeId)) : Status(request, scratch, Errno.ENOENT);
            case FuseOpcode.Open:
                return OpenFile(request, scratch);
            case FuseOpcode.OpenDir:
                return OpenDirectory(request, scratch);
            case FuseOpcode.ReadDir:
                return ReadDirectory(request, scratch);
            case FuseOpcode.StatFs:
                return Answer(request, scratch, files.Totals());
            case FuseOpcode.Release or FuseOpcode.ReleaseDir or FuseOpcode.Destroy:
                return Status(request, scratch, Errno.None);
            default:
                return Status(request, scratch, Errno.ENOSYS);
        }
    }

    private void Read(in FuseRequest request, RequestSlot slot)
    {
        IFuseFile? file = files.FileOf(request.Header.NodeId);
        if (file is null)
        {
            Send(slot.Sink, Status(request, slot.Scratch, request.Header.NodeId == FileSet.RootNode ? Errno.EISDIR : Errno.ENOENT));
            return;
        }

        if (!request.TryReadBody(out FuseReadIn range) || range.Offset > long.MaxValue || range.Size > reads.MaxReadBytes)
        {
            Send(slot.Sink, Malformed(request, slot.Scratch));
            return;
        }

        int length = (int)Math.Clamp(file.Length - (long)range.Offset, 0, range.Size);
        if (length == 0)
        {
            Send(slot.Sink, Status(request, slot.Scratch, Errno.None));
            return;
        }

        reads.Start(slot, request.Header.Unique, request.Header.Pid, file, (long)range.Offset, length);
    }

    /// <summary>
    /// Answers an interrupt of an unknown request with EAGAIN: the kernel repeats it while the request still waits. Another
    /// thread may have taken the request but not started it yet. Only the queue it was taken from accepts the reply.
    /// </summary>
    private void Interrupt(in FuseRequest request, RequestSlot slot)
    {
        if (!request.TryReadBody(out FuseInterruptIn interrupt))
        {
            counters.CountMalformed();
            return;
        }

        switch (reads.Interrupt(interrupt.Unique))
        {
            case InterruptOutcome.Ended:
                return;
            case InterruptOutcome.GoesOn:
                deferred.Add(request.Header.Unique);
                return;
        }

        ReadOnlySpan<byte> again = FuseReply.Status(slot.Scratch, request.Header.Unique, Errno.EAGAIN);
        foreach (IReplySink sink in slot.AllSinks)
        {
            Send(sink, again);
        }
    }

    private ReadOnlySpan<byte> Lookup(in FuseRequest request, Span<byte> scratch)
    {
        if (!request.TryReadName(out ReadOnlySpan<byte> name))
        {
            return Malformed(request, scratch);
        }

        if (request.Header.NodeId != FileSet.RootNode)
        {
            return Status(request, scratch, Errno.ENOTDIR);
        }

        ulong node = files.NodeOf(name);
        return node == 0 ? Status(request, scratch, Errno.ENOENT) : Answer(request, scratch, files.EntryOf(node));
    }

    private ReadOnlySpan<byte> OpenFile(in FuseRequest request, Span<byte> scratch)
    {
        if (!request.TryReadBody(out FuseOpenIn open))
        {
            return Malformed(request, scratch);
        }

        if (files.FileOf(request.Header.NodeId) is null)
        {
            return Status(request, scratch, Errno.ENOENT);
        }

        if ((open.Flags & AccessModeMask) != 0)
        {
            return Status(request, scratch, Errno.EROFS);
        }

        // Without FLUSH on close, a process with an open file of its own session can be killed: nobody would answer it.
        FuseOpenFlags flags = FuseOpenFlags.NoFlush | (caching == FuseCaching.PageCache ? FuseOpenFlags.KeepCache : FuseOpenFlags.DirectIO);
        return Answer(request, scratch, new FuseOpenOut { OpenFlags = flags });
    }

    private static ReadOnlySpan<byte> OpenDirectory(in FuseRequest request, Span<byte> scratch) =>
        request.Header.NodeId == FileSet.RootNode
            ? Answer(request, scratch, new FuseOpenOut { OpenFlags = FuseOpenFlags.CacheDirectory | FuseOpenFlags.KeepCache })
            : Status(request, scratch, Errno.ENOTDIR);

    private ReadOnlySpan<byte> ReadDirectory(in FuseRequest request, Span<byte> scratch)
    {
        if (request.Header.NodeId != FileSet.RootNode)
        {
            return Status(request, scratch, Errno.ENOTDIR);
        }

        if (!request.TryReadBody(out FuseReadIn range))
        {
            return Malformed(request, scratch);
        }

        var reply = new FuseReply(scratch);
        int limit = (int)Math.Min(range.Size, int.MaxValue);
        ulong position = range.Offset;
        while (files.TryGetDirent(position, out FuseDirent entry, out ReadOnlySpan<byte> name) && reply.TryWriteDirent(entry, name, limit))
        {
            position++;
        }

        return reply.Finish(request.Header.Unique);
    }

    private bool IsKnown(in FuseRequest request) => request.Header.NodeId == FileSet.RootNode || files.FileOf(request.Header.NodeId) is not null;

    private static ReadOnlySpan<byte> Answer<T>(in FuseRequest request, Span<byte> scratch, T body)
        where T : unmanaged
    {
        var reply = new FuseReply(scratch);
        reply.Write(in body);
        return reply.Finish(request.Header.Unique);
    }

    private static ReadOnlySpan<byte> Status(in FuseRequest request, Span<byte> scratch, Errno errno) =>
        FuseReply.Status(scratch, request.Header.Unique, errno);

    private ReadOnlySpan<byte> Malformed(in FuseRequest request, Span<byte> scratch)
    {
        counters.CountMalformed();
        return Status(request, scratch, Errno.EPROTO);
    }

    private void Send(IReplySink sink, ReadOnlySpan<byte> reply) => FileReads.CheckSent(sink.Send(reply), counters);
}
