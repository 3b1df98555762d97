using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;
using Hearth.EndToEnd.Tests.Worker.Api;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>Starts for which there is no room, sockets that others have, requests that are too large, too slow or go astray.</summary>
public sealed class BadInputTests(ImageRegistry images) : IClassFixture<ImageRegistry>, IDisposable
{
    private const string Prefix = "hearth/v1";

    private readonly Sandbox sandbox = new();

    private string Image => $"{images.Host}/base:one";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public async Task A_start_whose_turn_does_not_come_in_time_may_be_tried_again_and_one_that_never_fits_may_not()
    {
        using Daemon daemon = Start("--capacity-memory", "700m", "--queue-deadline", "1s");
        using HttpClient client = daemon.Connect();
        daemon.Docker("run", "-d", "--name", "first", Image, "sleep", "1000");
        daemon.Docker("create", "--name", "second", Image, "sleep", "1000");
        daemon.Docker("create", "--name", "huge", "--memory", "1g", Image, "true");

        using (HttpResponseMessage late = await client.PostAsync(new Uri("containers/second/start", UriKind.Relative), content: null, Cancellation))
        {
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "1"), (late.StatusCode, late.Headers.GetValues("Retry-After").Single()));
            Assert.Contains("its turn did not come within 1 s; 0 of ", await late.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        using (HttpResponseMessage never = await client.PostAsync(new Uri("containers/huge/start", UriKind.Relative), content: null, Cancellation))
        {
            Assert.Equal((HttpStatusCode.Conflict, false), (never.StatusCode, never.Headers.Contains("Retry-After")));
            Assert.Contains("it needs 1.1 GiB of memory with 96.0 MiB of overhead, and this worker has 700.0 MiB", await never.Content.ReadAsStringAsync(Cancellation), StringComparison.Ordinal);
        }

        Assert.Contains("hearth_starts_total{result=\"refused\"} 2", await client.GetStringAsync(new Uri("metrics", UriKind.Relative), Cancellation), StringComparison.Ordinal);
        daemon.Docker("rm", "-f", "first");
        daemon.Docker("start", "second");
        Assert.Equal("running", daemon.Docker("inspect", "-f", "{{.State.Status}}", "second"));
        daemon.Docker("rm", "-f", "second", "huge");
    }

    [Fact]
    public async Task No_more_boot_at_once_than_was_said_and_all_get_their_turn()
    {
        using Daemon daemon = Start("--boots", "1");
        using HttpClient client = daemon.Connect();
        string[] names = ["one", "two", "three"];
        Array.ForEach(names, name => daemon.Docker("create", "--name", name, Image, "sleep", "1000"));

        Task<HttpResponseMessage>[] starts = [.. names.Select(name => client.PostAsync(new Uri($"containers/{name}/start", UriKind.Relative), content: null, Cancellation))];
        int mostQueued = 0;
        while (!starts.All(start => start.IsCompleted))
        {
            JsonElement capacity = JsonDocument.Parse(await client.GetStringAsync(new Uri($"{Prefix}/capacity", UriKind.Relative), Cancellation)).RootElement;
            Assert.InRange(capacity.GetProperty("booting").GetInt32(), 0, 1);
            mostQueued = Math.Max(mostQueued, capacity.GetProperty("queued").GetInt32());
        }

        Assert.Equal(2, mostQueued);
        Assert.All(starts, start => Assert.Equal(HttpStatusCode.NoContent, start.Result.StatusCode));
        daemon.Docker(["rm", "-f", .. names]);
    }

    [Fact]
    public void A_socket_that_another_daemon_has_is_refused_and_one_that_was_left_is_taken_and_a_file_is_kept()
    {
        using Daemon daemon = Start();
        using (Command second = sandbox.StartProgram(Programs.Daemon, "--socket", daemon.Socket))
        {
            CommandResult refused = second.Wait();
            Assert.Equal((1, $"hearthd: cannot listen on '{daemon.Socket}': another program does; choose another --socket, or end that program\n"), (refused.ExitCode, refused.ErrorText));
        }

        Assert.Equal("", daemon.Docker("ps", "-q"));
        daemon.Kill();
        Assert.True(File.Exists(daemon.Socket));
        daemon.StartAgain();
        Assert.Equal("", daemon.Docker("ps", "-q"));

        string file = sandbox.PathOf("letter");
        File.WriteAllText(file, "dear");
        using Command third = sandbox.StartProgram(Programs.Daemon, "--socket", file);
        CommandResult kept = third.Wait();
        Assert.Equal((1, "dear"), (kept.ExitCode, File.ReadAllText(file)));
        Assert.Contains("there is a file of this name that is no socket", kept.ErrorText, StringComparison.Ordinal);
        Assert.False(File.Exists(file + ".lock"));
    }

