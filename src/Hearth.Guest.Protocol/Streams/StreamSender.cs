using System.Buffers.Binary;
using Hearth.Guest.Protocol.Frames;

namespace Hearth.Guest.Protocol.Streams;

/// <summary>
/// The writing half of a data stream: one write at a time, and the credit that the peer gave. All of it under the channel's
/// lock.
/// </summary>
internal sealed class StreamSender(uint streamId, bool isOpen)
{
    private WriteOperation? pending;
    private Exception? failure;
    private long creditInBytes = GuestProtocol.StreamWindowBytes;

    /// <summary>True once the end was composed, or the stream was given up, or where this side never writes.</summary>
    public bool IsFinished { get; private set; } = !isOpen;

    /// <summary>True while the outbox has this stream in its round.</summary>
    public bool IsQueued { get; set; }

    public bool CanCompose => pending is { } operation && (operation.EndsStream || creditInBytes > 0);

    /// <summary>Takes a write on; fails it where the stream was given up or the channel ended.</summary>
    /// <exception cref="InvalidOperationException">A write is under way, or the end was written.</exception>
    public void Begin(WriteOperation operation)
    {
        if (failure is not null)
        {
            operation.TrySetException(failure);
            return;
        }

        if (IsFinished)
        {
            throw new InvalidOperationException($"Stream {streamId} takes no bytes: its end was written.");
        }

        if (pending is not null)
        {
            throw new InvalidOperationException($"A write on stream {streamId} is still under way: await it first.");
        }

        pending = operation;
    }

    /// <summary>Takes an operation back.</summary>
    /// <returns>False where all of it is in a frame already.</returns>
    public bool Cancel(WriteOperation operation)
    {
        if (pending != operation)
        {
            return false;
        }

        pending = null;
        return true;
    }

    /// <summary>Composes one frame of what waits.</summary>
    /// <param name="batch">Room for a header and at least one byte.</param>
    /// <param name="done">The operation, where this was the last of it.</param>
    /// <returns>The bytes written.</returns>
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

    /// <summary>Takes the peer's credit.</summary>
    /// <exception cref="GuestProtocolException">More than the window altogether: it was never sent.</exception>
    public void Grant(uint bytes)
    {
        creditInBytes += bytes;
        if (creditInBytes > GuestProtocol.StreamWindowBytes)
        {
            throw new GuestProtocolException(
                GuestProtocolError.BadFrame, $"The peer gave stream {streamId} back {bytes} bytes of credit, more than it got.");
        }
    }

    /// <summary>Ends this half; what waits fails, and so does what is begun later. Nothing where its end was composed already.</summary>
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
