using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Processes;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>What hearthd has besides docker's API: reports of starts, policies, indexes, capacity, draining, the cache.</summary>
public sealed class HearthApiTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private const string Prefix = "/hearth/v1";

    private readonly Sandbox sandbox = new();
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    private string Image => $"{images.Host}/base:one";

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public async Task Every_answer_is_as_the_description_says_and_starts_are_told_from_the_queue_to_the_first_output()
    {
        using Daemon daemon = Start();
        using HttpClient client = daemon.Connect();
        Asking asking = new(client, new OpenApiDescription(await client.GetFromJsonAsync<JsonElement>($"{Prefix}/openapi.json", cancellation)), cancellation);
        string box = daemon.Docker("run", "-d", "--name", "box", "--label", "hearth.priority=3", Image, "sh", "-c", "echo up; sleep 1000");
        Assert.Equal("hello", daemon.Docker("run", "--rm", "--name", "short", Image, "echo", "hello"));

        await AskForStartsAsync(asking, box);
        await AskForPoliciesAsync(asking, daemon);
        await AskForStoresAsync(asking);
        await AskForRecordsAsync(asking, box);
        await AskToDrainAsync(asking, daemon);

        Assert.Empty(asking.Unasked.Except([("get", $"{Prefix}/openapi.json"), ("post", $"{Prefix}/session"), ("delete", $"{Prefix}/session"), ("delete", $"{Prefix}/image-traces")]));
    }

    private static async Task AskForStartsAsync(Asking asking, string box)
    {
        JsonElement starts = await asking.AskAsync("get", "/starts");
        Assert.Equal(["short", "box"], starts.EnumerateArray().Select(start => start.GetProperty("name").GetString()));
        Assert.Equal(["ended", "running"], starts.EnumerateArray().Select(start => start.GetProperty("state").GetString()));
        Assert.Equal(["short"], (await asking.AskAsync("get", "/starts", "?limit=1")).EnumerateArray().Select(start => start.GetProperty("name").GetString()));
        Assert.Equal([box], (await asking.AskAsync("get", "/starts", $"?container={box[..12]}")).EnumerateArray().Select(start => start.GetProperty("id").GetString()));
        JsonElement report = (await asking.AskAsync("get", "/starts/{container}", "", "box")).GetProperty("report");
        Assert.Superset(
            new HashSet<string?> { "serve", "machine", "kernel", "init", "process", "first output" },
            report.GetProperty("phases").EnumerateArray().Select(phase => phase.GetProperty("name").GetString()).ToHashSet());
        Assert.InRange(report.GetProperty("rootfs").GetProperty("bytesRead").GetInt64(), 1, report.GetProperty("rootfs").GetProperty("imageBytes").GetInt64());
        Assert.Equal("cached", report.GetProperty("rootfs").GetProperty("image").GetProperty("way").GetString());
        await asking.AskAsync("get", "/starts/{container}", "", "nobody", status: 404);
        await asking.AskAsync("get", "/starts", "?limit=0", status: 400);
    }

    private async Task AskForPoliciesAsync(Asking asking, Daemon daemon)
    {
        const string Policy = "/containers/{container}/policy";
        Assert.False((await asking.AskAsync("get", Policy, "", "box")).GetProperty("denyEgress").GetBoolean());
        await asking.AskAsync("put", Policy, "", "box", """{"denyEgress":true,"allow":["192.0.2.1:80"]}""", 409);
        daemon.Docker("create", "--name", "still", "--network", "bridge", Image, "true");
        Assert.True((await asking.AskAsync("put", Policy, "", "still", """{"denyEgress":true,"allow":["192.0.2.1:80"]}""")).GetProperty("denyEgress").GetBoolean());
        await asking.AskAsync("put", Policy, "", "still", """{"denyEgress":true,"allow":["not an address!"]}""", 400);
        await asking.AskAsync("get", Policy + "/explain", "?destination=192.0.2.1:80", "box", status: 409);
        daemon.Docker("rm", "still");
    }

    private async Task AskForStoresAsync(Asking asking)
    {
        Assert.NotEmpty((await asking.AskAsync("get", "/image-indexes", $"?image={Image}")).EnumerateArray());
        await asking.AskAsync("get", "/image-indexes", status: 400);
        await asking.AskAsync("get", "/image-traces", $"?image={Image}", status: 404);
        Assert.StartsWith("sha256:", (await asking.AskAsync("post", "/image-indexes/push", $"?image={Image}", status: 201)).GetProperty("digest").GetString(), StringComparison.Ordinal);

        JsonElement capacity = await asking.AskAsync("get", "/capacity");
        Assert.Equal((1, 1), (capacity.GetProperty("containers").GetInt32(), capacity.GetProperty("cpusUsed").GetInt32()));
        Assert.Equal((512L << 20) + capacity.GetProperty("overheadBytes").GetInt64(), capacity.GetProperty("memoryBytesUsed").GetInt64());

        Assert.Contains((await asking.AskAsync("get", "/cache")).GetProperty("entries").EnumerateArray(), entry => entry.GetProperty("source").GetString() == Image);
        await asking.AskAsync("post", "/cache/prune", body: """{"keepBytes":0}""");
        await asking.AskAsync("post", "/cache/prune", body: """{"keepBytes":-1}""", status: 400);
    }

    /// <summary>What clients of other hosts read; they also change it in <see cref="RemoteTests"/>.</summary>
    private async Task AskForRecordsAsync(Asking asking, string box)
    {
        Assert.Contains((await asking.AskAsync("get", "/containers")).EnumerateArray(), entry => entry.GetProperty("container").GetProperty("description").GetProperty("id").GetString() == box);
        JsonElement entry = await asking.AskAsync("get", "/containers/{container}", "", "box");
        Assert.True(entry.GetProperty("isHeld").GetBoolean());
        JsonNode description = JsonNode.Parse(entry.GetProperty("container").GetProperty("description").GetRawText())!;
        description["name"] = "plain";
        await asking.AskAsync("get", "/containers/{container}", "", "nobody", status: 404);
        await asking.AskAsync("post", "/containers", body: "{}", status: 400);
        Assert.NotEqual(box, (await asking.AskAsync("post", "/containers", body: description.ToJsonString(), status: 201)).GetProperty("container").GetProperty("description").GetProperty("id").GetString());
        await asking.AskAsync("post", "/containers/{container}/commit", "", "box", """{"name":"made:1","options":{},"pauses":true}""", 201);
        await asking.AskAsync("get", "/containers/{container}/control", "", "plain", status: 426);

        Assert.Contains((await asking.AskAsync("get", "/images")).EnumerateArray(), image => image.GetProperty("reference").GetString() == $"{Image}");
        Assert.NotEmpty((await asking.AskAsync("get", "/images/detail", $"?image={Image}")).GetProperty("layers").EnumerateArray());
        await asking.AskAsync("delete", "/images", "?image=made:1");
        await asking.AskAsync("delete", "/images", "?image=made:1", status: 404);
        await asking.AskAsync("post", "/images/prune", body: """{"all":true,"manifests":[]}""");

        await asking.AskAsync("post", "/networks", body: """{"name":"front"}""", status: 201);
        Assert.Equal(["front", "nat"], (await asking.AskAsync("get", "/networks")).EnumerateArray().Select(network => network.GetProperty("name").GetString()));
        string id = (await asking.AskAsync("get", "/networks/{network}", "", "front")).GetProperty("network").GetProperty("id").GetString()!;
        Assert.Single((await asking.AskAsync("post", "/networks/prune", body: $$"""{"ids":["{{id}}"]}""")).EnumerateArray());

        await asking.AskAsync("post", "/volumes", body: """{"name":"data","labels":{},"isAnonymous":false}""", status: 201);
        Assert.False((await asking.AskAsync("get", "/volumes/{volume}", "", "data")).GetProperty("inUse").GetBoolean());
        Assert.Single((await asking.AskAsync("get", "/volumes")).EnumerateArray());
        Assert.Single((await asking.AskAsync("post", "/volumes/prune", "?all=1")).EnumerateArray());
        Assert.NotEmpty((await asking.AskAsync("get", "/disk-uses")).EnumerateArray());
        Assert.Equal(sandbox.StateDirectory, (await asking.AskAsync("get", "/system")).GetProperty("stateDirectory").GetString());
    }

    private async Task AskToDrainAsync(Asking asking, Daemon daemon)
    {
        Assert.Equal("live", (await asking.AskAsync("get", "/live")).GetProperty("status").GetString());
        Assert.Equal("ready", (await asking.AskAsync("get", "/ready")).GetProperty("status").GetString());
        Assert.Equal("draining", (await asking.AskAsync("post", "/drain", body: """{"graceSeconds":600}""", status: 202)).GetProperty("state").GetString());
        await asking.AskAsync("get", "/ready", status: 503);
        Assert.Contains("this worker is draining", daemon.RunDocker("", "run", Image, "true").ErrorText, StringComparison.Ordinal);
        daemon.Docker("rm", "-f", "box", "plain");
        Assert.Equal("drained", (await asking.AskAsync("get", "/drain")).GetProperty("state").GetString());
        Assert.Equal("open", (await asking.AskAsync("delete", "/drain")).GetProperty("state").GetString());
        await asking.AskAsync("post", "/drain", body: """{"graceSeconds":-1}""", status: 400);
        await asking.AskAsync("post", "/drain", body: "no JSON", status: 400);
        Assert.Equal("hello", daemon.Docker("run", "--rm", Image, "echo", "hello"));
    }

    [Fact]
    public async Task A_daemon_that_drains_ends_when_its_containers_have_ended_and_one_that_does_not_leaves_them_to_the_next()
    {
        using Daemon daemon = Start("--drain-grace", "1h");
        string box = daemon.Docker("run", "-d", "--name", "box", Image, "sh", "-c", "trap 'exit 7' TERM; echo ready; sleep 1000 & wait");
        Sandbox.WaitUntil(() => daemon.Docker("logs", "box") == "ready", "the container is ready");
        using Command follower = daemon.StartDocker("wait", "box");
        using Command events = daemon.StartDocker("events");
        Signals.Send(daemon.ProcessId, SignalNumber.Terminate);
        using HttpClient client = daemon.Connect();
        Sandbox.WaitUntil(
            () =>
            {
                using HttpRequestMessage ready = new(HttpMethod.Get, $"{Prefix}/ready");
                using HttpResponseMessage answer = client.Send(ready, cancellation);
                return answer.StatusCode == HttpStatusCode.ServiceUnavailable;
            },
            "the daemon drains");
        daemon.Docker("stop", "box");
        Assert.Equal("7\n", follower.Wait().OutputText);
        long drained = TimeProvider.System.GetTimestamp();
        daemon.AwaitEndAndStart();
        // The server waits so long for requests that are under way; one that follows events is none.
        Assert.True(TimeProvider.System.GetElapsedTime(drained) < TimeSpan.FromSeconds(4), "hearthd waits for a client that follows events");
        events.Wait();

        daemon.Docker("start", box);
        daemon.Restart();
        Assert.Equal("running", daemon.Docker("inspect", "-f", "{{.State.Status}}", "box"));
        using HttpClient next = daemon.Connect();
        Assert.Equal(1, (await next.GetFromJsonAsync<JsonElement>($"{Prefix}/capacity", cancellation)).GetProperty("containers").GetInt32());
        daemon.Docker("rm", "-f", "box");
    }

    [Fact]
    public async Task The_network_needs_the_token_and_a_page_gets_a_session_for_it()
    {
        string token = sandbox.PathOf("token");
        await File.WriteAllTextAsync(token, "0123456789abcdef\n", cancellation);
        using Daemon daemon = Start("--listen", "http://127.0.0.1:0", "--token-file", token);
        using HttpClient client = new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = new Uri(daemon.FindAddress("http://127.0.0.1:")) };

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, $"{Prefix}/ready"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(HttpMethod.Get, "/containers/json"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(HttpMethod.Get, "/v1.47/containers/json", "Bearer 0123456789abcdeX"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(HttpMethod.Get, "/v1.47/containers/json", "Basic 0123456789abcdef"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(HttpMethod.Post, $"{Prefix}/session"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(HttpMethod.Post, $"{Prefix}/ready"));
        using HttpResponseMessage problem = await client.GetAsync(new Uri($"{Prefix}/capacity", UriKind.Relative), cancellation);
        Assert.Equal("application/problem+json", problem.Content.Headers.ContentType!.MediaType);
        Assert.Equal(401, (await problem.Content.ReadFromJsonAsync<JsonElement>(cancellation)).GetProperty("status").GetInt32());
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, "/v1.47/containers/json", "Bearer 0123456789abcdef"));
        using HttpRequestMessage login = new(HttpMethod.Post, $"{Prefix}/session") { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", "0123456789abcdef") } };
        using HttpResponseMessage begun = await client.SendAsync(login, cancellation);
        Assert.False(begun.Headers.Contains("Set-Cookie"));
        JsonElement answer = await begun.Content.ReadFromJsonAsync<JsonElement>(cancellation);
        string session = answer.GetProperty("session").GetString()!;
        Assert.DoesNotContain("0123456789abcdef", session, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(HttpMethod.Get, "/v1.47/containers/json", $"Bearer {session}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(HttpMethod.Get, "/v1.47/containers/json", cookie: $"hearth-session={session}"));
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync(HttpMethod.Post, $"{Prefix}/session", $"Bearer {session}"));
        Assert.Equal(HttpStatusCode.NoContent, await StatusAsync(HttpMethod.Delete, $"{Prefix}/session", $"Bearer {session}"));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(HttpMethod.Get, "/v1.47/containers/json", $"Bearer {session}"));

        async Task<HttpStatusCode> StatusAsync(HttpMethod method, string path, string? authorization = null, string? cookie = null)
        {
            using HttpRequestMessage request = new(method, path);
            if (authorization is not null)
            {
                request.Headers.TryAddWithoutValidation("Authorization", authorization);
            }

            if (cookie is not null)
            {
                request.Headers.TryAddWithoutValidation("Cookie", cookie);
            }

            using HttpResponseMessage response = await client.SendAsync(request, cancellation);
            return response.StatusCode;
        }
    }

    [Fact]
    public void Dockers_client_uses_tls_with_a_certificate_that_the_daemon_trusts()
    {
        string trusted = sandbox.PathOf("trusted"), foreign = sandbox.PathOf("foreign");
        TestCertificates.Make(trusted);
        TestCertificates.Make(foreign);
        using Daemon daemon = Start(
            "--listen", "https://127.0.0.1:0", "--tls-cert", $"{trusted}/server-cert.pem", "--tls-key", $"{trusted}/server-key.pem", "--tls-client-ca", $"{trusted}/ca.pem");
        string address = daemon.FindAddress("https://127.0.0.1:").Replace("https", "tcp", StringComparison.Ordinal).TrimEnd('/');
        string[] ca = ["--tlsverify", "--tlscacert", $"{trusted}/ca.pem"];

        Assert.Equal("hello", daemon.Docker(["-H", address, .. ca, "--tlscert", $"{trusted}/cert.pem", "--tlskey", $"{trusted}/key.pem", "run", "--rm", "-i", Image, "echo", "hello"]));
        CommandResult refused = daemon.RunDocker("", ["-H", address, .. ca, "--tlscert", $"{foreign}/cert.pem", "--tlskey", $"{foreign}/key.pem", "ps"]);
        Assert.NotEqual(0, refused.ExitCode);
        Assert.DoesNotContain("CONTAINER ID", refused.OutputText, StringComparison.Ordinal);
        Assert.NotEqual(0, daemon.RunDocker("", ["-H", address, .. ca, "ps"]).ExitCode);
    }

    [Fact]
    public async Task A_request_with_a_key_creates_one_container_however_often_it_comes()
    {
        using Daemon daemon = Start();
        using HttpClient client = daemon.Connect();

        JsonElement[] answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => CreateAsync("true", "order-1", HttpStatusCode.Created)));
        Assert.Single(answers.Select(answer => answer.GetProperty("Id").GetString()).Distinct());
        daemon.Restart();
        Assert.Equal(answers[0].GetProperty("Id").GetString(), (await CreateAsync("true", "order-1", HttpStatusCode.Created)).GetProperty("Id").GetString());
        Assert.Contains("'order-1' was used for another container", (await CreateAsync("false", "order-1", HttpStatusCode.UnprocessableEntity)).GetProperty("message").GetString(), StringComparison.Ordinal);
        await CreateAsync("true", "", HttpStatusCode.BadRequest);
        Assert.NotEqual(answers[0].GetProperty("Id").GetString(), (await CreateAsync("true", "order-2", HttpStatusCode.Created)).GetProperty("Id").GetString());
        await client.PostAsync(new Uri($"{Prefix}/drain", UriKind.Relative), content: null, cancellation);
        Assert.Equal(answers[0].GetProperty("Id").GetString(), (await CreateAsync("true", "order-1", HttpStatusCode.Created)).GetProperty("Id").GetString());
        await CreateAsync("true", "order-3", HttpStatusCode.ServiceUnavailable);
        string[] created = daemon.Docker("ps", "-aq").Split('\n');
        Assert.Equal(2, created.Length);
        daemon.Docker(["rm", .. created]);
        Assert.Equal(answers[0].GetProperty("Id").GetString(), (await CreateAsync("true", "order-1", HttpStatusCode.Created)).GetProperty("Id").GetString());
        Assert.Equal("", daemon.Docker("ps", "-aq"));

        async Task<JsonElement> CreateAsync(string command, string key, HttpStatusCode status)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/v1.47/containers/create") { Content = JsonContent.Create(new { Image, Cmd = new[] { command } }) };
            request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
            using HttpResponseMessage response = await client.SendAsync(request, cancellation);
            Assert.Equal(status, response.StatusCode);
            return await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
        }
    }

    [Fact]
    public void An_address_that_cannot_be_used_is_named()
    {
        using Command daemon = sandbox.StartProgram(Programs.Daemon, "--socket", sandbox.PathOf("sock"), "--listen", "http://192.0.2.7:80");
        CommandResult refused = daemon.Wait();

        Assert.Equal(1, refused.ExitCode);
        Assert.StartsWith("hearthd: cannot listen for --listen: ", refused.ErrorText, StringComparison.Ordinal);
        Assert.False(File.Exists(sandbox.PathOf("sock")));
    }

    private Daemon Start(params string[] flags)
    {
        sandbox.Hearth("pull", "-q", Image);
        return new Daemon(sandbox, flags);
    }

    /// <summary>Asks the daemon, and compares its answers with the description.</summary>
    private sealed class Asking(HttpClient client, OpenApiDescription description, CancellationToken cancellation)
    {
        private readonly HashSet<(string, string)> asked = [];

        public IEnumerable<(string Method, string Path)> Unasked => description.JsonOperations.Except(asked);

        public async Task<JsonElement> AskAsync(string method, string path, string query = "", string container = "", string? body = null, int status = 200)
        {
            string address = Regex.Replace(path, @"\{\w+\}", container);
            using HttpRequestMessage request = new(new HttpMethod(method), $"{Prefix}{address}{query}") { Content = body is null ? null : new StringContent(body, MediaTypeHeaderValue.Parse("application/json")) };
            using HttpResponseMessage response = await client.SendAsync(request, cancellation);
            JsonElement answer = await response.Content.ReadFromJsonAsync<JsonElement>(cancellation);
            Assert.True((int)response.StatusCode == status, $"{method} {address}: {(int)response.StatusCode} {answer}");
            description.AssertDescribes(method, Prefix + path, status, answer);
            asked.Add((method, Prefix + path));
            return answer;
        }
    }
}
