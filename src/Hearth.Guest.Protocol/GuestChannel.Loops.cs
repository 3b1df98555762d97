using System.Buffers;
using System.Buffers.Binary;
using Hearth.Guest.Protocol.Frames;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Streams;

namespace Hearth.Guest.Protocol;

/// <content>The two threads, and the channel's end.</content>
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

            End(new GuestProtocolException(GuestProtocolError.Closed, "The peer closed the guest channel."), isClean: true);
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

    /// <summary>Waits for something to send, and for the turn to send it.</summary>
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
    /// Has what was begun written without waiting for it: by the writer thread at the host's end, whose caller may have to give
    /// up on a guest that reads nothing, and in the guest by the calling thread.
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
    /// Writes by the calling thread where nobody else writes: what is small then is on its way without a change of threads.
    /// Where it has to wait for credit or for its turn, the writer thread goes on with it.
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

    /// <returns>False where the operation is done, or the writer thread's.</returns>
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

    /// <summary>By whoever has the turn, which is free afterwards.</summary>
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
                    GuestProtocolError.BadFrame, $"The peer sent a {header.Type} frame for stream {header.StreamId}, which is not open.");
            }

            // Else credit or a reset that was on its way when both sides ended the stream.
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
                GuestProtocolError.BadFrame, $"The peer opened stream {id} with direction {(int)direction}, which it may not.");
        }

        AddStream(id, direction);
    }

    private GuestDataStream AddStream(uint id, StreamDirection direction)
    {
        if (streams.Count >= GuestProtocol.MaxOpenStreams)
        {
            throw new GuestProtocolException(
                GuestProtocolError.LimitExceeded, $"Stream {id} cannot be opened: {streams.Count} are open, the most that may be.");
        }

        GuestDataStream stream = new(this, id, direction, OwnWriting);
        streams.Add(id, stream);
        highestStreamId = id;
        return stream;
    }

    private static uint ReadCredit(ReadOnlySpan<byte> payload)
    {
        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        return bytes > 0 ? bytes : throw new GuestProtocolException(GuestProtocolError.BadFrame, "The peer sent no credit in a credit frame.");
    }

    private static byte[] ComposeMessageFrame(GuestMessage message)
    {
        byte[] json = GuestMessageJson.Serialize(message);
        if (json.Length > GuestProtocol.MaxMessageBytes)
        {
            throw new GuestProtocolException(
                GuestProtocolError.LimitExceeded,
                $"The {message.GetType().Name} message is {json.Length} bytes long; at most {GuestProtocol.MaxMessageBytes} can be sent.");
        }

        byte[] frame = new byte[FrameHeader.SizeInBytes + json.Length];
        new FrameHeader(FrameType.Message, 0, json.Length).Write(frame);
        json.CopyTo(frame, FrameHeader.SizeInBytes);
        return frame;
    }

    private static GuestProtocolException AsFailure(Exception exception) =>
        exception as GuestProtocolException
        ?? new GuestProtocolException(
            GuestProtocolError.TransportFailed, $"The guest channel's transport failed: {exception.Message}", exception);

    private void ThrowIfNotWriting()
    {
        if (writingFailure is not null)
        {
            throw writingFailure;
        }
    }

    /// <summary>
    /// Nothing can be written any more: what waits for it fails. Reading goes on to its own end, since a peer that has gone
    /// may have left its last words, an exit among them.
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

    /// <summary>The one way to the end; only the first call counts.</summary>
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
        _ = completion.Task.Exception; // Nobody has to await Completion: the failure also came out of every operation.
    }
}
