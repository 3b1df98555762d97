using Hearth.Guest.Protocol.Frames;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Protocol.Streams;

/// <summary>
/// Stream 0: whole messages in each direction, one at a time. They have their own credit, so that a sender waits for a peer
/// that reads no messages instead of filling its memory. All members are called under the channel's lock.
/// </summary>
internal sealed class ControlLane
{
    private readonly Queue<(GuestMessage Message, int Cost)> received = new();
    private TaskCompletionSource<GuestMessage?>? reader;
    private WriteOperation? pending;
    private bool isPartlyComposed;
    private int creditInBytes = FrameHeader.ControlWindowBytes;
    private int windowInBytes = FrameHeader.ControlWindowBytes;
    private int consumedInBytes;

    /// <summary>True while the rest of a message's frame is left for the next batch: no other frame may come in between.</summary>
    public bool IsPartlyComposed => isPartlyComposed;

    public bool CanCompose => isPartlyComposed || (pending is { } message && message.Remaining.Length <= creditInBytes);

    public bool OwesCredit => consumedInBytes >= FrameHeader.ControlCreditPortionBytes;

    /// <summary>Accepts a message's whole frame to send. The caller sends one at a time.</summary>
    public void Begin(WriteOperation frame) => pending = frame;

    public bool Cancel(WriteOperation frame)
    {
        if (pending != frame || isPartlyComposed)
        {
            return false;
        }

        pending = null;
        return true;
    }

    /// <summary>Composes as much of the frame as fits.</summary>
    public int Compose(Span<byte> batch, out WriteOperation? done)
    {
        WriteOperation frame = pending!;
        int count = Math.Min(batch.Length, frame.Remaining.Length);
        creditInBytes -= count;
        frame.Take(batch[..count]);
        isPartlyComposed = !frame.Remaining.IsEmpty;
        done = isPartlyComposed ? null : frame;
        pending = isPartlyComposed ? frame : null;
        return count;
    }

    public void Grant(uint bytes)
    {
        if (bytes > FrameHeader.ControlWindowBytes - creditInBytes)
        {
            throw new GuestProtocolException(
                GuestProtocolError.BadFrame, $"the peer returned {bytes} bytes of credit on the control stream, more than it received");
        }

        creditInBytes += (int)bytes;
    }

    /// <summary>Counts a message before it is read from the transport.</summary>
    /// <exception cref="GuestProtocolException">The peer has no credit for it.</exception>
    public void Expect(int cost)
    {
        if (cost > windowInBytes)
        {
            throw new GuestProtocolException(
                GuestProtocolError.CreditOverrun,
                $"the peer sent {cost} bytes of control messages with {windowInBytes} bytes of credit left");
        }

        windowInBytes -= cost;
    }

    public void Accept(GuestMessage message, int cost)
    {
        if (reader is { } waiting)
        {
            reader = null;
            consumedInBytes += cost;
            waiting.TrySetResult(message);
            return;
        }

        received.Enqueue((message, cost));
    }

    /// <summary>Takes the oldest message, if there is one.</summary>
    public bool TryReceive(out GuestMessage? message)
    {
        if (reader is not null)
        {
            throw new InvalidOperationException("cannot receive a control message: another call is waiting for it");
        }

        if (!received.TryDequeue(out (GuestMessage Message, int Cost) first))
        {
            message = null;
            return false;
        }

        consumedInBytes += first.Cost;
        message = first.Message;
        return true;
    }

    public void BeginReceive(TaskCompletionSource<GuestMessage?> operation) => reader = operation;

    public bool CancelReceive(TaskCompletionSource<GuestMessage?> operation)
    {
        if (reader != operation)
        {
            return false;
        }

        reader = null;
        return true;
    }

    public uint TakeCredit()
    {
        int bytes = consumedInBytes;
        consumedInBytes = 0;
        windowInBytes += bytes;
        return (uint)bytes;
    }

    /// <summary>Fails a pending send: nothing can be sent any more.</summary>
    public void FailSending(Exception failure)
    {
        pending?.TrySetException(failure);
        pending = null;
        isPartlyComposed = false;
    }

    /// <summary>Ends a pending receive: nothing arrives any more.</summary>
    /// <param name="failure">The error; null for an end without one, for which the receiver gets null.</param>
    public void FailReceiving(Exception? failure)
    {
        if (failure is null)
        {
            reader?.TrySetResult(null);
        }
        else
        {
            reader?.TrySetException(failure);
        }

        reader = null;
    }
}
