using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker.Api;

/// <summary>Requests that no client should send, many at once, and connections that are cut: the daemon answers or closes, and lives.</summary>
public sealed class ApiFuzzTests : IClassFixture<ImageRegistry>, IDisposable
{
    private const int Requests = 1000;
    private const int Parallel = 8;

    /// <summary>They fetch from the network, or last until their client leaves.</summary>
    private static readonly string[] leftOut = ["POST /images/create", "POST /auth", "GET /events", "POST /images/{name}/push"];

    /// <summary>Bodies of Hearth's own requests.</summary>
    private static readonly (string Method, string Path, string Body)[] ownBodies =
    [
        ("PUT", "containers/box/resources", """{"pids": {"limit": 100}}"""),
        ("PUT", "containers/box/policy", """{"denyEgress": true, "allow": ["192.0.2.1:80"], "deny": []}"""),
        ("POST", "containers/box/commit", """{"name": "made:1", "options": {"author": "a", "changes": ["CMD x"], "message": "m"}, "pauses": false}"""),
        ("POST", "images/prune", """{"all": false, "manifests": ["sha256:0000000000000000000000000000000000000000000000000000000000000000"]}"""),
        ("POST", "networks", """{"name": "front", "subnets": ["10.99.8.0/24"], "gateway": "10.99.8.1", "isInternal": true, "labels": {"a": "b"}}"""),
        ("POST", "networks/prune", """{"ids": ["none"]}"""),
        ("POST", "volumes", """{"name": "data", "labels": {"a": "b"}, "isAnonymous": false}"""),
        ("POST", "cache/prune", """{"keepBytes": 1000000000, "unusedForSeconds": 1e300}"""),
    ];

    private readonly Sandbox sandbox = new();
    private readonly Daemon daemon;
    private readonly string image;

    public ApiFuzzTests(ImageRegistry images)
    {
        daemon = new Daemon(sandbox);
        image = $"{images.Host}/base:one";
    }

    public void Dispose()
    {
        daemon.Dispose();
        sandbox.Dispose();
    }

