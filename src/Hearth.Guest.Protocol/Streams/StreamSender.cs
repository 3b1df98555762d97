using System.Buffers.Binary;
using Hearth.Guest.Protocol.Frames;

namespace Hearth.Guest.Protocol.Streams;

/// <summary>
/// The writing half of a data stream: one write at a time, and the peer's credit. All members are called under the channel's
/// lock.
/// </summary>
internal sealed class StreamSender(uint streamId, bool isOpen)
{
    private WriteOperation? pending;
    private Exception? failure;
    private long creditInBytes = GuestProtocol.StreamWindowBytes;

    /// <summary>True once the end was composed or the stream was reset, or if this side never writes.</summary>
    public bool IsFinished { get; private set; } = !isOpen;

    /// <summary>True while this stream is in the outbox's queue of writing streams.</summary>
    public bool IsQueued { get; set; }

    /// <summary>Written and not sent yet.</summary>
    public int WaitingBytes => pending?.Remaining.Length ?? 0;

    public bool CanCompose => pending is { } operation && (operation.EndsStream || creditInBytes > 0);

    /// <summary>Accepts a write; fails it if the stream was reset or the channel ended.</summary>
    /// <exception cref="InvalidOperationException">A write is pending, or the end was written.</exception>
    public void Begin(WriteOperation operation)
    {
        if (failure is not null)
        {
            operation.TrySetException(failure);
            return;
        }

        if (IsFinished)
        {
            throw new InvalidOperationException($"cannot write to stream {streamId}: its end was written");
        }

        if (pending is not null)
        {
            throw new InvalidOperationException($"cannot write to stream {streamId}: another write is pending; await it first");
        }

        pending = operation;
    }

    /// <summary>Withdraws an operation.</summary>
    /// <returns>False if all of it is in a frame already.</returns>
    public bool Cancel(WriteOperation operation)
    {
        if (pending != operation)
        {
            return false;
        }

        pending = null;
        return true;
    }

    /// <summary>Composes one frame of the pending operation.</summary>
    /// <param name="batch">Room for a header and at least one byte.</param>
    /// <param name="done">The operation, if this frame completes it.</param>
    /// <returns>The number of bytes written.</returns>
    public int Compose(Span<byte> batch, out WriteOperation? done)
    {
        WriteOperation operation = pending!;
        done = null;
        int length = 0;
        if (operation.EndsStream)
        {
            new FrameHeader(FrameType.End, streamId, 0).Write(batch);
            IsFinished = true;
        }
        else
        {
            int room = Math.Min(batch.Length - FrameHeader.SizeInBytes, FrameHeader.MaxDataBytes);
            length = (int)Math.Min(Math.Min(room, operation.Remaining.Length), creditInBytes);
            new FrameHeader(FrameType.Data, streamId, length).Write(batch);
            operation.Take(batch.Slice(FrameHeader.SizeInBytes, length));
            creditInBytes -= length;
        }

        if (operation.Remaining.IsEmpty)
        {
            pending = null;
            done = operation;
        }

        return FrameHeader.SizeInBytes + length;
    }

    /// <summary>Adds credit from the peer.</summary>
    /// <exception cref="GuestProtocolException">The credit exceeds the window: the peer returned more than was sent.</exception>
    public void Grant(uint bytes)
    {
        creditInBytes += bytes;
        if (creditInBytes > GuestProtocol.StreamWindowBytes)
        {
            throw new GuestProtocolException(
                GuestProtocolError.BadFrame, $"the peer returned {bytes} bytes of credit on stream {streamId}, more than it received");
        }
    }

    /// <summary>Ends this half: pending and later writes fail. It has no effect if the end was composed before.</summary>
    public void Fail(Exception reason)
    {
        if (IsFinished)
        {
            return;
        }

        failure = reason;
        IsFinished = true;
        pending?.TrySetException(reason);
        pending = null;
    }

    /// <summary>Writes a Credit frame; also used for the control stream.</summary>
    public static int ComposeCredit(uint streamId, uint bytes, Span<byte> batch)
    {
        new FrameHeader(FrameType.Credit, streamId, FrameHeader.CreditPayloadBytes).Write(batch);
        BinaryPrimitives.WriteUInt32LittleEndian(batch[FrameHeader.SizeInBytes..], bytes);
        return FrameHeader.SizeInBytes + FrameHeader.CreditPayloadBytes;
    }
}
