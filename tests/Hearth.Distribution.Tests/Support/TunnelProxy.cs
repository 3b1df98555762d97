using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Hearth.Distribution.Tests.Support;

/// <summary>A proxy that wants a password, and connects each CONNECT (RFC 9110, 9.3.6) to one port of loopback.</summary>
internal sealed class TunnelProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly ConcurrentQueue<string> answers = new();
    private readonly string credentials;
    private readonly int target;
    private readonly Task accepting;

    /// <param name="credentials"><c>USER:PASSWORD</c>.</param>
    /// <param name="target">The port to which it connects.</param>
    public TunnelProxy(string credentials, int target)
    {
        this.credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Host => listener.LocalEndpoint.ToString()!;

    /// <summary>The first line of each request, and the status of its answer.</summary>
    public IReadOnlyCollection<string> Answers => answers;

    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        listener.Stop();
        await accepting;
        end.Dispose();
    }

    private async Task AcceptAsync()
    {
        List<Task> clients = [];
        try
        {
            while (true)
            {
                clients.Add(ServeAsync(await listener.AcceptSocketAsync(end.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // The test is over.
        }

        await Task.WhenAll(clients);
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using NetworkStream client = new(socket, ownsSocket: true);
            while (await ReadHeadAsync(client) is { } head)
            {
                bool isKnown = head.Contains($"Proxy-Authorization: Basic {credentials}\r\n", StringComparison.OrdinalIgnoreCase);
                answers.Enqueue($"{head[..head.IndexOf(" HTTP", StringComparison.Ordinal)]} {(isKnown ? 200 : 407)}");
                await client.WriteAsync(Encoding.ASCII.GetBytes(isKnown
                    ? "HTTP/1.1 200 Connection established\r\n\r\n"
                    : "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\n\r\n"), end.Token);
                if (isKnown)
                {
                    await TunnelAsync(client);
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            // One side has gone.
        }
    }

    private async Task TunnelAsync(NetworkStream client)
    {
        using TcpClient server = new();
        await server.ConnectAsync(IPAddress.Loopback, target, end.Token);
        await Task.WhenAny(client.CopyToAsync(server.GetStream(), end.Token), server.GetStream().CopyToAsync(client, end.Token));
    }

    /// <returns>Null at the end of the connection.</returns>
    private async Task<string?> ReadHeadAsync(NetworkStream client)
    {
        StringBuilder head = new();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await client.ReadAsync(one, end.Token) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
