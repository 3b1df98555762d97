using System.Net;
using System.Net.Sockets;
using Hearth.Containers;
using Hearth.Guest.Protocol;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>Relays datagrams to the container. Each client has a flow of its own, so that answers find their way back.</summary>
/// <param name="socket">Bound.</param>
/// <param name="target">The container.</param>
/// <param name="port">Its port.</param>
/// <param name="mostClients">With one more, the client that was silent the longest is forgotten.</param>
internal sealed class DatagramRelay(Socket socket, IPortTarget target, int port, int mostClients)
{
    private const int LongestDatagram = 65536;

    /// <summary>A client that is silent for so long is forgotten.</summary>
    private static readonly TimeSpan silence = TimeSpan.FromSeconds(90);

    private readonly Dictionary<EndPoint, Client> clients = [];

    private sealed class Client(IDatagramFlow flow)
    {
        public IDatagramFlow Flow => flow;

        public long ActiveMs { get; set; } = Environment.TickCount64;
    }

    /// <summary>Runs until the socket is closed.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await Task.Yield();
        byte[] buffer = GC.AllocateUninitializedArray<byte>(LongestDatagram);
        EndPoint any = new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        try
        {
            while (true)
            {
                SocketReceiveFromResult received = await socket.ReceiveFromAsync(buffer, SocketFlags.None, any, cancellationToken).ConfigureAwait(false);
                await PassOnAsync(received.RemoteEndPoint, buffer.AsMemory(0, received.ReceivedBytes), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception closed) when (closed is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The run ends.
        }
        finally
        {
            foreach (Client client in Take(_ => true))
            {
                await client.Flow.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task PassOnAsync(EndPoint sender, ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken)
    {
        try
        {
            Client client = await ClientOfAsync(sender, cancellationToken).ConfigureAwait(false);
            client.ActiveMs = Environment.TickCount64;
            await client.Flow.SendAsync(datagram, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception lost) when (lost is SocketException or ObjectDisposedException or HearthException or GuestProtocolException)
        {
            // Nobody listens, or the container cannot be reached: datagrams may be lost.
        }
    }

    private async Task<Client> ClientOfAsync(EndPoint sender, CancellationToken cancellationToken)
    {
        lock (clients)
        {
            if (clients.TryGetValue(sender, out Client? known))
            {
                return known;
            }
        }

        await ForgetAsync().ConfigureAwait(false);
        Client client = new(await target.OpenDatagramsAsync(port, sender.AddressFamily, cancellationToken).ConfigureAwait(false));
        lock (clients)
        {
            clients.Add(sender, client);
        }

        _ = Task.Run(() => AnswerAsync(sender, client, cancellationToken), CancellationToken.None);
        return client;
    }

    private async Task ForgetAsync()
    {
        long now = Environment.TickCount64;
        List<Client> old = Take(client => now - client.ActiveMs > silence.TotalMilliseconds);
        if (old.Count == 0)
        {
            old = TakeOldestOfTooMany();
        }

        foreach (Client client in old)
        {
            await client.Flow.DisposeAsync().ConfigureAwait(false);
        }
    }

    private List<Client> TakeOldestOfTooMany()
    {
        lock (clients)
        {
            Client? oldest = clients.Count < mostClients ? null : clients.Values.MinBy(client => client.ActiveMs);
            return oldest is null ? [] : Take(client => client == oldest);
        }
    }

    /// <returns>The clients that are no longer served; the caller disposes them.</returns>
    private List<Client> Take(Func<Client, bool> chooses)
    {
        lock (clients)
        {
            KeyValuePair<EndPoint, Client>[] taken = [.. clients.Where(entry => chooses(entry.Value))];
            Array.ForEach(taken, entry => clients.Remove(entry.Key));
            return [.. taken.Select(entry => entry.Value)];
        }
    }

    private async Task AnswerAsync(EndPoint receiver, Client client, CancellationToken cancellationToken)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(LongestDatagram);
        try
        {
            while (await client.Flow.ReceiveAsync(buffer, cancellationToken).ConfigureAwait(false) is >= 0 and var count)
            {
                client.ActiveMs = Environment.TickCount64;
                await socket.SendToAsync(buffer.AsMemory(0, count), SocketFlags.None, receiver, cancellationToken).ConfigureAwait(false);
            }

            // Nobody listens there now: the next datagram asks again who does.
            foreach (Client gone in Take(other => other == client))
            {
                await gone.Flow.DisposeAsync().ConfigureAwait(false);
            }
        }
        catch (Exception closed) when (closed is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client is forgotten, or the run ends.
        }
    }
}
