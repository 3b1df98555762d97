using System.Formats.Tar;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker.Api;

/// <summary>The parameters of docker's queries: each has an effect, or is refused, or docs/docker-api.md says that it has none.</summary>
public sealed class QueryParameterTests : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly Daemon daemon;
    private readonly ApiClient client;
    private readonly string image;

    public QueryParameterTests(ImageRegistry images)
    {
        daemon = new Daemon(sandbox);
        client = new ApiClient(daemon.Socket);
        image = $"{images.Host}/base:one";
        daemon.Docker("pull", "-q", image);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        client.Dispose();
        daemon.Dispose();
        sandbox.Dispose();
    }

    [Fact]
    public void Every_parameter_of_dockers_is_known_here_once()
    {
        (string, string)[] known =
        [
            .. QueryProbes.All.Select(probe => (probe.Path, probe.Name)), .. QueryProbes.Shown.SelectMany(shown => shown.Names.Split(' ').Select(name => (shown.Path, name))),
            .. QueryProbes.WithoutEffect.SelectMany(row => row.Names.Split(' ').Select(name => (row.Path, name))),
        ];

        Assert.Equal(ApiDescription.Read().Parameters.Order(), known.Order());
        Assert.All(QueryProbes.Shown, shown => Assert.Contains(shown.Class.GetMethod(shown.Test)!.GetCustomAttributes<FactAttribute>(), test => !test.Explicit));
        string[] rows = [.. File.ReadLines(Path.Combine(Programs.Repository, "docs/docker-api.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal))];
        Assert.All(QueryProbes.WithoutEffect.SelectMany(row => row.Names.Split(' ')), name => Assert.Contains(rows, row => row.Contains($"`{name}`", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Each_changes_the_answer_or_is_refused()
    {
        daemon.Docker("run", "-d", "--name", "box", image, "sh", "-c", "echo said; echo wrong >&2; sleep 1000");
        Assert.Equal(0, daemon.RunDocker("", "run", "--name", "ended", image, "sh", "-c", "echo last words; echo last cry >&2").ExitCode);
        daemon.Docker("create", "--name", "still", image, "true");
        daemon.Docker("tag", image, "named:1");
        Sandbox.WaitUntil(() => daemon.RunDocker("", "logs", "box").ErrorText.Length > 0, "the output of both kinds");
        string execution = (await client.ReadAsync("POST", "containers/box/exec", """{"Cmd": ["true"]}""")).GetProperty("Id").GetString()!;
        List<string> findings = [];
        foreach (QueryProbe probe in QueryProbes.All)
        {
            string id = probe.Id == "exec" ? execution : probe.Id;
            string rest = string.Join('&', probe.Query.Split('&').Where(part => !part.StartsWith($"{probe.Name}=", StringComparison.Ordinal)));
            (int status, string answer) = await AskAsync(probe, id, probe.Query);
            (int otherStatus, string otherAnswer) = await AskAsync(probe, id, rest);
            (bool isSaid, bool isOtherwise) = probe.Words.StartsWith('!')
                ? (!answer.Contains(probe.Words[1..], StringComparison.Ordinal), !otherAnswer.Contains(probe.Words[1..], StringComparison.Ordinal))
                : (answer.Contains(probe.Words, StringComparison.Ordinal), otherAnswer.Contains(probe.Words, StringComparison.Ordinal));
            if (otherAnswer.Contains("a fault of Hearth", StringComparison.Ordinal) || status != probe.Status || !isSaid || (otherStatus == status && isOtherwise))
            {
                findings.Add($"{probe.Path} {probe.Query}: {status} {answer}\n  without {probe.Name}: {otherStatus} {otherAnswer}");
            }
        }

        Assert.True(findings.Count == 0, string.Join('\n', findings));
        daemon.Docker(["rm", "-f", .. daemon.Docker("ps", "-aq").Split('\n')]);
    }

    [Fact]
    public async Task An_archive_replaces_and_belongs_as_the_query_says()
    {
        daemon.Docker("run", "-d", "--name", "box", "--user", "app", "--tmpfs", "/room:mode=777", image, "sleep", "1000");
        daemon.Docker("exec", "box", "sh", "-c", "busybox mkdir /room/one; echo kept >/room/one/file; echo a file >/room/two");
        byte[] archive = Archive(("one", null), ("two/", null), ("two/inside", "new"));

        (int refused, string sentence) = await PutAsync("path=/room&noOverwriteDirNonDir=1", archive);
        Assert.Equal((400, true), (refused, sentence.Contains("cannot overwrite a directory with a non-directory", StringComparison.Ordinal)));
        Assert.Equal("kept", daemon.Docker("exec", "box", "cat", "/room/one/file"));
        Assert.Equal((200, ""), await PutAsync("path=/room", archive));
        Assert.Equal("new", daemon.Docker("exec", "box", "cat", "/room/two/inside"));
        Assert.Equal("7:8", daemon.Docker("exec", "box", "busybox", "stat", "-c", "%u:%g", "/room/two/inside"));
        Assert.Equal("regular empty file", daemon.Docker("exec", "box", "busybox", "stat", "-c", "%F", "/room/one"));

        Assert.Equal((200, ""), await PutAsync("path=/room&copyUIDGID=true", archive));
        Assert.Equal("1000:1000", daemon.Docker("exec", "box", "busybox", "stat", "-c", "%u:%g", "/room/two/inside"));
        File.WriteAllText(sandbox.PathOf("mine"), "mine");
        daemon.Docker("cp", "-a", sandbox.PathOf("mine"), "box:/room/mine");
        Assert.Equal("1000:1000", daemon.Docker("exec", "box", "busybox", "stat", "-c", "%u:%g", "/room/mine"));
        daemon.Docker("rm", "-f", "box");
    }

    [Fact]
    public async Task An_import_has_its_name_comment_and_changes_and_an_image_with_names_goes_by_force()
    {
        (int status, string progress) = await SendAsync("POST", "images/create?fromSrc=-&repo=made&tag=1&message=of+a+test&changes=CMD+echo+hi&changes=USER+app", Archive(("file", "text")), "application/x-tar", Cancellation);
        Assert.True(status == 200 && progress.Contains("sha256:", StringComparison.Ordinal), progress);
        JsonElement made = await client.ReadAsync("GET", "images/made:1/json");
        Assert.Equal(("of a test", "app"), (made.GetProperty("Comment").GetString(), made.GetProperty("Config").GetProperty("User").GetString()));

        daemon.Docker("tag", "made:1", "other:1");
        string id = made.GetProperty("Id").GetString()!;
        (int refused, string sentence) = await client.SendAsync("DELETE", $"images/{id}");
        Assert.True(refused is 409 or 500, sentence);
        Assert.Contains("it has 2 names", sentence, StringComparison.Ordinal);
        Assert.Equal(200, (await client.SendAsync("DELETE", $"images/{id}?force=1&noprune=1")).Status);
        Assert.Equal(404, (await client.SendAsync("GET", $"images/{id}/json")).Status);
    }

    /// <summary>They matter to terminals alone.</summary>
    [Fact]
    public async Task Keys_that_detach_are_read()
    {
        daemon.Docker("run", "-dit", "--name", "box", image, "sh", "-c", "echo said; sleep 1000");
        Sandbox.WaitUntil(() => daemon.Docker("logs", "box").Contains("said", StringComparison.Ordinal), "the output");
        Assert.Equal(400, (await client.SendAsync("POST", "containers/box/attach?stream=1&stdout=1&detachKeys=ctrl-%3F%3F")).Status);
        using (Socket socket = await ApiClient.ConnectAsync(daemon.Socket, Cancellation))
        {
            await socket.SendAsync("POST /v1.47/containers/box/attach?stream=1&stdin=1&stdout=1&detachKeys=x HTTP/1.1\r\nHost: x\r\nUpgrade: tcp\r\nConnection: Upgrade\r\n\r\n"u8.ToArray());
            byte[] buffer = new byte[4096];
            Assert.True(await socket.ReceiveAsync(buffer, Cancellation) > 0);
            await socket.SendAsync("x"u8.ToArray());
            while (await socket.ReceiveAsync(buffer, Cancellation) > 0)
            {
                // The end follows, since the client has detached.
            }
        }

        Assert.Equal("running", daemon.Docker("inspect", "-f", "{{.State.Status}}", "box"));
        using SocketsHttpHandler handler = new() { ConnectCallback = async (_, token) => new NetworkStream(await ApiClient.ConnectAsync(daemon.Socket, token), ownsSocket: true) };
        using HttpMessageInvoker invoker = new(handler);
        using (ClientWebSocket refused = new())
        {
            await Assert.ThrowsAsync<WebSocketException>(() => refused.ConnectAsync(new Uri("ws://docker/v1.47/containers/box/attach/ws?stream=1&detachKeys=ctrl-%3F%3F"), invoker, Cancellation));
        }

        using ClientWebSocket logs = new();
        await logs.ConnectAsync(new Uri("ws://docker/v1.47/containers/box/attach/ws?logs=1&stdout=1"), invoker, Cancellation);
        byte[] message = new byte[4096];
        WebSocketReceiveResult received = await logs.ReceiveAsync(message, Cancellation);
        Assert.StartsWith("said", Encoding.UTF8.GetString(message, 0, received.Count), StringComparison.Ordinal);
        daemon.Docker("rm", "-f", "box");
    }

    /// <returns>The status 0 if the answer lasts.</returns>
    private async Task<(int Status, string Answer)> AskAsync(QueryProbe probe, string id, string query)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(probe.Path == "GET /events" ? 3 : 60));
        try
        {
            return await AskAsync(probe, id, query, patience.Token);
        }
        catch (OperationCanceledException) when (!Cancellation.IsCancellationRequested)
        {
            return (0, "");
        }
    }

    private Task<(int Status, string Answer)> AskAsync(QueryProbe probe, string id, string query, CancellationToken cancellationToken)
    {
        string[] words = probe.Path.Split(' ');
        string path = words[1][1..].Replace("{id}", id, StringComparison.Ordinal).Replace("{name}", id, StringComparison.Ordinal);
        string? body = probe.Path == "POST /containers/create" ? $$"""{"Image": "{{image}}", "Cmd": ["true"]}""" : words[0] is "POST" ? "{}" : null;
        byte[]? bytes = words[0] == "PUT" ? Archive() : body is null ? null : Encoding.UTF8.GetBytes(body);
        return SendAsync(words[0], $"{path}?{query}", bytes, words[0] == "PUT" ? "application/x-tar" : "application/json", cancellationToken);
    }

    private Task<(int Status, string Answer)> PutAsync(string query, byte[] archive) => SendAsync("PUT", $"containers/box/archive?{query}", archive, "application/x-tar", Cancellation);

    private async Task<(int Status, string Answer)> SendAsync(string method, string path, byte[]? body, string mediaType, CancellationToken cancellationToken)
    {
        using HttpClient plain = daemon.Connect();
        using HttpRequestMessage request = new(new HttpMethod(method), $"/v1.47/{path}") { Content = body is null ? null : new ByteArrayContent(body) };
        if (request.Content is { } content)
        {
            content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        }

        using HttpResponseMessage answer = await plain.SendAsync(request, cancellationToken);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>An archive of files and directories, which end with a slash, of the user 7 and the group 8.</summary>
    private static byte[] Archive(params (string Name, string? Text)[] entries)
    {
        using MemoryStream bytes = new();
        using (TarWriter writer = new(bytes, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach ((string name, string? text) in entries)
            {
                PaxTarEntry entry = new(name.EndsWith('/') ? TarEntryType.Directory : TarEntryType.RegularFile, name)
                {
                    Uid = 7, Gid = 8, Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute,
                };
                if (entry.EntryType == TarEntryType.RegularFile)
                {
                    entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(text ?? ""));
                }

                writer.WriteEntry(entry);
            }
        }

        return bytes.ToArray();
    }
}
