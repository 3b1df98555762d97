using System.Diagnostics.CodeAnalysis;
using Hearth.Guest.Init.Polling;
using Hearth.Guest.Protocol;
using Hearth.Guest.Protocol.Names;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Network.Names;

/// <summary>
/// The guest's resolver: it passes each query to the host as it is, and each answer back. One thread takes queries from the
/// sockets, another takes answers from the stream. It understands no more of a message than that it is long enough. All is
/// bounded: queries without an answer, connections, and the time that a connection may be idle. When the stream ends, the
/// sockets are closed, so clients get an error at once.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "What it owns goes with the end of the stream.")]
internal sealed partial class NameResolver
{
    private const int Port = 53;
    private const int MaxConnections = 64;
    private const int MaxReports = 32;

    /// <summary>How many datagrams or connections are taken before the other sockets have their turn.</summary>
    private const int TurnLength = 32;

    private const int SweepPeriodMs = 1000;
    private const double IdleLimitMs = 10_000;

    private const ulong DatagramToken = 0;
    private const ulong ListenerToken = 1;

    private readonly Lock gate = new();
    private readonly GuestDataStream stream;
    private readonly Epoll epoll = new();
    private readonly SafeFileHandle datagrams;
    private readonly SafeFileHandle listener;
    private readonly PendingQueries pending = new();
    private readonly Dictionary<ulong, NameConnection> connections = [];
    private readonly byte[] outgoing = new byte[NameFrame.SizeInBytes + NameFrame.MaxQueryBytes];
    private ulong lastToken = ListenerToken;
    private volatile bool isEnded;

    private NameResolver(GuestDataStream stream)
    {
        this.stream = stream;
        Ipv4SocketAddress address = new(Address, Port);
        datagrams = Ipv4Sockets.BindDatagram(in address);
        listener = Ipv4Sockets.Listen(in address, MaxConnections);
        epoll.Add(datagrams, EpollEvents.In | EpollEvents.OneShot, DatagramToken);
        epoll.Add(listener, EpollEvents.In | EpollEvents.OneShot, ListenerToken);
    }

    /// <summary>127.0.0.11, which docker's resolver has, too.</summary>
    private static ReadOnlySpan<byte> Address => [127, 0, 0, 11];

    /// <summary>Listens on port 53 of 127.0.0.11, UDP and TCP, for as long as the stream lasts.</summary>
    /// <param name="stream">The stream to the host, in both directions. The resolver takes ownership.</param>
    internal static void Start(GuestDataStream stream)
    {
        NameResolver resolver = new(stream);
        LifelongThread.Start("names-out", () => resolver.Run(resolver.TakeQueries, resolver.CloseAll));
        LifelongThread.Start("names-in", () => resolver.Run(resolver.TakeAnswers, resolver.WakeSockets));
    }

    private void Run(Action carry, Action end)
    {
        try
        {
            carry();
        }
        catch (Exception failure) when (failure is GuestProtocolException or ObjectDisposedException)
        {
            // The stream has ended. The guest goes on without names.
        }

        stream.Dispose();
        lock (gate)
        {
            end();
        }
    }

    /// <summary>Has the thread of the sockets notice the end. The caller holds the lock.</summary>
    private void WakeSockets()
    {
        if (!isEnded)
        {
            isEnded = true;
            epoll.Rearm(datagrams, EpollEvents.Out | EpollEvents.OneShot, DatagramToken);
        }
    }

    private void CloseAll()
    {
        isEnded = true;
        listener.Dispose();
        datagrams.Dispose();
        foreach (NameConnection connection in connections.Values)
        {
            connection.Dispose();
        }

        connections.Clear();
        epoll.Dispose();
    }

    private void TakeAnswers()
    {
        byte[] buffer = new byte[NameFrame.SizeInBytes + NameFrame.MaxAnswerBytes];
        while (TryFill(buffer.AsMemory(0, NameFrame.SizeInBytes)))
        {
            NameFrame frame = NameFrame.ReadAnswer(buffer);
            if (!TryFill(buffer.AsMemory(0, frame.Length)))
            {
                return;
            }

            Deliver(frame.Id, buffer.AsSpan(0, frame.Length));
        }
    }

    private bool TryFill(Memory<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            int count = stream.ReadAsync(buffer).AsTask().GetAwaiter().GetResult();
            if (count == 0)
            {
                return false;
            }

            buffer = buffer[count..];
        }

        return true;
    }

    /// <summary>An empty answer means that there is none: a datagram gets nothing, and a connection is closed.</summary>
    private void Deliver(uint id, ReadOnlySpan<byte> answer)
    {
        lock (gate)
        {
            if (isEnded || !pending.TryTake(id, out PendingQuery query))
            {
                return;
            }

            if (query.Connection is { } connection)
            {
                if (!connection.IsClosed)
                {
                    Reply(connection, answer);
                }
            }
            else if (!answer.IsEmpty)
            {
                // If the client's buffer is full, the answer is lost, as any datagram may be.
                _ = Ipv4Sockets.TrySend(datagrams, answer, query.Sender);
            }
        }
    }
}
