using Hearth.Guest.Init.Boot;
using Hearth.Guest.Protocol.Names;
using Hearth.Linux;
using Hearth.Linux.Descriptors;
using Hearth.Linux.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Guest.Init.Network.Names;

/// <content>The sockets' side.</content>
internal sealed partial class NameResolver
{
    private const int FlagsOffset = 2;
    private const byte AnswerFlag = 0x80;
    private const byte KeptFlags = 0x79; // The operation and "recursion desired".
    private const byte RecursionAvailable = 0x80;
    private const byte ServerFailure = 2;

    private void TakeQueries()
    {
        Span<EpollReport> reports = stackalloc EpollReport[MaxReports];
        byte[] buffer = new byte[NameFrame.MaxQueryBytes];
        double sweptMs = 0;
        while (!isEnded)
        {
            int count = epoll.Wait(reports, connections.Count > 0 ? SweepPeriodMs : -1);
            foreach (EpollReport report in reports[..count])
            {
                Take(report.Token, buffer);
            }

            if (GuestClock.UptimeMs - sweptMs >= SweepPeriodMs)
            {
                sweptMs = GuestClock.UptimeMs;
                Sweep();
            }
        }
    }

    private void Take(ulong token, byte[] buffer)
    {
        switch (token)
        {
            case DatagramToken:
                TakeDatagrams(buffer);
                break;
            case ListenerToken:
                AcceptConnections();
                break;
            default:
                Continue(token);
                break;
        }
    }

    private void TakeDatagrams(byte[] buffer)
    {
        for (int turn = 0; turn < TurnLength; turn++)
        {
            Errno errno = Ipv4Sockets.TryReceive(datagrams, buffer, out Ipv4SocketAddress sender, out int length);
            if (errno is Errno.EAGAIN)
            {
                break;
            }

            if (errno != Errno.None || length is < NameFrame.MinMessageBytes or > NameFrame.MaxQueryBytes)
            {
                continue;
            }

            Span<byte> query = buffer.AsSpan(0, length);
            if (!TryForward(query, new PendingQuery(null, in sender)))
            {
                TurnIntoFailure(query);
                _ = Ipv4Sockets.TrySend(datagrams, query, in sender);
            }
        }

        epoll.Rearm(datagrams, EpollEvents.In | EpollEvents.OneShot, DatagramToken);
    }

    /// <summary>Sends a query to the host. It waits while the host takes nothing; datagrams then stay in the kernel's buffer.</summary>
    /// <returns>False if too many queries wait for an answer.</returns>
    private bool TryForward(ReadOnlySpan<byte> query, in PendingQuery from)
    {
        uint id;
        lock (gate)
        {
            if (!pending.TryAdd(in from, out id))
            {
                return false;
            }
        }

        NameTransport transport = from.Connection is null ? NameTransport.Datagram : NameTransport.Stream;
        new NameFrame(id, query.Length, transport).Write(outgoing);
        query.CopyTo(outgoing.AsSpan(NameFrame.SizeInBytes));
        stream.Write(outgoing, 0, NameFrame.SizeInBytes + query.Length);
        return true;
    }

    /// <summary>Makes a query its own answer, SERVFAIL.</summary>
    private static void TurnIntoFailure(Span<byte> query)
    {
        query[FlagsOffset] = (byte)((query[FlagsOffset] & KeptFlags) | AnswerFlag);
        query[FlagsOffset + 1] = RecursionAvailable | ServerFailure;
    }

    private void AcceptConnections()
    {
        for (int turn = 0; turn < TurnLength && Ipv4Sockets.TryAccept(listener, out SafeFileHandle accepted) == Errno.None; turn++)
        {
            lock (gate)
            {
                MakeRoom();
                if (connections.Count >= MaxConnections)
                {
                    accepted.Dispose();
                    continue;
                }

                NameConnection connection = new(accepted, ++lastToken) { ActiveMs = GuestClock.UptimeMs };
                connections.Add(connection.Token, connection);
                epoll.Add(accepted, EpollEvents.In | EpollEvents.OneShot, connection.Token);
            }
        }

        epoll.Rearm(listener, EpollEvents.In | EpollEvents.OneShot, ListenerToken);
    }

    /// <summary>If there are as many connections as there may be, closes the one that has been idle for the longest time.</summary>
    private void MakeRoom()
    {
        if (connections.Count < MaxConnections)
        {
            return;
        }

        NameConnection? idle = null;
        foreach (NameConnection connection in connections.Values)
        {
            if (!connection.IsWaiting && (idle is null || connection.ActiveMs < idle.ActiveMs))
            {
                idle = connection;
            }
        }

        if (idle is not null)
        {
            Close(idle);
        }
    }

    /// <summary>Continues a connection that may send or take something.</summary>
    private void Continue(ulong token)
    {
        NameConnection? connection;
        lock (gate)
        {
            if (!connections.TryGetValue(token, out connection) || !TryContinue(connection))
            {
                return;
            }

            connection.IsWaiting = true;
        }

        // While the connection waits, only this thread touches its query.
        if (!TryForward(connection.Query, new PendingQuery(connection, default)))
        {
            Span<byte> failure = connection.Query.ToArray();
            TurnIntoFailure(failure);
            lock (gate)
            {
                if (!connection.IsClosed)
                {
                    Reply(connection, failure);
                }
            }
        }
    }

    /// <returns>True if it has a whole query. The caller holds the lock.</returns>
    private bool TryContinue(NameConnection connection)
    {
        connection.ActiveMs = GuestClock.UptimeMs;
        Errno errno = connection.TrySend();
        EpollEvents next = EpollEvents.Out;
        if (errno == Errno.None)
        {
            errno = connection.TryReceive();
            next = EpollEvents.In;
        }

        if (errno == Errno.EAGAIN)
        {
            epoll.Rearm(connection.Socket, next | EpollEvents.OneShot, connection.Token);
        }
        else if (errno != Errno.None)
        {
            Close(connection);
        }

        return errno == Errno.None;
    }

    /// <summary>Has the answer written, and then the next query read, by the thread of the sockets. The caller holds the lock.</summary>
    private void Reply(NameConnection connection, ReadOnlySpan<byte> answer)
    {
        if (answer.IsEmpty)
        {
            Close(connection);
            return;
        }

        connection.ActiveMs = GuestClock.UptimeMs;
        connection.Answer(answer);
        epoll.Rearm(connection.Socket, EpollEvents.Out | EpollEvents.OneShot, connection.Token);
    }

    private void Sweep()
    {
        double limitMs = GuestClock.UptimeMs - IdleLimitMs;
        lock (gate)
        {
            foreach (NameConnection connection in (NameConnection[])[.. connections.Values])
            {
                if (!connection.IsWaiting && connection.ActiveMs < limitMs)
                {
                    Close(connection);
                }
            }
        }
    }

    private void Close(NameConnection connection)
    {
        connections.Remove(connection.Token);
        epoll.Remove(connection.Socket);
        connection.Dispose();
    }
}
