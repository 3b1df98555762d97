using Hearth.Guest.Protocol.Frames;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Streams;

namespace Hearth.Guest.Protocol;

/// <summary>
/// One end of the connection between host and guest. It carries control messages and many data streams on one byte stream;
/// no data stream can stall another. <see cref="FrameHeader"/> and docs/guest-channel.md describe the frames and their rules.
/// </summary>
/// <remarks>
/// <para>
/// Each channel has a reading and a writing thread with blocking calls, so neither a full device nor a busy thread pool stops
/// the other direction. While the writing thread is idle, a caller that waits for its write anyway does the writing; in the
/// guest every writer does, since a thread switch there costs more than the write. The reading thread never waits for a
/// consumer: credit bounds what it has to keep. The guest speaks first. Its channel starts to read after its first frame was
/// written, since a virtio-serial port reads as ended until the guest's driver knows of a host. The host's channel starts to
/// write after the first frame arrived, since bytes for a port that is not open may be dropped.
/// </para>
/// <para>
/// The channel ends once: when it is disposed, when the peer closes the transport, when the transport fails, or when the
/// peer violates the protocol. Pending operations then fail with <see cref="GuestProtocolException"/>; received data stays
/// readable. If a peer closes its end with bytes unread, the transport fails instead of ending cleanly. In both cases, all
/// bytes that it wrote before arrive first.
/// </para>
/// </remarks>
public sealed partial class GuestChannel : IAsyncDisposable
{
    private readonly Stream transport;
    private readonly bool isHost;
    private readonly ControlLane control = new();
    private readonly Outbox outbox;
    private readonly Dictionary<uint, GuestDataStream> streams = [];
    private readonly SemaphoreSlim sending = new(1, 1);
    private readonly TaskCompletionSource completion = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Thread reader;
    private readonly Thread writer;
    private readonly byte[] batch = new byte[Outbox.BatchBytes];
    private readonly List<WriteOperation> done = [];
    private WritingTurn turn;
    private uint highestStreamId;
    private GuestProtocolException? ended;
    private GuestProtocolException? writingFailure;
    private bool endedCleanly;

    private GuestChannel(Stream transport, bool isHost)
    {
        this.transport = transport;
        this.isHost = isHost;
        outbox = new Outbox(control);
        reader = new Thread(ReadFrames) { IsBackground = true, Name = "guest-channel-in" };
        writer = new Thread(WriteBatches) { IsBackground = true, Name = "guest-channel-out" };
        (isHost ? reader : writer).Start();
    }

    /// <summary>
    /// Completes when the channel has ended: without an error if it was disposed, or if the peer closed the transport between
    /// two frames; otherwise with the <see cref="GuestProtocolException"/> that ended it.
    /// </summary>
    public Task Completion => completion.Task;

    /// <summary>Bytes of data streams that wait: those that the peer has not taken yet, and those that nobody here has read yet.</summary>
    public long BacklogInBytes
    {
        get
        {
            lock (Gate)
            {
                long waiting = 0;
                foreach (GuestDataStream stream in streams.Values)
                {
                    waiting += stream.Sender.WaitingBytes + stream.Receiver.WaitingBytes;
                }

                return waiting;
            }
        }
    }

    /// <summary>Guards all state of the channel and its streams; the writer thread waits on it.</summary>
    internal object Gate { get; } = new();

    internal bool HasEnded => ended is not null;

    private StreamDirection OwnWriting => isHost ? StreamDirection.HostToGuest : StreamDirection.GuestToHost;

    /// <summary>Starts the host's end. It sends nothing before the guest's first frame has arrived.</summary>
    /// <param name="transport">
    /// Full duplex, with blocking reads and writes. The channel takes ownership. Its Dispose must end a pending read.
    /// </param>
    public static GuestChannel StartHost(Stream transport) => new(transport, isHost: true);

    /// <summary>Starts the guest's end. It reads nothing before its first message, <see cref="GuestHello"/>, is written.</summary>
    /// <param name="transport">Full duplex, with blocking reads and writes. The channel takes ownership.</param>
    public static GuestChannel StartGuest(Stream transport) => new(transport, isHost: false);

