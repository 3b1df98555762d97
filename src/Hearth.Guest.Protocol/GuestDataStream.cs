using System.Text;
using Hearth.Guest.Protocol.Frames;
using Hearth.Guest.Protocol.Streams;

namespace Hearth.Guest.Protocol;

/// <summary>
/// One numbered byte stream of a <see cref="GuestChannel"/>. One read and one write may be pending at a time, from any thread.
/// The bytes of one direction keep their order. Between streams, and between streams and control messages, there is no order,
/// with one exception: what a completed write, <see cref="CompleteAsync"/> or <see cref="GuestChannel.SendAsync"/> covered
/// is on the transport before anything begun afterwards.
/// </summary>
/// <remarks>
/// A write completes when the transport has taken all of its bytes. It waits for the reader's credit: the peer holds at most
/// <see cref="GuestProtocol.StreamWindowBytes"/> unread. There is no buffer to flush. A cancelled write may have sent the first
/// part of its bytes; a cancelled read loses none. In the guest a write may block the calling thread while the transport takes
/// nothing. Failures are <see cref="GuestProtocolException"/>.
/// </remarks>
public sealed class GuestDataStream : Stream
{
    /// <summary>The size of an Open, a Credit and a Reset frame together.</summary>
    internal const int MostOwedBytes = (3 * FrameHeader.SizeInBytes)
        + FrameHeader.OpenPayloadBytes + FrameHeader.CreditPayloadBytes + FrameHeader.MaxResetReasonBytes;

    private readonly GuestChannel channel;
    private StreamDirection openingOwed;
    private byte[]? resetOwed;
    private bool isResetComposed;
    private bool isDisposed;

    internal GuestDataStream(GuestChannel channel, uint id, StreamDirection direction, StreamDirection ownWriting)
    {
        this.channel = channel;
        Id = id;
        CanWrite = (direction & ownWriting) != 0;
        CanRead = (direction & ~ownWriting) != 0;
        Sender = new StreamSender(id, CanWrite);
        Receiver = new StreamReceiver(id, CanRead);
    }

    /// <summary>The stream's number on both sides. It is never 0 and never used twice on a channel.</summary>
    public uint Id { get; }

    /// <summary>True if the stream's direction lets this side read.</summary>
    public override bool CanRead { get; }

    /// <summary>True if the stream's direction lets this side write.</summary>
    public override bool CanWrite { get; }

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    internal StreamSender Sender { get; }

    internal StreamReceiver Receiver { get; }

    /// <summary>True while the stream is in the outbox because it owes the peer a frame.</summary>
    internal bool IsOwing { get; set; }

    /// <summary>Reads the available bytes; waits for the first one.</summary>
    /// <returns>The number of bytes read; 0 when the peer has ended its direction and all bytes were read.</returns>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        RequireUsable(CanRead, "read from");
        if (cancellationToken.IsCancellationRequested)
        {
            return ValueTask.FromCanceled<int>(cancellationToken);
        }

        ReadOperation operation;
        lock (channel.Gate)
        {
            int count = Receiver.TryRead(buffer.Span);
            if (count >= 0)
            {
                if (Receiver.OwesCredit)
                {
                    channel.AddOwing(this);
                }

                return ValueTask.FromResult(count);
            }

            operation = new ReadOperation(buffer);
            Receiver.Begin(operation);
        }

