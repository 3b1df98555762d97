using System.Net;
using System.Net.Sockets;

namespace Hearth.EndToEnd.Tests.Worker.Observability;

/// <summary>A TCP port of loopback that leads to a Unix socket, for clients that cannot use one.</summary>
internal sealed class Forwarder : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly string path;
    private readonly Task accepting;

    public Forwarder(string path)
    {
        this.path = path;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>HOST:PORT.</summary>
    public string Host => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(ForwardAsync(await listener.AcceptTcpClientAsync()));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over.
        }

        await Task.WhenAll(connections).WaitAsync(TimeSpan.FromSeconds(20));
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using (client)
        using (Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
                await using NetworkStream server = new(socket);
                await Task.WhenAny(client.GetStream().CopyToAsync(server), server.CopyToAsync(client.GetStream()));
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                // One side has gone.
            }
        }
    }
}
