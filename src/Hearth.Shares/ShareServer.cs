using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Hearth.Fuse.Protocol;
using Hearth.Linux;
using Hearth.Linux.Fuse;

namespace Hearth.Shares;

/// <summary>
/// Serves a <see cref="Share"/> to the FUSE kernel of a guest, at the other end of a stream, until the stream ends or the server is
/// disposed. One thread reads requests. Other threads serve them, started on demand up to a limit, so slow requests delay others
/// only if they occupy all threads.
/// </summary>
public sealed class ShareServer : IAsyncDisposable
{
    private const int StackInBytes = 512 << 10;

    private readonly ShareOptions options;
    private readonly Stream transport;
    private readonly ShareState state;
    private readonly PassthroughHandler handler;
    private readonly RequestQueue queue = new();
    private readonly Lock sending = new();
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Exception? failure;
    private int threads;
    private int workers;
    private int stopping;
    private long requests;
    private long malformed;

    private ShareServer(Share share, Stream transport)
    {
        options = share.Options;
        this.transport = transport;
        state = new ShareState(share, InvalidateAttributes);
        handler = new PassthroughHandler(state);
    }

    /// <summary>
    /// Completes when the share is no longer served and all its resources are released. It succeeds if the stream ended or the server
    /// was disposed. Otherwise it fails with the cause: a <see cref="ShareException"/> for a peer that is not a FUSE kernel.
    /// </summary>
    public Task Completion => completion.Task;

    public ShareStatistics Statistics => new(
        Volatile.Read(ref requests), Volatile.Read(ref malformed), state.Nodes.Count, state.Nodes.HeldCount, state.Handles.Count);

    internal static ShareServer Start(Share share, Stream transport)
    {
        var server = new ShareServer(share, transport);
        server.StartThread(server.ReadRequests, "share-in");
        return server;
    }

    /// <summary>Ends the stream, and waits for the requests that are being served.</summary>
    /// <exception cref="ShareException">A request did not end within <see cref="ShareOptions.StopTimeout"/>.</exception>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref stopping, 1) != 0)
        {
            return;
        }

