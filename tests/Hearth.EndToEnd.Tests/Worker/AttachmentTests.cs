using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;
using Hearth.EndToEnd.Tests.Worker.Api;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>Attachments by WebSocket, and to containers that other programs start.</summary>
public sealed class AttachmentTests : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly Daemon daemon;
    private readonly string image;

    public AttachmentTests(ImageRegistry images)
    {
        daemon = new Daemon(sandbox);
        image = $"{images.Host}/base:one";
        daemon.Docker("pull", "-q", image);
    }

    public void Dispose()
    {
        daemon.Dispose();
        sandbox.Dispose();
    }

    [Fact]
    public async Task A_WebSocket_carries_input_and_output_until_the_end()
    {
        daemon.Docker("create", "-i", "--name", "box", image, "sh", "-c", "read line; echo got $line; echo wrong >&2");
        using SocketsHttpHandler handler = new() { ConnectCallback = async (_, token) => new NetworkStream(await ApiClient.ConnectAsync(daemon.Socket, token), ownsSocket: true) };
        using HttpMessageInvoker invoker = new(handler);
        using ClientWebSocket socket = new();
        await socket.ConnectAsync(new Uri("ws://docker/v1.47/containers/box/attach/ws?stream=1&stdin=1&stdout=1&stderr=1"), invoker, CancellationToken.None);
        daemon.Docker("start", "box");
        await socket.SendAsync("typed\n"u8.ToArray(), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);

        StringBuilder output = new();
        byte[] buffer = new byte[4096];
        for (WebSocketReceiveResult received; (received = await socket.ReceiveAsync(buffer, CancellationToken.None)).MessageType != WebSocketMessageType.Close;)
        {
            Assert.Equal(WebSocketMessageType.Binary, received.MessageType);
            output.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
        }

        Assert.Equal(["got typed", "wrong"], output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
        daemon.Docker("rm", "box");
    }

    [Fact]
    public async Task An_attachment_begins_when_another_program_starts_the_container()
    {
        daemon.Docker("create", "-i", "--name", "box", image, "sh", "-c", "read line; echo got $line");
        using Socket socket = await ApiClient.ConnectAsync(daemon.Socket);
        await socket.SendAsync("POST /v1.47/containers/box/attach?stream=1&stdin=1&stdout=1 HTTP/1.1\r\nHost: x\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n"u8.ToArray());
        byte[] buffer = new byte[4096];
        Assert.StartsWith("HTTP/1.1 101", Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer)), StringComparison.Ordinal);

        sandbox.Hearth("start", "box");
        await socket.SendAsync("typed\n"u8.ToArray());

        Assert.EndsWith("got typed\n", await ReadAsync(socket), StringComparison.Ordinal);
        daemon.Docker("rm", "box");
    }

    /// <summary>After the upgrade, a status cannot say what is wrong.</summary>
    [Fact]
    public async Task What_cannot_be_executed_is_refused_before_the_connection_becomes_a_stream()
    {
        daemon.Docker("run", "-d", "--name", "box", image, "sh", "-c", "echo said; sleep 1000");
        using ApiClient client = new(daemon.Socket);
        string once = await CreateAsync(), paused = await CreateAsync(), late = await CreateAsync();

        Assert.EndsWith("here\n", await StartAsync(once), StringComparison.Ordinal);
        Assert.Matches($"^HTTP/1.1 409 (.|\n)*Error: Exec command {once} has already run", await StartAsync(once));
        daemon.Docker("pause", "box");
        Assert.Matches("^HTTP/1.1 409 (.|\n)*container box is paused", await StartAsync(paused));
        daemon.Docker("unpause", "box");
        Assert.Equal("said", daemon.Docker("logs", "--tail", "-1", "box"));
        daemon.Docker("rm", "-f", "box");
        Assert.StartsWith("HTTP/1.1 404 ", await StartAsync(late), StringComparison.Ordinal);

        async Task<string> CreateAsync() => (await client.ReadAsync("POST", "containers/box/exec", """{"AttachStdout": true, "Cmd": ["echo", "here"]}""")).GetProperty("Id").GetString()!;

        async Task<string> StartAsync(string execution)
        {
            using Socket socket = await ApiClient.ConnectAsync(daemon.Socket);
            await socket.SendAsync(Encoding.ASCII.GetBytes(
                $"POST /v1.47/exec/{execution}/start HTTP/1.1\r\nHost: x\r\nUpgrade: tcp\r\nConnection: Upgrade, close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}"));
            socket.Shutdown(SocketShutdown.Send);
            return await ReadAsync(socket);
        }
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        byte[] buffer = new byte[4096];
        StringBuilder output = new();
        for (int count; (count = await socket.ReceiveAsync(buffer)) > 0;)
        {
            output.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        return output.ToString();
    }
}
