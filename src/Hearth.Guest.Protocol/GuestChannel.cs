using Hearth.Guest.Protocol.Frames;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Streams;

namespace Hearth.Guest.Protocol;

/// <summary>
/// What host and guest say to each other over one byte stream: control messages, and many data streams that cannot stall one
/// another. The frames and their rules: <see cref="FrameHeader"/> and docs/guest-channel.md.
/// </summary>
/// <remarks>
/// <para>
/// Two threads of its own read and write the transport with blocking calls, so neither a full device nor a thread pool at
/// work elsewhere stops the other direction. While the second has nothing to do, its work is done by whoever waits for a write
/// anyway, and in the guest by everyone who writes: there a change of threads costs more than what it is for. The reading
/// thread never waits for a consumer: credit bounds what it has to keep. The guest speaks first: its channel begins to read
/// when its first frame was written, since a virtio-serial port reads as ended until the host is known to be there; the host's
/// begins to write when the first frame came, since bytes for a port that nobody has opened may be dropped.
/// </para>
/// <para>
/// The channel ends once: when it is disposed, when the peer closes the transport, when the transport fails, or when the
/// peer breaks the protocol. Whatever is under way then fails with <see cref="GuestProtocolException"/>; what was received
/// before stays readable. A peer that closes its end with bytes unread makes that a failure of the transport rather than a
/// clean end; either way, all that it wrote before comes first.
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
    /// Done when the channel has ended: without an error when it was disposed, or when the peer closed the transport between
    /// two frames; else with the <see cref="GuestProtocolException"/> that ended it.
    /// </summary>
    public Task Completion => completion.Task;

    /// <summary>Guards all state of the channel and its streams; the writer thread waits on it.</summary>
    internal object Gate { get; } = new();

    internal bool HasEnded => ended is not null;

    private StreamDirection OwnWriting => isHost ? StreamDirection.HostToGuest : StreamDirection.GuestToHost;

    /// <summary>Starts the host's end. What it sends waits until the guest's first frame came.</summary>
    /// <param name="transport">Full duplex, blocking reads and writes; the channel owns it from now on. Its Dispose has to end a read under way.</param>
    public static GuestChannel StartHost(Stream transport) => new(transport, isHost: true);

    /// <summary>Starts the guest's end. Nothing is read before its first message, <see cref="GuestHello"/>, was written.</summary>
    /// <param name="transport">Full duplex, blocking reads and writes; the channel owns it from now on.</param>
    public static GuestChannel StartGuest(Stream transport) => new(transport, isHost: false);

    /// <summary>
    /// Sends a control message: ahead of data that waits, behind data already handed to the transport. One sent after
    /// another's completion arrives after it; several under way at once arrive in any order.
    /// </summary>
    /// <returns>Done when the transport has taken it.</returns>
    /// <exception cref="GuestProtocolException">The channel ended, or the message is above <see cref="GuestProtocol.MaxMessageBytes"/>.</exception>
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
    /// <returns>Null when the channel was disposed or the peer closed it, and every message before that was received.</returns>
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

    /// <summary>Opens a data stream; host only. The guest knows of it before it gets any message sent after this call.</summary>
    /// <exception cref="GuestProtocolException">The channel ended, or <see cref="GuestProtocol.MaxOpenStreams"/> are open.</exception>
    public GuestDataStream OpenStream(StreamDirection direction)
    {
        if (!isHost)
        {
            throw new InvalidOperationException("The host opens data streams; the guest accepts them.");
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

    /// <summary>The stream that the host opened under this number, once; it may have ended already. Guest only.</summary>
    /// <exception cref="GuestProtocolException">The channel ended, or the host has no such stream open.</exception>
    public GuestDataStream AcceptStream(uint id)
    {
        if (isHost)
        {
            throw new InvalidOperationException("The host opens data streams; the guest accepts them.");
        }

        lock (Gate)
        {
            ThrowIfNotWriting();
            GuestDataStream stream = streams.GetValueOrDefault(id)
                ?? throw new GuestProtocolException(GuestProtocolError.StreamReset, $"Stream {id} is not open.");
            if (stream.IsTaken)
            {
                throw new GuestProtocolException(GuestProtocolError.StreamReset, $"Stream {id} was accepted before.");
            }

            stream.IsTaken = true;
            stream.ForgetIfFinished();
            return stream;
        }
    }

    /// <summary>Ends the channel and the transport at once; what waits to be written is not. Await the writes before.</summary>
    public ValueTask DisposeAsync()
    {
        End(new GuestProtocolException(GuestProtocolError.Closed, "The guest channel was closed here."), isClean: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>Has the writer thread look after what this stream owes the peer. Under the lock.</summary>
    internal void AddOwing(GuestDataStream stream)
    {
        outbox.AddOwing(stream);
        Monitor.Pulse(Gate);
    }

    /// <summary>Has the writer thread look after this stream's data. Under the lock.</summary>
    internal void AddWriting(GuestDataStream stream)
    {
        outbox.AddWriting(stream);
        Monitor.Pulse(Gate);
    }

    /// <summary>The same, for a caller that goes on with <see cref="Push"/> or <see cref="WriteByCaller"/>. Under the lock.</summary>
    internal void AddWritingByCaller(GuestDataStream stream) => outbox.AddWriting(stream);

    /// <summary>Under the lock.</summary>
    internal void Forget(GuestDataStream stream) => streams.Remove(stream.Id);
}
