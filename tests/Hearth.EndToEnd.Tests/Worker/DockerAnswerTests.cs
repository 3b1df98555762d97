using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text.Json;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;
using Hearth.EndToEnd.Tests.Worker.Api;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>Statuses, sentences and members by which docker's clients decide what they do.</summary>
public sealed class DockerAnswerTests : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly Daemon daemon;
    private readonly string image;
    private readonly HttpClient client;

    public DockerAnswerTests(ImageRegistry images)
    {
        daemon = new Daemon(sandbox, "--listen", "http://127.0.0.1:0", "--token-file", TokenFile());
        image = $"{images.Host}/base:one";
        daemon.Docker("pull", "-q", image);
        client = daemon.Connect();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        client.Dispose();
        daemon.Dispose();
        sandbox.Dispose();
    }

    [Fact]
    public async Task What_is_not_there_has_dockers_sentence()
    {
        daemon.Docker("create", "--name", "my.box", image, "true");
        string id = (await ReadAsync("/v1.47/containers/my.box/json")).GetProperty("Id").GetString()!;

        Assert.Equal((404, "No such container: x.y"), await AskAsync("POST", "/v1.47/containers/x.y/start"));
        Assert.Equal((404, "No such container: x"), await AskAsync("DELETE", "/containers/x"));
        Assert.Equal((404, "No such image: no/such:1"), await AskAsync("GET", "/v1.47/images/no/such:1/json"));
        Assert.Equal((404, "No such image: json"), await AskAsync("DELETE", "/v1.47/images/json"));
        Assert.Equal((404, "network x not found"), await AskAsync("GET", "/v1.47/networks/x"));
        Assert.Equal((404, "get data: no such volume"), await AskAsync("GET", "/v1.47/volumes/data"));
        Assert.Equal((404, "No such exec instance: x"), await AskAsync("POST", "/v1.47/exec/x/start", "{}"));
        Assert.Equal(
            (409, $"Conflict. The container name \"/my.box\" is already in use by container \"{id}\". You have to remove (or rename) that container to be able to reuse that name."),
            await AskAsync("POST", "/v1.47/containers/create?name=my.box", JsonSerializer.Serialize(new { Image = image, Cmd = (string[])["true"] })));
        Assert.Equal((404, "page not found: there is no GET /containers/my.box"), await AskAsync("GET", "/v1.47/containers/my.box"));
        Assert.Equal((404, "page not found: there is no GET /nothing.json"), await AskAsync("GET", "/nothing.json"));
        Assert.Equal((400, "client version 2.0 is too new. Maximum supported API version is 1.47"), await AskAsync("GET", "/v2.0/info"));
        Assert.Equal((400, "unknown object type: x; there are container, image, volume, build-cache"), await AskAsync("GET", "/v1.47/system/df?type=x"));

        Assert.Contains("there is no container 'x'", sandbox.RunExpecting(1, "--host", $"unix://{daemon.Socket}", "rm", "x").ErrorText, StringComparison.Ordinal);
        daemon.Docker("rm", "my.box");
    }

    [Fact]
    public async Task A_paused_container_is_neither_started_nor_attached_to_and_an_exec_says_that_it_runs()
    {
        daemon.Docker("network", "create", "front");
        string id = daemon.Docker("run", "-d", "--name", "box", "--network", "front", "--network-alias", "web", image, "sleep", "1000");
        string exec = (await PostAsync("/v1.47/containers/box/exec", new { Cmd = (string[])["sleep", "1000"] })).GetProperty("Id").GetString()!;
        using (HttpResponseMessage started = await client.PostAsJsonAsync(new Uri($"/v1.47/exec/{exec}/start", UriKind.Relative), new { Detach = true }, Cancellation))
        {
            Assert.Equal(HttpStatusCode.OK, started.StatusCode);
        }

        JsonElement running = await ReadAsync($"/v1.47/exec/{exec}/json");
        Assert.Equal((true, JsonValueKind.Null), (running.GetProperty("Running").GetBoolean(), running.GetProperty("ExitCode").ValueKind));
        Assert.Equal([exec], (await ReadAsync("/v1.47/containers/box/json")).GetProperty("ExecIDs").EnumerateArray().Select(each => each.GetString()));
        Assert.Equal(["web"], await NamesAsync("1.47", "Aliases"));
        Assert.Equal(["web", id[..12]], await NamesAsync("1.44", "Aliases"));
        Assert.Equal(["box", "web", id[..12]], await NamesAsync("1.47", "DNSNames"));

        daemon.Docker("pause", "box");
        Assert.Equal((409, "cannot start a paused container, try unpause instead"), await AskAsync("POST", "/v1.47/containers/box/start"));
        Assert.Equal((409, $"container {id} is paused, unpause the container before attaching"), await AskAsync("POST", "/v1.47/containers/box/attach?stream=1&stdout=1"));
        daemon.Docker("unpause", "box");
        daemon.Docker("rm", "-f", "box");
        daemon.Docker("network", "rm", "front");
    }

    [Fact]
    public async Task A_client_that_closes_its_WebSocket_gets_the_handshake_of_the_close_and_the_container_goes_on()
    {
        daemon.Docker("run", "-d", "--name", "box", image, "sleep", "1000");
        using SocketsHttpHandler handler = new() { ConnectCallback = async (_, token) => new NetworkStream(await ApiClient.ConnectAsync(daemon.Socket, token), ownsSocket: true) };
        using HttpMessageInvoker invoker = new(handler);
        using ClientWebSocket socket = new();
        await socket.ConnectAsync(new Uri("ws://docker/v1.47/containers/box/attach/ws?stream=1&stdout=1"), invoker, Cancellation);
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Cancellation);

        Assert.Equal((WebSocketState.Closed, WebSocketCloseStatus.NormalClosure), (socket.State, socket.CloseStatus));
        Assert.Equal("true", daemon.Docker("inspect", "--format", "{{.State.Running}}", "box"));
        Assert.False(Directory.Exists(sandbox.PathOf("state/crashes")) && Directory.EnumerateFiles(sandbox.PathOf("state/crashes")).Any());
        daemon.Docker("rm", "-f", "box");
    }

    [Fact]
    public async Task Pages_of_other_origins_and_names_that_are_not_its_own_are_refused()
    {
        using HttpClient remote = new() { BaseAddress = new Uri(daemon.FindAddress("http://127.0.0.1:")) };
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(remote, _ => { }));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(remote, request => request.Headers.Add("Origin", "http://evil.example")));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(remote, request => request.Headers.Add("Sec-Fetch-Site", "cross-site")));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(remote, request => request.Headers.Host = "evil.example"));
    }

    private string TokenFile()
    {
        string file = sandbox.PathOf("token");
        File.WriteAllText(file, "0123456789abcdef\n");
        return file;
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient remote, Action<HttpRequestMessage> change)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/v1.47/containers/json");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "0123456789abcdef");
        change(request);
        using HttpResponseMessage response = await remote.SendAsync(request, Cancellation);
        return response.StatusCode;
    }

    private async Task<string[]> NamesAsync(string version, string member) =>
        [.. (await ReadAsync($"/v{version}/containers/box/json")).GetProperty("NetworkSettings").GetProperty("Networks").GetProperty("front").GetProperty(member).EnumerateArray().Select(each => each.GetString()!)];

    private Task<JsonElement> ReadAsync(string path) => client.GetFromJsonAsync<JsonElement>(path, Cancellation);

    private async Task<JsonElement> PostAsync<T>(string path, T body)
    {
        using HttpResponseMessage response = await client.PostAsJsonAsync(new Uri(path, UriKind.Relative), body, Cancellation);
        return await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation);
    }

    private async Task<(int Status, string Message)> AskAsync(string method, string path, string? body = null)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Docker-Client", "28.0.0"));
        request.Content = body is null ? null : new StringContent(body, mediaType: new MediaTypeHeaderValue("application/json"));
        using HttpResponseMessage response = await client.SendAsync(request, Cancellation);
        return ((int)response.StatusCode, (await response.Content.ReadFromJsonAsync<JsonElement>(Cancellation)).GetProperty("message").GetString()!);
    }
}
