using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Hearth.Distribution.Tests.Support;

/// <summary>
/// Stands before a registry, and is one to its clients. It passes requests on, slowly if a rate or a latency is set, and does
/// to some of them what faults say: the first fault in the list that matches a request and is not used up.
/// </summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TestServer server;
    private readonly int port;
    private readonly Lock guard = new();
    private readonly List<(Fault Fault, int[] Matched)> faults = [];
    private readonly ConcurrentQueue<ProxiedRequest> requests = new();

    /// <param name="port">The server's, on loopback.</param>
    /// <param name="certificate">For TLS with clients; the server always gets plain HTTP.</param>
    /// <param name="demandsCertificate">Whether clients have to show one.</param>
    public FaultProxy(int port, X509Certificate2? certificate = null, bool demandsCertificate = false)
    {
        this.port = port;
        server = new TestServer(PassAsync, certificate, demandsCertificate);
    }

    /// <summary>HOST:PORT, as in an image's name.</summary>
    public string Host => server.Host;

    public int Port => server.Port;

    /// <summary>Before each request.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>For all answers together; null for no limit.</summary>
    public LinkLimit? Limit { get; set; }

    /// <summary>In the order of their arrival.</summary>
    public IReadOnlyList<ProxiedRequest> Requests => [.. requests];

    public long SentBytes => requests.Sum(request => request.SentBytes);

    public void Add(Fault fault)
    {
        lock (guard)
        {
            faults.Add((fault, [0]));
        }
    }

    /// <summary>Removes all faults and forgets all requests.</summary>
    public void Clear()
    {
        lock (guard)
        {
            faults.Clear();
        }

        requests.Clear();
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private async Task PassAsync(HttpExchange exchange, CancellationToken cancellationToken)
    {
        ProxiedRequest request = new(exchange.Method, exchange.Path, exchange.Header("Range"), exchange.Header("Authorization"));
        requests.Enqueue(request);
        Fault fault = Take(exchange) ?? new Fault();
        await Task.Delay(Latency + fault.Delay, TimeProvider.System, cancellationToken);
        if (fault.RedirectTo is not null || fault.Status is not null)
        {
            await AnswerAsync(exchange, fault, request, cancellationToken);
            return;
        }

        if (fault is { DropAfter: 0, IsOfUpload: false })
        {
            throw new IOException("dropped");
        }

        using TcpClient upstream = new();
        await upstream.ConnectAsync("127.0.0.1", port, cancellationToken);
        NetworkStream stream = upstream.GetStream();
        await SendAsync(exchange, fault, stream, cancellationToken);
        await ReturnAsync(exchange, fault, request, stream, cancellationToken);
    }

    private Fault? Take(HttpExchange exchange)
    {
        lock (guard)
        {
            foreach ((Fault fault, int[] matched) in faults)
            {
                bool matches = exchange.Path.Contains(fault.Path, StringComparison.Ordinal) && (fault.Method is null || fault.Method == exchange.Method);
                if (matches && matched[0] < fault.Skip + (long)fault.Times && matched[0]++ >= fault.Skip)
                {
                    return fault;
                }
            }
        }

        return null;
    }

    private static async Task AnswerAsync(HttpExchange exchange, Fault fault, ProxiedRequest request, CancellationToken cancellationToken)
    {
        await exchange.ReadBodyAsync(cancellationToken);
        request.Status = fault.Status ?? 307;
        KeyValuePair<string, string>[] headers =
        [
            .. fault.Headers,
            .. fault.RedirectTo is null ? Array.Empty<KeyValuePair<string, string>>() : [new("Location", fault.RedirectTo + exchange.Path)],
        ];
        await exchange.AnswerAsync(request.Status, fault.Body, cancellationToken, headers);
    }

    private static async Task SendAsync(HttpExchange exchange, Fault fault, NetworkStream upstream, CancellationToken cancellationToken)
    {
        string path = fault.Rewrite is { } rewrite ? exchange.Path.Replace(rewrite.From, rewrite.To, StringComparison.Ordinal) : exchange.Path;
        StringBuilder head = new($"{exchange.Method} {path} HTTP/1.1\r\nConnection: close\r\n");
        foreach ((string name, string value) in exchange.Headers.Where(header => header.Key is not "Connection" && !(fault.IgnoresRanges && header.Key == "Range")))
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await upstream.WriteAsync(Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), cancellationToken);
        byte[] buffer = new byte[64 << 10];
        long sent = 0;
        for (long left = exchange.BodyLength; left > 0;)
        {
            int most = (int)Math.Min(buffer.Length, left);
            if (fault is { IsOfUpload: true, DropAfter: { } drop })
            {
                most = sent < drop ? (int)Math.Min(most, drop - sent) : throw new IOException("dropped");
            }

            int count = await exchange.Client.ReadAsync(buffer.AsMemory(0, most), cancellationToken);
            await upstream.WriteAsync(count > 0 ? buffer.AsMemory(0, count) : throw new IOException("the client has gone"), cancellationToken);
            left -= count;
            sent += count;
        }
    }

    private async Task ReturnAsync(HttpExchange exchange, Fault fault, ProxiedRequest request, NetworkStream upstream, CancellationToken cancellationToken)
    {
        string head = await TestServer.ReadHeadTextAsync(upstream, cancellationToken) ?? throw new IOException("the server gave no answer");
        string[] lines = head.Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        request.Status = int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture);
        KeyValuePair<string, string>[] headers = [.. lines.Skip(1).Select(TestServer.ReadHeader).Where(header => header.Key != "Connection" && !fault.Headers.ContainsKey(header.Key))];
        exchange.IsKept = headers.Any(header => header.Key is "Content-Length" or "Transfer-Encoding") || request.Status is 204 or 304;
        StringBuilder own = new(lines[0] + "\r\n");
        foreach ((string name, string value) in headers.Concat(fault.Headers))
        {
            own.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        await exchange.Client.WriteAsync(Encoding.Latin1.GetBytes(own.Append("\r\n").ToString()), cancellationToken);
        await CopyBodyAsync(exchange.Client, fault, request, upstream, cancellationToken);
    }

    private async Task CopyBodyAsync(Stream client, Fault fault, ProxiedRequest request, NetworkStream upstream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[fault.Trickle is null ? 64 << 10 : 256];
        LinkLimit? own = fault.Trickle is { } trickle ? new LinkLimit(trickle) : null;
        long stop = fault.DropAfter ?? fault.StallAfter ?? long.MaxValue;
        for (int count; (count = await upstream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            int kept = (int)Math.Min(count, stop - request.SentBytes);
            if (fault.CorruptAt is { } at && at >= request.SentBytes && at < request.SentBytes + kept)
            {
                buffer[at - request.SentBytes] ^= 0x20;
            }

            await (Limit?.PassAsync(kept, cancellationToken) ?? Task.CompletedTask);
            await (own?.PassAsync(kept, cancellationToken) ?? Task.CompletedTask);
            await client.WriteAsync(buffer.AsMemory(0, kept), cancellationToken);
            request.SentBytes += kept;
            if (request.SentBytes == stop)
            {
                await client.FlushAsync(cancellationToken);
                await (fault.StallAfter is null ? throw new IOException("dropped") : Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken));
            }
        }
    }
}
