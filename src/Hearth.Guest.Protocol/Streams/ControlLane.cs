using Hearth.Guest.Protocol.Frames;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Protocol.Streams;

/// <summary>
/// Stream 0: whole messages each way, one at a time, under a credit of their own, so that a peer that reads no messages
/// makes the other one wait instead of filling its memory. All of it under the channel's lock.
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

    /// <summary>True where the frame of a message is cut by the end of a batch: nothing else may come between.</summary>
    public bool IsPartlyComposed => isPartlyComposed;

    public bool CanCompose => isPartlyComposed || (pending is { } message && message.Remaining.Length <= creditInBytes);

    public bool OwesCredit => consumedInBytes >= FrameHeader.ControlCreditPortionBytes;

    /// <summary>Takes a message's whole frame. The caller sends one at a time.</summary>
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
                GuestProtocolError.BadFrame, $"The peer gave the control stream back {bytes} bytes of credit, more than it got.");
        }

        creditInBytes += (int)bytes;
    }

    /// <summary>Counts a message before it is read off the transport.</summary>
    /// <exception cref="GuestProtocolException">The peer had no credit for it.</exception>
    public void Expect(int cost)
    {
        if (cost > windowInBytes)
        {
            throw new GuestProtocolException(
                GuestProtocolError.CreditOverrun,
                $"The peer sent {cost} bytes of control messages with {windowInBytes} bytes of credit left.");
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
            throw new InvalidOperationException("Another call waits for the next control message.");
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

    /// <summary>Nothing can be sent any more.</summary>
    public void FailSending(Exception failure)
    {
        pending?.TrySetException(failure);
        pending = null;
        isPartlyComposed = false;
    }

    /// <summary>Nothing comes any more; null for an end without an error, which the receiver sees as null.</summary>
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