    [Fact]
    public void Only_root_and_the_group_may_connect()
    {
        using Daemon daemon = Start("--group", "54321");
        Command.Tool("chmod", "755", sandbox.Root);
        Assert.Equal("54321 660", Command.Tool("stat", "-c", "%g %a", daemon.Socket).Trim());

        Assert.Equal("200", Ask("65534", "54321"));
        Assert.Equal("000", Ask("65534", "54322"));

        string Ask(string user, string group)
        {
            using Command curl = Command.Start("setpriv", ["--reuid", user, "--regid", group, "--clear-groups", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", daemon.Socket, "http://x/_ping"]);
            return curl.Wait().OutputText;
        }
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_and_a_slow_one_hinders_nobody()
    {
        using Daemon daemon = Start();
        using ApiClient client = new(daemon.Socket);
        (int status, string sentence) = await client.SendAsync("POST", "containers/create", $$"""{"Image": "{{new string('x', 5 << 20)}}"}""");
        Assert.Equal((413, true), (status, sentence.Contains("larger than 4 MiB", StringComparison.Ordinal)));

        byte[] body = Encoding.ASCII.GetBytes($$"""{"Image": "{{Image}}", "Cmd": ["true"]}""");
        using Socket slow = await ApiClient.ConnectAsync(daemon.Socket, Cancellation);
        await slow.SendAsync(Encoding.ASCII.GetBytes($"POST /v1.47/containers/create?name=slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"));
        foreach (byte each in body)
        {
            await slow.SendAsync((byte[])[each]);
            Assert.Equal(200, (await client.SendAsync("GET", "_ping")).Status);
        }

        Assert.StartsWith("HTTP/1.1 201 ", await ReadAsync(slow), StringComparison.Ordinal);
        using Socket half = await ApiClient.ConnectAsync(daemon.Socket, Cancellation);
        await half.SendAsync("GET /v1.47/containers/slow/json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray());
        half.Shutdown(SocketShutdown.Send);
        Assert.StartsWith("HTTP/1.1 200 ", await ReadAsync(half), StringComparison.Ordinal);
        using Socket incomplete = await ApiClient.ConnectAsync(daemon.Socket, Cancellation);
        await incomplete.SendAsync("POST /v1.47/containers/create?name=none HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"u8.ToArray());
        incomplete.Shutdown(SocketShutdown.Send);
        await ReadAsync(incomplete);
        Assert.Equal("slow", daemon.Docker("ps", "-a", "--format", "{{.Names}}"));
        daemon.Docker("rm", "slow");
    }

    /// <summary>Paths, names and headers that name something outside the place they are for.</summary>
    [Fact]
    public async Task What_tries_to_leave_its_place_is_refused_and_changes_nothing()
    {
        using Daemon daemon = Start();
        daemon.Docker("run", "-d", "--name", "box", Image, "sleep", "1000");
        string outside = sandbox.PathOf("outside");
        string up = Uri.EscapeDataString("../../../../../../../../../../" + outside.TrimStart('/'));
        (string Method, string Path, string Body)[] requests =
        [
            ("GET", "containers/..%2F..%2Frecords/json", ""), ("POST", $"containers/{up}/start", ""), ("DELETE", $"containers/{up}?force=1", ""), ("POST", $"containers/box/rename?name={up}", ""),
            ("POST", $"containers/create?name={up}", $$"""{"Image": "{{Image}}"}"""), ("POST", "containers/create", """{"Image": "../../etc"}"""), ("GET", $"images/{up}/json", ""), ("DELETE", $"images/{up}", ""),
            ("POST", $"images/{Image.Replace("/", "%2F", StringComparison.Ordinal)}/tag?repo={up}", ""), ("POST", $"images/create?fromImage={up}&tag=x", ""), ("GET", $"volumes/{up}", ""), ("DELETE", $"volumes/{up}", ""),
            ("POST", "volumes/create", """{"Name": "../outside"}"""), ("POST", "networks/create", """{"Name": "../outside"}"""), ("DELETE", $"networks/{up}", ""), ("GET", $"exec/{up}/json", ""),
            ("GET", "/ui/..%2F..%2F..%2Fetc%2Fpasswd", ""), ("GET", "/ui/%2e%2e/%2e%2e/etc/passwd", ""), ("GET", $"/hearth/v1/containers/{up}", ""), ("GET", $"/hearth/v1/starts/{up}", ""),
            ("POST", "/hearth/v1/volumes", """{"name": "../outside", "labels": {}, "isAnonymous": false}"""), ("GET", $"containers/box/archive?path={up}", ""),
        ];
        using ApiClient client = new(daemon.Socket);
        foreach ((string method, string path, string body) in requests)
        {
            (int status, string answer) = await client.SendAsync(method, path, body.Length > 0 ? body : null);
            Assert.True(status is >= 400 and < 500, $"{method} {path} answered {status}: {answer}");
            Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
        }

        using HttpClient plain = daemon.Connect();
        foreach ((string header, string value) in ((string, string)[])[("X-Registry-Auth", Convert.ToBase64String(Encoding.UTF8.GetBytes($$"""{"username": "a", "password": "b", "serveraddress": "../{{outside}}"}"""))), ("Idempotency-Key", $"../../{outside}")])
        {
            using HttpRequestMessage request = new(HttpMethod.Post, header == "Idempotency-Key" ? "containers/create?name=keyed" : "images/create?fromImage=127.0.0.1:1/nothing&tag=1");
            request.Content = new StringContent($$"""{"Image": "{{Image}}", "Cmd": ["true"]}""", Encoding.UTF8, "application/json");
            request.Headers.TryAddWithoutValidation(header, value);
            using HttpResponseMessage answer = await plain.SendAsync(request, Cancellation);
            Assert.Equal(header == "Idempotency-Key" ? HttpStatusCode.Created : HttpStatusCode.InternalServerError, answer.StatusCode);
        }

        Assert.False(Path.Exists(outside));
        Assert.Equal("here", daemon.Docker("exec", "box", "echo", "here"));
        Assert.Equal(["box", "keyed"], daemon.Docker("ps", "-a", "--format", "{{.Names}}").Split('\n').Order());
        daemon.Docker("rm", "-f", "box", "keyed");
        Assert.Equal("", daemon.Docker("volume", "ls", "-q"));
    }

    private Daemon Start(params string[] flags)
    {
        sandbox.Hearth("pull", "-q", Image);
        return new Daemon(sandbox, flags);
    }

    private static async Task<string> ReadAsync(Socket socket)
    {
        byte[] buffer = new byte[4096];
        StringBuilder output = new();
        for (int count; (count = await socket.ReceiveAsync(buffer, Cancellation)) > 0;)
        {
            output.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }

        return output.ToString();
    }
}
