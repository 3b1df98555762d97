using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Hearth.EndToEnd.Tests.Worker.Api;

/// <summary>Plain requests to the daemon's socket.</summary>
internal sealed class ApiClient : IDisposable
{
    private readonly HttpClient client;

    public ApiClient(string socket) => client = new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancellationToken) => new NetworkStream(await ConnectAsync(socket, cancellationToken), ownsSocket: true),
    })
    {
        BaseAddress = new Uri("http://docker/v1.47/"), Timeout = TimeSpan.FromMinutes(2),
    };

    public static async Task<Socket> ConnectAsync(string path, CancellationToken cancellationToken = default)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
        return socket;
    }

    /// <param name="method">GET, POST …</param>
    /// <param name="path">Without the first slash.</param>
    /// <param name="body">JSON; null for none.</param>
    /// <returns>The status, and the body as text.</returns>
    public async Task<(int Status, string Body)> SendAsync(string method, string path, string? body = null)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await client.SendAsync(request, HttpCompletionOption.ResponseContentRead);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>As <see cref="SendAsync"/>, for an answer that is one JSON document.</summary>
    public async Task<JsonElement> ReadAsync(string method, string path, string? body = null)
    {
        (int status, string text) = await SendAsync(method, path, body);
        Assert.True(status is >= 200 and < 300, $"{method} {path} answered {status}: {text}");
        return JsonDocument.Parse(text).RootElement;
    }

    public void Dispose() => client.Dispose();
}