        return new ValueTask<int>(
            cancellationToken.CanBeCanceled ? AwaitRead(operation, cancellationToken) : operation.Task);
    }

    /// <summary>Writes all bytes. Completes when the transport has taken the last one.</summary>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        buffer.IsEmpty ? ValueTask.CompletedTask : new ValueTask(BeginWrite(buffer, endsStream: false, cancellationToken));

    /// <summary>
    /// Ends this side's direction; the peer reads all that was written before. Completes when the transport has taken the end,
    /// so a control message sent afterwards arrives after it. Reading continues.
    /// </summary>
    public Task CompleteAsync(CancellationToken cancellationToken = default) => BeginWrite(default, endsStream: true, cancellationToken);

    /// <summary>
    /// Aborts the stream in both directions. Pending operations on this side fail, the peer's operations fail with
    /// <see cref="GuestProtocolError.StreamReset"/> and the reason, and unread bytes are lost. It has no effect on a stream
    /// that both sides have ended.
    /// </summary>
    /// <param name="reason">The reason for the peer; cut to 512 bytes.</param>
    public void Reset(string reason)
    {
        lock (channel.Gate)
        {
            if ((Sender.IsFinished && Receiver.IsFinished) || resetOwed is not null || channel.HasEnded)
            {
                return;
            }

            resetOwed = EncodeReason(reason);
            GiveUp($"stream {Id} was reset on this side: {reason}");
            channel.AddOwing(this);
        }
    }

    public override int Read(Span<byte> buffer)
    {
        byte[] bytes = new byte[buffer.Length];
        int count = Read(bytes, 0, bytes.Length);
        bytes.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) =>
        ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Write(byte[] buffer, int offset, int count)
    {
        RequireUsable(CanWrite, "write to");
        if (count == 0)
        {
            return;
        }

        WriteOperation operation = new(buffer.AsMemory(offset, count), endsStream: false);
        lock (channel.Gate)
        {
            Sender.Begin(operation);
            channel.AddWritingByCaller(this);
        }

        channel.WriteByCaller(operation);
        operation.Task.GetAwaiter().GetResult();
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Does nothing: a completed write is on the transport.</summary>
    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    /// <summary>Composes the frames that this stream owes the peer. The caller holds the channel's lock.</summary>
    /// <param name="batch">Room for <see cref="MostOwedBytes"/>.</param>
    internal int ComposeOwed(Span<byte> batch)
    {
        int length = 0;
        if (openingOwed != StreamDirection.None)
        {
            new FrameHeader(FrameType.Open, Id, FrameHeader.OpenPayloadBytes).Write(batch);
            batch[FrameHeader.SizeInBytes] = (byte)openingOwed;
            length += FrameHeader.SizeInBytes + FrameHeader.OpenPayloadBytes;
            openingOwed = StreamDirection.None;
        }

        if (Receiver.OwesCredit)
        {
            length += StreamSender.ComposeCredit(Id, Receiver.TakeCredit(), batch[length..]);
        }

        if (resetOwed is { Length: var reasonLength } reason && !isResetComposed)
        {
            new FrameHeader(FrameType.Reset, Id, reasonLength).Write(batch[length..]);
            reason.CopyTo(batch[(length + FrameHeader.SizeInBytes)..]);
            length += FrameHeader.SizeInBytes + reasonLength;
            isResetComposed = true;
        }

        return length;
    }

    /// <summary>Has the next batch open this stream at the peer. The caller holds the channel's lock.</summary>
    internal void OweOpening(StreamDirection direction) => openingOwed = direction;

    /// <summary>
    /// Handles the peer's reset. If this side has not ended its direction, it answers with a reset, since the peer waits for the
    /// last frame in flight. The caller holds the channel's lock.
    /// </summary>
    internal void AcceptReset(ReadOnlySpan<byte> reason)
    {
        GuestProtocolException failure = new(
            GuestProtocolError.StreamReset, $"the peer reset stream {Id}: {Encoding.UTF8.GetString(reason)}");
        Receiver.AcceptReset(failure);
        if (!Sender.IsFinished)
        {
            Sender.Fail(failure);
            resetOwed ??= [];
            channel.AddOwing(this);
        }
    }

    /// <summary>
    /// True if a caller on this side has taken the stream. A short stream may end before the guest accepts it by its number; it
    /// keeps its place and its bytes until then. The caller holds the channel's lock.
    /// </summary>
    internal bool IsTaken { get; set; }

    /// <summary>Frees the place of a taken stream that both sides have ended. The caller holds the channel's lock.</summary>
    internal void ForgetIfFinished()
    {
        if (IsTaken && Sender.IsFinished && Receiver.IsFinished)
        {
            channel.Forget(this);
        }
    }

    /// <summary>Fails both directions because the channel ended. The caller holds the channel's lock.</summary>
    internal void Fail(Exception failure)
    {
        Sender.Fail(failure);
        Receiver.Fail(failure);
    }

    /// <summary>Resets the stream unless both directions have ended.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Reset("its user closed it before the end");
            isDisposed = true;
        }

        base.Dispose(disposing);
    }

    private static byte[] EncodeReason(string reason)
    {
        byte[] text = new byte[FrameHeader.MaxResetReasonBytes];
        Encoding.UTF8.GetEncoder().Convert(reason, text, flush: true, out _, out int length, out _);
        return text[..length];
    }

    private void GiveUp(string message)
    {
        GuestProtocolException failure = new(GuestProtocolError.StreamReset, message);
        Sender.Fail(failure);
        Receiver.Discard(failure);
        ForgetIfFinished();
    }

    private Task BeginWrite(ReadOnlyMemory<byte> bytes, bool endsStream, CancellationToken cancellationToken)
    {
        RequireUsable(CanWrite, "write to");
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        WriteOperation operation = new(bytes, endsStream);
        lock (channel.Gate)
        {
            Sender.Begin(operation);
            channel.AddWritingByCaller(this);
        }

        channel.Push(operation);
        return cancellationToken.CanBeCanceled ? AwaitWrite(operation, cancellationToken) : operation.Task;
    }

    private async Task AwaitWrite(WriteOperation operation, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            _ =>
            {
                lock (channel.Gate)
                {
                    if (Sender.Cancel(operation))
                    {
                        operation.TrySetCanceled(cancellationToken);
                    }
                }
            },
            null);
        await operation.Task.ConfigureAwait(false);
    }

    private async Task<int> AwaitRead(ReadOperation operation, CancellationToken cancellationToken)
    {
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            _ =>
            {
                lock (channel.Gate)
                {
                    if (Receiver.Cancel(operation))
                    {
                        operation.TrySetCanceled(cancellationToken);
                    }
                }
            },
            null);
        return await operation.Task.ConfigureAwait(false);
    }

    private void RequireUsable(bool isAllowed, string what)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        if (!isAllowed)
        {
            throw new NotSupportedException($"cannot {what} stream {Id}: its direction does not allow it");
        }
    }
}
