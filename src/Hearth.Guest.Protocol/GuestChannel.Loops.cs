using System.Buffers;
using System.Buffers.Binary;
using Hearth.Guest.Protocol.Frames;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Streams;

namespace Hearth.Guest.Protocol;

/// <content>The loops of the two threads, and how the channel ends.</content>
public sealed partial class GuestChannel
{
    private void ReadFrames()
    {
        FrameReader frames = new(transport);
        bool isWriterToStart = isHost;
        try
        {
            while (frames.TryReadHeader(out FrameHeader header))
            {
                Dispatch(header, frames);
                if (isWriterToStart)
                {
                    isWriterToStart = false;
                    writer.Start();
                }
            }

            End(new GuestProtocolException(GuestProtocolError.Closed, "the peer closed the guest channel"), isClean: true);
        }
        catch (Exception e)
        {
            End(AsFailure(e), isClean: false);
        }
    }

    private void WriteBatches()
    {
        bool isReaderToStart = !isHost;
        try
        {
            while (TryCompose(out int length))
            {
                WriteBatch(length);
                if (isReaderToStart)
                {
                    isReaderToStart = false;
                    reader.Start();
                }
            }
        }
        catch (Exception e)
        {
            EndWriting(e, isReading: !isReaderToStart);
        }
    }

    /// <summary>Waits until there is something to send and this thread may send it.</summary>
    /// <returns>False when nothing can be sent any more.</returns>
    private bool TryCompose(out int length)
    {
        lock (Gate)
        {
            for (length = 0; writingFailure is null; Monitor.Wait(Gate))
            {
                if (turn != WritingTurn.Taken)
                {
                    length = outbox.Compose(batch, done);
                    if (length > 0)
                    {
                        turn = WritingTurn.Taken;
                        return true;
                    }
                }
            }

            return false;
        }
    }

    /// <summary>
    /// Has an operation written and does not wait for its completion. On the host the writer thread writes it, since the caller
    /// must be able to stop waiting for a guest that reads nothing. In the guest the calling thread writes it.
    /// </summary>
    internal void Push(WriteOperation operation)
    {
        if (!isHost)
        {
            WriteByCaller(operation);
            return;
        }

        lock (Gate)
        {
            Monitor.Pulse(Gate);
        }
    }

    /// <summary>
    /// Writes on the calling thread if no other thread is writing, so that small writes need no thread switch. If the operation
    /// has to wait for credit or for its turn, the writer thread continues it.
    /// </summary>
    internal void WriteByCaller(WriteOperation operation)
    {
        try
        {
            while (TryComposeByCaller(operation, out int length))
            {
                WriteBatch(length);
            }
        }
        catch (Exception e)
        {
            EndWriting(e, isReading: true);
        }
    }

    /// <returns>False if the operation is done, or the writer thread continues it.</returns>
    private bool TryComposeByCaller(WriteOperation operation, out int length)
    {
        lock (Gate)
        {
            length = 0;
            if (writingFailure is null && turn == WritingTurn.Free && !operation.Task.IsCompleted && (length = outbox.Compose(batch, done)) > 0)
            {
                turn = WritingTurn.Taken;
                return true;
            }

            if (outbox.HasWork)
            {
                Monitor.Pulse(Gate);
            }

            return false;
        }
    }

    /// <summary>Writes a batch. The caller has the turn, which is free afterwards.</summary>
    private void WriteBatch(int length)
    {
        transport.Write(batch, 0, length);
        done.ForEach(static operation => operation.TrySetResult());
        done.Clear();
        lock (Gate)
        {
            turn = WritingTurn.Free;
        }
    }

    private void Dispatch(FrameHeader header, FrameReader frames)
    {
        if (header.Type == FrameType.Message)
        {
            ReceiveMessage(header, frames);
            return;
        }

        ReadOnlySpan<byte> payload = frames.ReadPayload(header.Length);
        lock (Gate)
        {
            if (header.Type == FrameType.Open)
            {
                AcceptOpening(header.StreamId, (StreamDirection)payload[0]);
            }
            else if (header is { Type: FrameType.Credit, StreamId: 0 })
            {
                control.Grant(ReadCredit(payload));
                Monitor.Pulse(Gate);
            }
            else if (streams.TryGetValue(header.StreamId, out GuestDataStream? stream))
            {
                Dispatch(header, payload, stream);
            }
            else if (header.StreamId > highestStreamId || header.Type is FrameType.Data or FrameType.End)
            {
                throw new GuestProtocolException(
                    GuestProtocolError.BadFrame, $"the peer sent a {header.Type} frame for stream {header.StreamId}, which is not open");
            }

            // Otherwise it is credit or a reset that was in flight when both sides ended the stream.
        }
    }

