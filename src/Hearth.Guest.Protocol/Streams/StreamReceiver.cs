namespace Hearth.Guest.Protocol.Streams;

/// <summary>
/// The reading half of a data stream: what came and was not read yet, at most a window of it. All of it under the channel's
/// lock.
/// </summary>
internal sealed class StreamReceiver(uint streamId, bool isOpen)
{
    /// <summary>
    /// Credit goes back in portions of half a window: the writer never has to stop while the reader keeps up, and a Credit
    /// frame comes at most once in that many bytes.
    /// </summary>
    private const int CreditPortionBytes = GuestProtocol.StreamWindowBytes / 2;

    private readonly ByteRing received = new(GuestProtocol.StreamWindowBytes);
    private ReadOperation? pending;
    private Exception? failure;
    private int windowInBytes = GuestProtocol.StreamWindowBytes;
    private int consumedInBytes;

    /// <summary>True once the peer ended its writing, or where it never writes.</summary>
    public bool IsFinished { get; private set; } = !isOpen;

    public bool OwesCredit => !IsFinished && failure is null && consumedInBytes >= CreditPortionBytes;

    /// <summary>Reads at once, or says that it has to wait.</summary>
    /// <returns>Bytes read, 0 at the end of the stream, -1 where <see cref="Begin"/> has to follow.</returns>
    public int TryRead(Span<byte> destination)
    {
        if (pending is not null)
        {
            throw new InvalidOperationException($"A read on stream {streamId} is still under way: await it first.");
        }

        if (received.Count > 0 || destination.IsEmpty)
        {
            int count = received.Read(destination);
            consumedInBytes += count;
            return count;
        }

        return IsFinished && failure is null ? 0 : -1;
    }

    /// <summary>Waits for bytes; fails the operation where none can come.</summary>
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

    /// <summary>Takes what the peer sent.</summary>
    /// <exception cref="GuestProtocolException">More than its credit, or after its end.</exception>
    public void Accept(ReadOnlySpan<byte> bytes)
    {
        if (IsFinished)
        {
            throw new GuestProtocolException(
                GuestProtocolError.BadFrame, $"The peer sent data on stream {streamId}, which it may not write to or has ended.");
        }

        if (bytes.Length > windowInBytes)
        {
            throw new GuestProtocolException(
                GuestProtocolError.CreditOverrun,
                $"The peer sent {bytes.Length} bytes on stream {streamId} with {windowInBytes} bytes of credit left.");
        }

        windowInBytes -= bytes.Length;
        if (failure is not null)
        {
            return; // Given up here; these were on their way.
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

    /// <summary>The peer writes no more.</summary>
    /// <exception cref="GuestProtocolException">It said so before.</exception>
    public void AcceptEnd()
    {
        if (IsFinished)
        {
            throw new GuestProtocolException(GuestProtocolError.BadFrame, $"The peer ended stream {streamId} twice.");
        }

        IsFinished = true;
        pending?.TrySetResult(0);
        pending = null;
    }

    /// <summary>Takes the credit to give back.</summary>
    public uint TakeCredit()
    {
        int bytes = consumedInBytes;
        consumedInBytes = 0;
        windowInBytes += bytes;
        return (uint)bytes;
    }

    /// <summary>The peer gave the stream up: what was not read is lost, except where its end had come already.</summary>
    public void AcceptReset(Exception reason)
    {
        if (IsFinished)
        {
            return;
        }

        Discard(reason);
        IsFinished = true;
    }

    /// <summary>Gives up reading here: what is there is dropped, and so is what still comes until the peer has heard of it.</summary>
    public void Discard(Exception reason)
    {
        received.Clear();
        Fail(reason);
    }

    /// <summary>The channel ended: what was received stays readable, then the reason comes.</summary>
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