        End(null);
        try
        {
            await completion.Task.WaitAsync(options.StopTimeout, options.Clock).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new ShareException(
                ShareError.StopTimedOut,
                $"cannot end the share '{options.Source}': after {options.StopTimeout.TotalSeconds} s, a request still holds its thread and descriptors");
        }
        catch (Exception ended) when (ended == failure)
        {
            // Completion reports it.
        }
    }

    private void ReadRequests()
    {
        var reader = new RequestReader(transport);
        if (!Agree(reader))
        {
            return;
        }

        while (reader.TryRead(out RequestMessage message))
        {
            if (!TakeNote(message) && !queue.Add(message) && Volatile.Read(ref workers) < options.Threads)
            {
                // A new thread inherits the identity of its creator, and this thread never acts for a user.
                Interlocked.Increment(ref workers);
                StartThread(ServeRequests, "share");
            }
        }
    }

    /// <summary>Answers the first request, which must be INIT.</summary>
    private bool Agree(RequestReader reader)
    {
        if (!reader.TryRead(out RequestMessage message))
        {
            return false;
        }

        try
        {
            if (!FuseRequest.TryParse(message.Bytes, out FuseRequest request)
                || request.Header.Opcode != FuseOpcode.Init
                || !ShareHandshake.TryRead(request.Body, out FuseInitIn kernel)
                || !ShareHandshake.Handshake.IsSuitable(kernel))
            {
                throw new ShareException(
                    ShareError.PeerUnsuitable,
                    "cannot serve a guest's kernel: it did not begin with a supported FUSE INIT request (7.27 or newer, Linux 4.18)");
            }

            byte[] buffer = new byte[FuseReply.HeaderSizeInBytes + Unsafe.SizeOf<FuseInitOut>()];
            var reply = new FuseReply(buffer);
            reply.Write(ShareHandshake.Handshake.Answer(kernel));
            Send(buffer, reply.Finish(request.Header.Unique).Length);
            return true;
        }
        finally
        {
            message.Return();
        }
    }

    /// <summary>Handles requests without an answer immediately, on the reading thread.</summary>
    /// <returns>False for a request that a serving thread must answer.</returns>
    private bool TakeNote(RequestMessage message)
    {
        Interlocked.Increment(ref requests);
        if (!FuseRequest.TryParse(message.Bytes, out FuseRequest request))
        {
            Interlocked.Increment(ref malformed);
            message.Return();
            return true;
        }

        switch (request.Header.Opcode)
        {
            case FuseOpcode.Forget when request.TryReadBody(out FuseForgetIn forget):
                state.Nodes.Forget(request.Header.NodeId, forget.Lookups);
                break;
            case FuseOpcode.BatchForget when request.TryReadBody(out FuseBatchForgetIn _):
                ForgetAll(MemoryMarshal.Cast<byte, FuseForgetOne>(request.Body[Unsafe.SizeOf<FuseBatchForgetIn>()..]));
                break;
            case FuseOpcode.Interrupt when request.TryReadBody(out FuseInterruptIn interrupt):
                Interrupt(interrupt.Unique);
                break;
            case FuseOpcode.Forget or FuseOpcode.BatchForget or FuseOpcode.Interrupt:
                Interlocked.Increment(ref malformed);
                break;
            default:
                return false;
        }

        message.Return();
        return true;
    }

    private void ForgetAll(ReadOnlySpan<FuseForgetOne> all)
    {
        foreach (FuseForgetOne one in all)
        {
            state.Nodes.Forget(one.NodeId, one.Lookups);
        }
    }

    /// <summary>
    /// Answers an interrupted request with EINTR. The guest's init passes on only interrupts of processes that are being killed, so
    /// that these do not wait for a slow host. A request that is being served continues to its end, and then its reply is released.
    /// </summary>
    private void Interrupt(ulong unique)
    {
        if (queue.TryClaim(unique))
        {
            byte[] buffer = new byte[FuseReply.HeaderSizeInBytes];
            Send(buffer, FuseReply.Status(buffer, unique, Errno.EINTR).Length);
        }
    }

    private void ServeRequests()
    {
        var caller = new CallerIdentity();
        var buffer = new ReplyBuffer();
        ServedRequest place = queue.AddServer();
        while (queue.TryTake(place, out RequestMessage? message))
        {
            FuseOpcode opcode = MemoryMarshal.Read<FuseInHeader>(message.Value.Bytes).Opcode;
            int length;
            try
            {
                length = handler.Handle(message.Value.Bytes, caller, buffer);
            }
            finally
            {
                caller.Rest();
                message.Value.Return();
            }

            if (MemoryMarshal.Read<FuseOutHeader>(buffer.Bytes).Error == -(int)Errno.EPROTO)
            {
                Interlocked.Increment(ref malformed);
            }

            if (place.TryClaim(message.Value.Unique))
            {
                Send(buffer.Bytes, length);
            }
            else
            {
                AbandonedReply.Release(state, opcode, buffer.Bytes.AsSpan(0, length));
            }

            buffer.Release();
        }
    }

    private void InvalidateAttributes(ulong nodeId)
    {
        const int Length = FuseReply.HeaderSizeInBytes + 24;
        byte[] buffer = new byte[Length];
        MemoryMarshal.Write(buffer, new FuseOutHeader { Length = Length, Error = (int)FuseNotice.InvalidateInode });
        MemoryMarshal.Write(buffer.AsSpan(FuseReply.HeaderSizeInBytes), new FuseInvalidateInodeOut { NodeId = nodeId, Offset = -1 });
        Send(buffer, Length);
    }

    private void Send(byte[] buffer, int length)
    {
        lock (sending)
        {
            transport.Write(buffer, 0, length);
        }
    }

    private void StartThread(Action body, string name)
    {
        Interlocked.Increment(ref threads);
        new Thread(() => Run(body), StackInBytes) { IsBackground = true, Name = name }.Start();
    }

    private void Run(Action body)
    {
        try
        {
            body();
            End(null);
        }
        catch (Exception ended) when (ended is (IOException and not ShareException) or ObjectDisposedException)
        {
            // The stream has ended, and with it the guest's kernel.
            End(null);
        }
        catch (Exception ended)
        {
            End(ended);
        }
        finally
        {
            if (Interlocked.Decrement(ref threads) == 0)
            {
                state.Dispose();
                Complete();
            }
        }
    }

    private void End(Exception? cause)
    {
        if (cause is not null)
        {
            Interlocked.CompareExchange(ref failure, cause, null);
        }

        queue.Close();
        transport.Dispose();
    }

    private void Complete()
    {
        if (failure is null)
        {
            completion.TrySetResult();
            return;
        }

        completion.TrySetException(failure);

        // Marks the failure as observed: a caller need not await it, since the guest notices the end of its share.
        _ = completion.Task.Exception;
    }
}