    private void Dispatch(FrameHeader header, ReadOnlySpan<byte> payload, GuestDataStream stream)
    {
        switch (header.Type)
        {
            case FrameType.Data:
                stream.Receiver.Accept(payload);
                break;
            case FrameType.End:
                stream.Receiver.AcceptEnd();
                break;
            case FrameType.Credit:
                stream.Sender.Grant(ReadCredit(payload));
                AddWriting(stream);
                break;
            case FrameType.Reset:
                stream.AcceptReset(payload);
                break;
        }

        if (stream.Receiver.OwesCredit)
        {
            AddOwing(stream);
        }

        stream.ForgetIfFinished();
    }

    private void ReceiveMessage(FrameHeader header, FrameReader frames)
    {
        int cost = FrameHeader.SizeInBytes + header.Length;
        lock (Gate)
        {
            control.Expect(cost);
        }

        byte[] json = ArrayPool<byte>.Shared.Rent(header.Length);
        frames.ReadPayload(json.AsSpan(0, header.Length));
        GuestMessage message = GuestMessageJson.Deserialize(json.AsMemory(0, header.Length));
        ArrayPool<byte>.Shared.Return(json);
        lock (Gate)
        {
            control.Accept(message, cost);
            if (control.OwesCredit)
            {
                Monitor.Pulse(Gate);
            }
        }
    }

    private void AcceptOpening(uint id, StreamDirection direction)
    {
        if (isHost || id <= highestStreamId || direction is StreamDirection.None or > StreamDirection.Both)
        {
            throw new GuestProtocolException(
                GuestProtocolError.BadFrame, $"the peer opened stream {id} with direction {(int)direction}, which is not allowed");
        }

        AddStream(id, direction);
    }

    private GuestDataStream AddStream(uint id, StreamDirection direction)
    {
        if (streams.Count >= GuestProtocol.MaxOpenStreams)
        {
            throw new GuestProtocolException(
                GuestProtocolError.LimitExceeded, $"cannot open stream {id}: {streams.Count} streams are open, which is the limit");
        }

        GuestDataStream stream = new(this, id, direction, OwnWriting);
        streams.Add(id, stream);
        highestStreamId = id;
        return stream;
    }

    private static uint ReadCredit(ReadOnlySpan<byte> payload)
    {
        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        return bytes > 0 ? bytes : throw new GuestProtocolException(GuestProtocolError.BadFrame, "the peer sent a credit frame of 0 bytes");
    }

    private static byte[] ComposeMessageFrame(GuestMessage message)
    {
        byte[] json = GuestMessageJson.Serialize(message);
        if (json.Length > GuestProtocol.MaxMessageBytes)
        {
            throw new GuestProtocolException(
                GuestProtocolError.LimitExceeded,
                $"cannot send {message.GetType().Name}: it has {json.Length} bytes, the limit is {GuestProtocol.MaxMessageBytes}");
        }

        byte[] frame = new byte[FrameHeader.SizeInBytes + json.Length];
        new FrameHeader(FrameType.Message, 0, json.Length).Write(frame);
        json.CopyTo(frame, FrameHeader.SizeInBytes);
        return frame;
    }

    private static GuestProtocolException AsFailure(Exception exception) =>
        exception as GuestProtocolException
        ?? new GuestProtocolException(
            GuestProtocolError.TransportFailed, $"the transport failed: {exception.Message}", exception);

    private void ThrowIfNotWriting()
    {
        if (writingFailure is not null)
        {
            throw writingFailure;
        }
    }

    /// <summary>
    /// Fails all pending writes: nothing can be written any more. Reading continues to its own end, since a peer that is gone
    /// may have sent its last messages before, such as an exit.
    /// </summary>
    private void EndWriting(Exception exception, bool isReading)
    {
        GuestProtocolException failure = AsFailure(exception);
        lock (Gate)
        {
            writingFailure ??= failure;
            done.ForEach(operation => operation.TrySetException(writingFailure));
            done.Clear();
            control.FailSending(failure);
            foreach (GuestDataStream stream in streams.Values)
            {
                stream.Sender.Fail(failure);
            }

            Monitor.Pulse(Gate);
        }

        if (!isReading)
        {
            End(failure, isClean: false);
        }
    }

    /// <summary>Ends the channel. Every end goes through this method, and only the first call has an effect.</summary>
    private void End(GuestProtocolException failure, bool isClean)
    {
        lock (Gate)
        {
            if (HasEnded)
            {
                return;
            }

            ended = failure;
            endedCleanly = isClean;
            writingFailure ??= failure;
            control.FailSending(failure);
            control.FailReceiving(isClean ? null : failure);
            foreach (GuestDataStream stream in streams.Values)
            {
                stream.Fail(failure);
            }

            streams.Clear();
            Monitor.Pulse(Gate);
        }

        transport.Dispose();
        if (isClean)
        {
            completion.TrySetResult();
            return;
        }

        completion.TrySetException(failure);
        _ = completion.Task.Exception; // Marked as observed: nobody has to await Completion, since every operation reports the failure.
    }
}
