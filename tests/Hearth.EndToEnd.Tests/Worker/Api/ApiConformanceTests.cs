using System.Text.Json;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker.Api;

/// <summary>Real answers compared with docker's description of its API 1.47: every member is docker's, has docker's type, and none that must be there is missing.</summary>
public sealed class ApiConformanceTests : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly ApiDescription description = ApiDescription.Read();
    private readonly Sandbox sandbox = new();
    private readonly Daemon daemon;
    private readonly ApiClient client;
    private readonly string image;
    private readonly List<string> findings = [];

    public ApiConformanceTests(ImageRegistry images)
    {
        daemon = new Daemon(sandbox);
        client = new ApiClient(daemon.Socket);
        image = $"{images.Host}/app:one";
    }

    public void Dispose()
    {
        client.Dispose();
        daemon.Dispose();
        sandbox.Dispose();
    }

    [Fact]
    public async Task Answers_about_containers_have_dockers_members()
    {
        daemon.Docker("pull", "-q", image);
        await CheckAsync(201, "POST", "/containers/create", "?name=box", body: $$$"""
            {"Image": "{{{image}}}", "Entrypoint": ["sleep"], "Cmd": ["1000"], "Labels": {"a": "b"}, "Healthcheck": {"Test": ["CMD", "true"], "Interval": 200000000},
             "HostConfig": {"Binds": ["vol:/vol"], "Memory": 268435456, "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 2}, "LogConfig": {"Type": "json-file"}, "Ulimits": [{"Name": "nofile", "Soft": 10, "Hard": 20}]}}
            """);
        await CheckAsync(200, "GET", "/containers/{id}/json", "?size=1");
        await CheckAsync(204, "POST", "/containers/{id}/start");
        Sandbox.WaitUntil(() => daemon.Docker("inspect", "-f", "{{.State.Health.Status}}", "box") == "healthy", "a check of its health");

        await CheckAsync(200, "GET", "/containers/{id}/json");
        await CheckAsync(200, "GET", "/containers/json", "?all=1&size=1");
        await CheckAsync(200, "GET", "/containers/{id}/top");
        await CheckAsync(200, "GET", "/containers/{id}/stats", "?stream=0&one-shot=1");
        await CheckAsync(200, "GET", "/containers/{id}/changes");
        await CheckAsync(200, "POST", "/containers/{id}/update", body: """{"PidsLimit": 100}""");
        string execution = (await CheckAsync(201, "POST", "/containers/{id}/exec", body: """{"Cmd": ["true"], "AttachStdout": true}""")).GetProperty("Id").GetString()!;
        await CheckAsync(200, "GET", "/exec/{id}/json", id: execution);
        Task<JsonElement> waiting = CheckAsync(200, "POST", "/containers/{id}/wait");
        await CheckAsync(204, "POST", "/containers/{id}/kill");
        Assert.Equal(137, (await waiting).GetProperty("StatusCode").GetInt32());
        await CheckAsync(201, "POST", "/commit", "?container=box&repo=made", body: "{}");
        await CheckAsync(200, "GET", "/system/df");
        await CheckAsync(200, "POST", "/containers/prune");
        Assert.Equal([], findings);
    }

    [Fact]
    public async Task Answers_about_images_volumes_networks_and_the_daemon_have_dockers_members()
    {
        daemon.Docker("pull", "-q", image);
        await CheckAsync(200, "GET", "/images/json", "?shared-size=1&digests=1");
        await CheckAsync(200, "GET", "/images/{name}/json", id: image);
        await CheckAsync(200, "GET", "/images/{name}/history", id: image);
        await CheckAsync(201, "POST", "/images/{name}/tag", "?repo=other", id: image);
        await CheckAsync(200, "DELETE", "/images/{name}", id: "other:latest");
        await CheckAsync(200, "POST", "/images/prune");
        await CheckAsync(201, "POST", "/volumes/create", body: """{"Name": "vol", "Labels": {"a": "b"}}""");
        await CheckAsync(200, "GET", "/volumes");
        await CheckAsync(200, "GET", "/volumes/{name}", id: "vol");
        await CheckAsync(204, "DELETE", "/volumes/{name}", id: "vol");
        await CheckAsync(200, "POST", "/volumes/prune");
        string network = (await CheckAsync(201, "POST", "/networks/create", body: """{"Name": "front", "IPAM": {"Config": [{"Subnet": "10.99.1.0/24"}]}}""")).GetProperty("Id").GetString()!;
        await CheckAsync(200, "GET", "/networks");
        await CheckAsync(200, "GET", "/networks/{id}", id: network);
        await CheckAsync(204, "DELETE", "/networks/{id}", id: network);
        await CheckAsync(200, "POST", "/networks/prune");
        await CheckAsync(200, "GET", "/info");
        await CheckAsync(200, "GET", "/version");
        await CheckAsync(200, "GET", "/_ping");
        await CheckAsync(200, "GET", "/events", $"?since=1&until={TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()}");
        await CheckAsync(200, "POST", "/auth", body: $$"""{"username": "u", "password": "p", "serveraddress": "{{image.Split('/')[0]}}"}""");
        Assert.Equal([], findings);
    }

    /// <summary>Nothing of docker's is answered as an unknown page: it works, or says why not.</summary>
    [Fact]
    public async Task Every_path_of_dockers_is_known()
    {
        List<string> unknown = [];
        foreach (string path in description.Paths.Where(path => path != "GET /events"))
        {
            (string method, string rest) = path.Split(' ') is [var first, var second] ? (first, second) : throw new InvalidOperationException(path);
            (_, string body) = await client.SendAsync(method, rest[1..].Replace("{id}", "missing", StringComparison.Ordinal).Replace("{name}", "missing", StringComparison.Ordinal), method is "POST" or "PUT" ? "{}" : null);
            if (body.Contains("page not found", StringComparison.Ordinal))
            {
                unknown.Add(path);
            }
        }

        Assert.Equal([], unknown);
        Assert.Equal(501, (await client.SendAsync("PUT", "volumes/any?version=1", "{}")).Status);
    }

    /// <summary>A field that is neither honoured nor without consequence is refused or warned about, by its name.</summary>
    [Fact]
    public async Task No_field_of_a_body_is_ignored_in_silence()
    {
        daemon.Docker("pull", "-q", image);
        daemon.Docker("network", "create", "front");
        daemon.Docker("create", "--name", "box", image, "true");
        foreach ((string path, string type) in description.Bodies.Where(body => body.Path != "PUT /volumes/{name}"))
        {
            foreach ((string field, string body) in HonouredFields.Others(description, type, image))
            {
                string[] words = path.Split(' ');
                (int status, string answer) = await client.SendAsync(words[0], words[1][1..].Replace("{id}", path.Contains("/networks/", StringComparison.Ordinal) ? "front" : "box", StringComparison.Ordinal), body);
                if (status is not (200 or 201 or 400) || !answer.Contains(field, StringComparison.OrdinalIgnoreCase))
                {
                    findings.Add($"{path} {body}: {status} {answer}");
                }
            }
        }

        Assert.True(findings.Count == 0, string.Join('\n', findings));
        daemon.Docker(["rm", .. daemon.Docker("ps", "-aq").Split('\n')]);
        daemon.Docker("network", "prune", "-f");
    }

    private async Task<JsonElement> CheckAsync(int status, string method, string path, string query = "", string? body = null, string id = "box")
    {
        (int answered, string text) = await client.SendAsync(method, path[1..].Replace("{id}", id, StringComparison.Ordinal).Replace("{name}", id, StringComparison.Ordinal) + query, body);
        Assert.True(status == answered, $"{method} {path} answered {answered}: {text}");
        string type = description.TypeOf($"{method} {path}", status);
        if (type == "-" || text.Length == 0)
        {
            return default;
        }

        JsonElement last = default;
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            last = JsonDocument.Parse(line).RootElement;
            findings.AddRange(description.Check(last, type, path));
        }

        return last;
    }
}