    [Fact]
    public async Task Requests_of_any_form_get_an_answer_or_the_end_of_the_connection()
    {
        string[] paths = [.. ApiDescription.Read().Paths.Except(leftOut)];
        await System.Threading.Tasks.Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = Parallel }, async (seed, cancellationToken) =>
        {
            (byte[] request, bool isWhole) = new StrangeRequest(new Random(seed), paths).Make();
            using Socket socket = await ApiClient.ConnectAsync(daemon.Socket, cancellationToken);
            string answer = await SendAsync(socket, request);
            Assert.True(answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || (answer.Length == 0 && !isWhole), $"seed {seed}: {Encoding.Latin1.GetString(request)}\n{answer}");
            Assert.False(answer.StartsWith("HTTP/1.1 500", StringComparison.Ordinal), $"seed {seed}: {Encoding.Latin1.GetString(request)}\n{answer}");
        });

        Assert.Equal("", daemon.Docker("ps", "-aq"));
    }

    /// <summary>Null and other types are the client's fault wherever they are, never the daemon's.</summary>
    [Fact]
    public async Task Bodies_with_null_or_a_wrong_type_at_any_place_are_answered()
    {
        daemon.Docker("pull", "-q", image);
        daemon.Docker("run", "-d", "--name", "box", image, "sleep", "1000");
        using ApiClient client = new(daemon.Socket);
        string execution = (await client.ReadAsync("POST", "containers/box/exec", """{"Cmd": ["true"]}""")).GetProperty("Id").GetString()!;
        ApiDescription description = ApiDescription.Read();
        List<string> findings = [];
        foreach ((string path, string type) in description.Bodies.Where(body => body.Path is not ("POST /auth" or "PUT /volumes/{name}")))
        {
            string[] words = path.Split(' ');
            string id = path.Contains("/exec/", StringComparison.Ordinal) ? execution : path.Contains("/networks/", StringComparison.Ordinal) ? "front" : "box";
            string address = words[1][1..].Replace("{id}", id, StringComparison.Ordinal) + (path == "POST /commit" ? "?container=box&pause=0" : "");
            foreach ((string body, bool isWrong) in StrangeBodies.Of(description, type))
            {
                (int status, string answer) = await client.SendAsync(words[0], address, body);
                // docker's description of a commit's body has members of containers, which images do not have.
                if (status >= 500 || (isWrong && status != 400 && path != "POST /commit"))
                {
                    findings.Add($"{path} {body} answered {status} {answer}");
                }
            }
        }

        string own = (await client.ReadAsync("GET", "/hearth/v1/containers/box")).GetProperty("container").GetProperty("description").GetRawText();
        foreach ((string method, string path, string whole) in (IEnumerable<(string, string, string)>)[("POST", "containers", own), .. ownBodies])
        {
            foreach (string body in StrangeBodies.Of(JsonNode.Parse(whole)!))
            {
                (int status, string answer) = await client.SendAsync(method, $"/hearth/v1/{path}", body);
                if (status >= 500)
                {
                    findings.Add($"{method} {path} {body} answered {status} {answer}");
                }
            }
        }

        Assert.True(findings.Count == 0, $"{findings.Count} findings\n{string.Join('\n', findings.Take(60))}");
        daemon.Docker(["rm", "-f", .. daemon.Docker("ps", "-aq").Split('\n')]);
        daemon.Docker("network", "prune", "-f");
        daemon.Docker("volume", "prune", "-f", "--filter", "all=true");
    }

    [Fact]
    public async Task A_thousand_requests_at_once_are_answered_while_others_never_finish()
    {
        List<Socket> unfinished = [];
        for (int i = 0; i < 50; i++)
        {
            Socket socket = await ApiClient.ConnectAsync(daemon.Socket);
            await socket.SendAsync("POST /v1.47/containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"u8[..(i % 2 == 0 ? 30 : 70)].ToArray());
            unfinished.Add(socket);
        }

        using ApiClient client = new(daemon.Socket);
        string[] paths = ["_ping", "version", "containers/json?all=1", "images/json", "networks", "volumes"];
        (int Status, string Body)[] answers = await Task.WhenAll(Enumerable.Range(0, Requests).Select(i => client.SendAsync("GET", paths[i % paths.Length])));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        unfinished.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task Streams_that_are_cut_leave_nothing_and_the_container_goes_on()
    {
        daemon.Docker("pull", "-q", image);
        daemon.Docker("run", "-d", "--name", "box", image, "sh", "-c", "while :; do echo line; sleep 0.01; done");
        string execution;
        using ApiClient client = new(daemon.Socket);
        int before = Descriptors();
        for (int i = 0; i < 10; i++)
        {
            execution = (await client.ReadAsync("POST", "containers/box/exec", """{"AttachStdout": true, "AttachStdin": true, "Cmd": ["sh", "-c", "while :; do echo more || exit; sleep 0.01; done"]}""")).GetProperty("Id").GetString()!;
            await CutAsync($"POST /v1.47/exec/{execution}/start", """{"Detach": false}""");
            await CutAsync("POST /v1.47/containers/box/attach?stream=1&stdout=1&stdin=1");
            await CutAsync("GET /v1.47/containers/box/logs?stdout=1&follow=1");
            await CutAsync("GET /v1.47/containers/box/stats");
            await CutAsync("GET /v1.47/events?since=1");
            await CutAsync("POST /v1.47/containers/box/wait");
        }

        Sandbox.WaitUntil(() => Descriptors() <= before + 20, $"the end of connections: {before} descriptors before", TimeSpan.FromSeconds(60));
        Assert.Equal("running", daemon.Docker("inspect", "-f", "{{.State.Status}}", "box"));
        Assert.Equal("here", daemon.Docker("exec", "box", "echo", "here"));
        daemon.Docker("rm", "-f", "box");
    }

    private int Descriptors() => Directory.GetFiles($"/proc/{daemon.ProcessId}/fd").Length;

    /// <summary>Reads the beginning of an answer, and closes the connection.</summary>
    private async Task CutAsync(string line, string body = "")
    {
        using Socket socket = await ApiClient.ConnectAsync(daemon.Socket);
        await socket.SendAsync(Encoding.ASCII.GetBytes($"{line} HTTP/1.1\r\nHost: x\r\nUpgrade: tcp\r\nConnection: Upgrade\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        Assert.True(await socket.ReceiveAsync(new byte[64]) > 0);
    }

    /// <summary>Sends bytes, ends the input, and reads everything.</summary>
    private static async Task<string> SendAsync(Socket socket, byte[] request)
    {
        using CancellationTokenSource deadline = new(TimeSpan.FromMinutes(1));
        MemoryStream answer = new();
        try
        {
            await socket.SendAsync(request, deadline.Token);
            socket.Shutdown(SocketShutdown.Send);
            byte[] buffer = new byte[16 << 10];
            for (int count; (count = await socket.ReceiveAsync(buffer, deadline.Token)) > 0;)
            {
                answer.Write(buffer, 0, count);
            }
        }
        catch (SocketException)
        {
            // Closed before everything was sent.
        }

        return Encoding.Latin1.GetString(answer.ToArray());
    }
}
