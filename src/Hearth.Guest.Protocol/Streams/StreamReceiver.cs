namespace Hearth.Guest.Protocol.Streams;

/// <summary>
/// The reading half of a data stream. It holds the bytes that were received and not read yet, at most a window of them. All
/// members are called under the channel's lock.
/// </summary>
internal sealed class StreamReceiver(uint streamId, bool isOpen)
{
    /// <summary>
    /// Credit is returned in portions of half a window: the writer never has to stop while the reader keeps up, and there is at
    /// most one Credit frame in that many bytes.
    /// </summary>
    private const int CreditPortionBytes = GuestProtocol.StreamWindowBytes / 2;

    private readonly ByteRing received = new(GuestProtocol.StreamWindowBytes);
    private ReadOperation? pending;
    private Exception? failure;
    private int windowInBytes = GuestProtocol.StreamWindowBytes;
    private int consumedInBytes;

    /// <summary>True once the peer has ended its direction, or if it never writes.</summary>
    public bool IsFinished { get; private set; } = !isOpen;

    /// <summary>Received and not read yet.</summary>
    public int WaitingBytes => received.Count;

    public bool OwesCredit => !IsFinished && failure is null && consumedInBytes >= CreditPortionBytes;

    /// <summary>Reads without waiting.</summary>
    /// <returns>The number of bytes read, 0 at the end of the stream, -1 if <see cref="Begin"/> has to follow.</returns>
    public int TryRead(Span<byte> destination)
    {
        if (pending is not null)
        {
            throw new InvalidOperationException($"cannot read from stream {streamId}: another read is pending; await it first");
        }

        if (received.Count > 0 || destination.IsEmpty)
        {
            int count = received.Read(destination);
            consumedInBytes += count;
            return count;
        }

        return IsFinished && failure is null ? 0 : -1;
    }

    /// <summary>Waits for bytes; fails the operation if none can arrive.</summary>
    public void Begin(ReadOperation operation)
    {
        if (failure is not null)
        {
            operation.TrySetException(failure);
            return;
        }

        pending = operation;
    }

    public bool Cancel(ReadOperation operation)
    {
        if (pending != operation)
        {
            return false;
        }

        pending = null;
        return true;
    }

    /// <summary>Accepts bytes that the peer sent.</summary>
    /// <exception cref="GuestProtocolException">The peer sent more than its credit, or sent data after its end.</exception>
    public void Accept(ReadOnlySpan<byte> bytes)
    {
        if (IsFinished)
        {
            throw new GuestProtocolException(
                GuestProtocolError.BadFrame, $"the peer sent data on stream {streamId}, which it may not write to or has ended");
        }

        if (bytes.Length > windowInBytes)
        {
            throw new GuestProtocolException(
                GuestProtocolError.CreditOverrun,
                $"the peer sent {bytes.Length} bytes on stream {streamId} with {windowInBytes} bytes of credit left");
        }

        windowInBytes -= bytes.Length;
        if (failure is not null)
        {
            return; // This side has reset the stream; these bytes were in flight.
        }

        if (pending is { } operation)
        {
            int count = Math.Min(operation.Destination.Length, bytes.Length);
            bytes[..count].CopyTo(operation.Destination.Span);
            bytes = bytes[count..];
            consumedInBytes += count;
            pending = null;
            operation.TrySetResult(count);
        }

        if (!bytes.IsEmpty)
        {
            received.Write(bytes);
        }
    }

    /// <summary>Accepts the end of the peer's direction.</summary>
    /// <exception cref="GuestProtocolException">The peer has ended it before.</exception>
    public void AcceptEnd()
    {
        if (IsFinished)
        {
            throw new GuestProtocolException(GuestProtocolError.BadFrame, $"the peer ended stream {streamId} twice");
        }

        IsFinished = true;
        pending?.TrySetResult(0);
        pending = null;
    }

    /// <summary>Takes the credit to return to the peer.</summary>
    public uint TakeCredit()
    {
        int bytes = consumedInBytes;
        consumedInBytes = 0;
        windowInBytes += bytes;
        return (uint)bytes;
    }

    /// <summary>Accepts the peer's reset: unread bytes are lost, unless the peer's end arrived before.</summary>
    public void AcceptReset(Exception reason)
    {
        if (IsFinished)
        {
            return;
        }

        Discard(reason);
        IsFinished = true;
    }

    /// <summary>Stops reading on this side. Unread bytes are dropped, and so are those that were in flight.</summary>
    public void Discard(Exception reason)
    {
        received.Clear();
        Fail(reason);
    }

    /// <summary>Fails reading because the channel ended: received bytes stay readable, later reads fail with the reason.</summary>
    public void Fail(Exception reason)
    {
        if (IsFinished || failure is not null)
        {
            return;
        }

        failure = reason;
        pending?.TrySetException(reason);
        pending = null;
    }
}
