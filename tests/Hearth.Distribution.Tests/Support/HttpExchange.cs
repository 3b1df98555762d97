using System.Globalization;
using System.Text;

namespace Hearth.Distribution.Tests.Support;

/// <summary>One request that a <see cref="TestServer"/> has received, and its answer.</summary>
internal sealed class HttpExchange(Stream client, string method, string path, IReadOnlyList<KeyValuePair<string, string>> headers)
{
    private static readonly string[] withoutLength = ["204", "304", "100"];

    public Stream Client => client;

    public string Method => method;

    /// <summary>With the query.</summary>
    public string Path => path;

    public IReadOnlyList<KeyValuePair<string, string>> Headers => headers;

    /// <summary>Whether the connection can carry another request.</summary>
    public bool IsKept { get; set; } = true;

    public string? Header(string name) => headers.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    public long BodyLength => long.Parse(Header("Content-Length") ?? "0", CultureInfo.InvariantCulture);

    public bool IsChunked => Header("Transfer-Encoding") is "chunked";

    /// <summary>Reads the request's body, if it has a length.</summary>
    public async Task<byte[]> ReadBodyAsync(CancellationToken cancellationToken)
    {
        byte[] body = new byte[BodyLength];
        await client.ReadExactlyAsync(body, cancellationToken);
        return body;
    }

    public Task AnswerAsync(int status, string body, CancellationToken cancellationToken, params KeyValuePair<string, string>[] extra) =>
        AnswerAsync(status, Encoding.UTF8.GetBytes(body), cancellationToken, extra);

    public async Task AnswerAsync(int status, ReadOnlyMemory<byte> body, CancellationToken cancellationToken, params KeyValuePair<string, string>[] extra)
    {
        StringBuilder head = new($"HTTP/1.1 {status} Answer\r\n");
        foreach ((string name, string value) in extra)
        {
            head.Append($"{name}: {value}\r\n");
        }

        if (!withoutLength.Contains(status.ToString(CultureInfo.InvariantCulture)) && !extra.Any(header => header.Key is "Content-Length" or "Transfer-Encoding"))
        {
            head.Append($"Content-Length: {body.Length}\r\n");
        }

        await client.WriteAsync(Encoding.Latin1.GetBytes(head.Append("\r\n").ToString()), cancellationToken);
        await client.WriteAsync(method == "HEAD" ? ReadOnlyMemory<byte>.Empty : body, cancellationToken);
    }
}
