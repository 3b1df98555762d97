using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Hearth.Distribution.Tests.Support;

/// <summary>A server of HTTP/1.1 on loopback that does what a test says, also what no server should.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private const int MostHeadBytes = 64 << 10;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource end = new();
    private readonly Func<HttpExchange, CancellationToken, Task> handle;
    private readonly SslServerAuthenticationOptions? secure;
    private readonly Task accepting;

    /// <param name="handle">Answers a request; an exception closes the connection.</param>
    /// <param name="certificate">Null for plain HTTP.</param>
    /// <param name="demandsCertificate">Whether clients have to show one; any will do.</param>
    public TestServer(Func<HttpExchange, CancellationToken, Task> handle, X509Certificate2? certificate = null, bool demandsCertificate = false)
    {
        this.handle = handle;
        secure = certificate is null ? null : new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ClientCertificateRequired = demandsCertificate,
            RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null || !demandsCertificate,
        };
        listener.Start(512);
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>HOST:PORT, as in an image's name.</summary>
    public string Host => $"127.0.0.1:{Port}";

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
                clients.RemoveAll(client => client.IsCompleted);
                clients.Add(ServeAsync(await listener.AcceptTcpClientAsync(end.Token)));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The test is over.
        }

        await Task.WhenAll(clients);
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                client.NoDelay = true;
                await using Stream stream = await OpenAsync(client);
                while (await ReadHeadAsync(stream, end.Token) is { } exchange)
                {
                    await handle(exchange, end.Token);
                    if (!exchange.IsKept)
                    {
                        break;
                    }
                }
            }
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or AuthenticationException or SocketException or ObjectDisposedException)
        {
            // The client has gone, does not speak this protocol, or the answer is to break the connection.
        }
    }

    private async Task<Stream> OpenAsync(TcpClient client)
    {
        if (secure is null)
        {
            return client.GetStream();
        }

        SslStream stream = new(client.GetStream());
        await stream.AuthenticateAsServerAsync(secure, end.Token);
        return stream;
    }

    /// <returns>Null at the end of the connection.</returns>
    private static async Task<HttpExchange?> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        string? head = await ReadHeadTextAsync(stream, cancellationToken);
        if (head is null)
        {
            return null;
        }

        string[] lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        string[] words = lines[0].Split(' ');
        if (words.Length != 3)
        {
            throw new IOException("not HTTP");
        }

        return new HttpExchange(stream, words[0], words[1], [.. lines.Skip(1).Select(ReadHeader)]);
    }

    /// <summary>Byte for byte, so that nothing of the body is taken.</summary>
    public static async Task<string?> ReadHeadTextAsync(Stream stream, CancellationToken cancellationToken)
    {
        List<byte> head = [];
        byte[] one = new byte[1];
        while (head.Count < MostHeadBytes)
        {
            if (await stream.ReadAsync(one, cancellationToken) == 0)
            {
                return head.Count == 0 ? null : throw new IOException("the head has no end");
            }

            head.Add(one[0]);
            if (head is [0x16])
            {
                throw new IOException("TLS, where plain HTTP is spoken");
            }

            if (head.Count >= 4 && head[^1] == '\n' && head[^2] == '\r' && head[^3] == '\n')
            {
                return Encoding.Latin1.GetString([.. head]);
            }
        }

        throw new IOException("the head is too long");
    }

    public static KeyValuePair<string, string> ReadHeader(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        return new(line[..Math.Max(colon, 0)], line[(colon + 1)..].Trim());
    }
}
