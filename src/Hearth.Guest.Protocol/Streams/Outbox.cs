namespace Hearth.Guest.Protocol.Streams;

/// <summary>
/// What this side has to send, in this order: first what streams owe the peer (openings, credit, resets), then a control
/// message, then data, one frame of each stream in turn. It holds no bytes: each stream is at most once in each of the two
/// queues, and a write's bytes stay with its caller. All members are called under the channel's lock.
/// </summary>
internal sealed class Outbox(ControlLane control)
{
    /// <summary>
    /// The maximum size of one write to the transport: two full data frames. That is enough to make the system call worthwhile,
    /// and the next control message does not wait long.
    /// </summary>
    public const int BatchBytes = 64 << 10;

    /// <summary>The rest of a batch is not filled with a data frame if less than this is left.</summary>
    private const int LeastRoomBytes = 4 << 10;

    private readonly Queue<GuestDataStream> owing = new();
    private readonly Queue<GuestDataStream> writing = new();

    /// <summary>True if there may be something to compose.</summary>
    public bool HasWork => owing.Count > 0 || writing.Count > 0 || control.OwesCredit || control.CanCompose;

    public void AddOwing(GuestDataStream stream)
    {
        if (!stream.IsOwing)
        {
            stream.IsOwing = true;
            owing.Enqueue(stream);
        }
    }

    public void AddWriting(GuestDataStream stream)
    {
        if (!stream.Sender.IsQueued && stream.Sender.CanCompose)
        {
            stream.Sender.IsQueued = true;
            writing.Enqueue(stream);
        }
    }

    /// <summary>Fills a batch with whole frames; only a control message may continue in the next batch.</summary>
    /// <param name="batch">Memory of <see cref="BatchBytes"/>.</param>
    /// <param name="done">Receives the operations that are done when this batch has been written.</param>
    /// <returns>The batch's length; 0 when there is nothing to send.</returns>
    public int Compose(Span<byte> batch, List<WriteOperation> done)
    {
        int length = 0;
        if (!control.IsPartlyComposed)
        {
            length = ComposeOwing(batch);
        }

        if (owing.Count == 0 || control.IsPartlyComposed)
        {
            length += ComposeMessage(batch[length..], done);
        }

        if (owing.Count == 0 && !control.IsPartlyComposed)
        {
            length += ComposeData(batch[length..], done);
        }

        return length;
    }

    private int ComposeOwing(Span<byte> batch)
    {
        int length = 0;
        if (control.OwesCredit)
        {
            length += StreamSender.ComposeCredit(0, control.TakeCredit(), batch);
        }

        while (batch.Length - length >= GuestDataStream.MostOwedBytes && owing.TryDequeue(out GuestDataStream? stream))
        {
            stream.IsOwing = false;
            length += stream.ComposeOwed(batch[length..]);
        }

        return length;
    }

    private int ComposeMessage(Span<byte> batch, List<WriteOperation> done)
    {
        if (batch.IsEmpty || !control.CanCompose)
        {
            return 0;
        }

        int length = control.Compose(batch, out WriteOperation? message);
        if (message is not null)
        {
            done.Add(message);
        }

        return length;
    }

    private int ComposeData(Span<byte> batch, List<WriteOperation> done)
    {
        int length = 0;
        while (batch.Length - length >= LeastRoomBytes && writing.TryDequeue(out GuestDataStream? stream))
        {
            stream.Sender.IsQueued = false;
            if (!stream.Sender.CanCompose)
            {
                continue; // Cancelled or reset since it was queued.
            }

            length += stream.Sender.Compose(batch[length..], out WriteOperation? operation);
            if (operation is not null)
            {
                done.Add(operation);
            }

            AddWriting(stream);
            stream.ForgetIfFinished();
        }

        return length;
    }
}