    /// <summary>
    /// Sends a control message. It precedes waiting data and follows data that the transport has taken. A message that is sent
    /// after another has completed arrives after it; concurrent messages arrive in any order.
    /// </summary>
    /// <returns>Completes when the transport has taken the message.</returns>
    /// <exception cref="GuestProtocolException">
    /// The channel ended, or the message is longer than <see cref="GuestProtocol.MaxMessageBytes"/>.
    /// </exception>
    public async Task SendAsync(GuestMessage message, CancellationToken cancellationToken = default)
    {
        await sending.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            WriteOperation operation = new(ComposeMessageFrame(message), endsStream: false);
            lock (Gate)
            {
                ThrowIfNotWriting();
                control.Begin(operation);
            }

            Push(operation);
            using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
                _ =>
                {
                    lock (Gate)
                    {
                        if (control.Cancel(operation))
                        {
                            operation.TrySetCanceled(cancellationToken);
                        }
                    }
                },
                null);
            await operation.Task.ConfigureAwait(false);
        }
        finally
        {
            sending.Release();
        }
    }

    /// <summary>Waits for the next control message. One call at a time.</summary>
    /// <returns>Null if the channel was disposed or the peer closed it, and all messages before that were received.</returns>
    /// <exception cref="GuestProtocolException">The channel ended with an error.</exception>
    public async ValueTask<GuestMessage?> ReceiveAsync(CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        TaskCompletionSource<GuestMessage?> operation = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (Gate)
        {
            if (control.TryReceive(out GuestMessage? message))
            {
                if (control.OwesCredit)
                {
                    Monitor.Pulse(Gate);
                }

                return message;
            }

            if (endedCleanly)
            {
                return null;
            }

            if (ended is not null)
            {
                throw ended;
            }

            control.BeginReceive(operation);
        }

        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(
            _ =>
            {
                lock (Gate)
                {
                    if (control.CancelReceive(operation))
                    {
                        operation.TrySetCanceled(cancellationToken);
                    }
                }
            },
            null);
        return await operation.Task.ConfigureAwait(false);
    }

    /// <summary>Opens a data stream; host only. The guest can accept it before it receives any message sent after this call.</summary>
    /// <exception cref="GuestProtocolException">The channel ended, or <see cref="GuestProtocol.MaxOpenStreams"/> are open.</exception>
    public GuestDataStream OpenStream(StreamDirection direction)
    {
        if (!isHost)
        {
            throw new InvalidOperationException("cannot open a data stream: the host opens them, the guest accepts them");
        }

        ArgumentOutOfRangeException.ThrowIfZero((int)direction);
        lock (Gate)
        {
            ThrowIfNotWriting();
            GuestDataStream stream = AddStream(highestStreamId + 1, direction);
            stream.IsTaken = true;
            stream.OweOpening(direction);
            AddOwing(stream);
            return stream;
        }
    }

    /// <summary>Accepts the stream that the host opened with this number, once. It may have ended already. Guest only.</summary>
    /// <exception cref="GuestProtocolException">The channel ended, or no such stream is open, or it was accepted before.</exception>
    public GuestDataStream AcceptStream(uint id)
    {
        if (isHost)
        {
            throw new InvalidOperationException("cannot accept a data stream: the host opens them, the guest accepts them");
        }

        lock (Gate)
        {
            ThrowIfNotWriting();
            GuestDataStream stream = streams.GetValueOrDefault(id)
                ?? throw new GuestProtocolException(GuestProtocolError.StreamReset, $"cannot accept stream {id}: it is not open");
            if (stream.IsTaken)
            {
                throw new GuestProtocolException(GuestProtocolError.StreamReset, $"cannot accept stream {id}: it was accepted before");
            }

            stream.IsTaken = true;
            stream.ForgetIfFinished();
            return stream;
        }
    }

    /// <summary>Ends the channel and the transport immediately. Pending writes are dropped: await them before.</summary>
    public ValueTask DisposeAsync()
    {
        End(new GuestProtocolException(GuestProtocolError.Closed, "the guest channel was closed on this side"), isClean: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Has the writer thread send what this stream owes the peer. The caller holds the lock.</summary>
    internal void AddOwing(GuestDataStream stream)
    {
        outbox.AddOwing(stream);
        Monitor.Pulse(Gate);
    }

    /// <summary>Has the writer thread send this stream's data. The caller holds the lock.</summary>
    internal void AddWriting(GuestDataStream stream)
    {
        outbox.AddWriting(stream);
        Monitor.Pulse(Gate);
    }

    /// <summary>
    /// Queues this stream's data for a caller that continues with <see cref="Push"/> or <see cref="WriteByCaller"/>. The caller
    /// holds the lock.
    /// </summary>
    internal void AddWritingByCaller(GuestDataStream stream) => outbox.AddWriting(stream);

    /// <summary>Removes a finished stream. The caller holds the lock.</summary>
    internal void Forget(GuestDataStream stream) => streams.Remove(stream.Id);
}
