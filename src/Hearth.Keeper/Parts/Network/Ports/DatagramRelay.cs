using System.Net;
using System.Net.Sockets;

namespace Hearth.Keeper.Parts.Network.Ports;

/// <summary>Relays datagrams to the container. Each client has a socket of its own, so that answers find their way back.</summary>
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

    private sealed record Client(Socket Socket)
    {
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
            lock (clients)
            {
                foreach (Client client in clients.Values)
                {
                    client.Socket.Dispose();
                }
            }
        }
    }

    private async Task PassOnAsync(EndPoint sender, ReadOnlyMemory<byte> datagram, CancellationToken cancellationToken)
    {
        try
        {
            Client client = ClientOf(sender, cancellationToken);
            client.ActiveMs = Environment.TickCount64;
            await client.Socket.SendAsync(datagram, SocketFlags.None, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception lost) when (lost is SocketException or ObjectDisposedException)
        {
            // Nobody listens, or the container cannot be reached: datagrams may be lost.
        }
    }

    private Client ClientOf(EndPoint sender, CancellationToken cancellationToken)
    {
        lock (clients)
        {
            if (clients.TryGetValue(sender, out Client? known))
            {
                return known;
            }

            Forget();
            Client client = new(target.OpenDatagrams(port, sender.AddressFamily));
            clients.Add(sender, client);
            _ = Task.Run(() => AnswerAsync(sender, client, cancellationToken), CancellationToken.None);
            return client;
        }
    }

    private void Forget()
    {
        long now = Environment.TickCount64;
        (EndPoint Key, Client Client)[] old = [.. clients.Where(entry => now - entry.Value.ActiveMs > silence.TotalMilliseconds).Select(entry => (entry.Key, entry.Value))];
        if (old.Length == 0 && clients.Count >= mostClients)
        {
            KeyValuePair<EndPoint, Client> oldest = clients.MinBy(entry => entry.Value.ActiveMs);
            old = [(oldest.Key, oldest.Value)];
        }

        foreach ((EndPoint key, Client client) in old)
        {
            clients.Remove(key);
            client.Socket.Dispose();
        }
    }

    private async Task AnswerAsync(EndPoint receiver, Client client, CancellationToken cancellationToken)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(LongestDatagram);
        while (true)
        {
            try
            {
                int count = await client.Socket.ReceiveAsync(buffer, SocketFlags.None, cancellationToken).ConfigureAwait(false);
                client.ActiveMs = Environment.TickCount64;
                await socket.SendToAsync(buffer.AsMemory(0, count), SocketFlags.None, receiver, cancellationToken).ConfigureAwait(false);
            }
            catch (SocketException refused) when (refused.SocketErrorCode == SocketError.ConnectionRefused)
            {
                // Nobody listens there yet.
            }
            catch (Exception closed) when (closed is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
