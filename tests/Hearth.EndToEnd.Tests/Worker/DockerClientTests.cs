using System.Text.Json;
using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>Debian's <c>docker</c> command, which nobody here wrote, with hearthd.</summary>
public sealed class DockerClientTests : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly Daemon daemon;
    private readonly string image;

    public DockerClientTests(ImageRegistry images)
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
    public void A_run_pulls_its_image_and_has_the_commands_input_output_and_exit_code()
    {
        CommandResult run = daemon.RunDocker("from outside\n", "run", "--rm", "-i", "--name", "box", image, "sh", "-c", "cat; echo wrong >&2; exit 7");

        Assert.Equal((7, "from outside\n"), (run.ExitCode, run.OutputText));
        Assert.EndsWith("wrong\n", run.ErrorText, StringComparison.Ordinal);
        Assert.Contains("Pull complete", run.ErrorText, StringComparison.Ordinal);
        Assert.Equal("", daemon.Docker("ps", "-aq"));
        Assert.Equal(image, daemon.Docker("images", "--format", "{{.Repository}}:{{.Tag}}"));
    }

    [Theory]
    [InlineData("nothing-here", 127)]
    [InlineData("/etc/passwd", 126)]
    public void A_command_that_cannot_run_gives_dockers_exit_code(string command, int exitCode)
    {
        daemon.Docker("pull", "-q", image);

        CommandResult run = daemon.RunDocker("", "run", "--rm", image, command);

        Assert.Equal(exitCode, run.ExitCode);
        Assert.Contains(command, run.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_lives_through_all_commands_and_is_the_same_for_hearth()
    {
        daemon.Docker("pull", "-q", image);
        string id = daemon.Docker("run", "-d", "--name", "web", "-l", "tier=front", "-e", "COLOUR=blue", image, "sh", "-c", "trap 'echo bye; exit 3' TERM; echo $COLOUR; while :; do sleep 0.1; done");
        Sandbox.WaitUntil(() => daemon.Docker("logs", "web") == "blue", "the first line");

        // 'docker run -d' asks for the end of its container, and goes without waiting for it.
        Sandbox.WaitUntil(() => daemon.CountSockets() == 1, "the end of the connections of clients that have gone");

        Assert.Equal("web|running|front", daemon.Docker("ps", "--filter", "label=tier", "--format", "{{.Names}}|{{.State}}|{{.Label \"tier\"}}"));
        Assert.Equal("web", sandbox.Hearth("ps", "--format", "{{.Names}}"));
        Assert.Equal($"{id} /web true linux", daemon.Docker("inspect", "-f", "{{.Id}} {{.Name}} {{.State.Running}} {{.Platform}}", "web"));
        CommandResult executed = daemon.RunDocker("typed", "exec", "-i", "-w", "/tmp", "-e", "A=1", "web", "sh", "-c", "cat; pwd; echo $A; exit 4");
        Assert.Equal((4, "typed/tmp\n1\n"), (executed.ExitCode, executed.OutputText));
        Assert.Contains("sh -c trap", daemon.Docker("top", "web"), StringComparison.Ordinal);
        daemon.Docker("exec", "web", "sh", "-c", "echo new >/tmp/file");
        Assert.Equal("C /tmp\nA /tmp/file", daemon.Docker("diff", "web"));

        daemon.Docker("pause", "web");
        Assert.Equal("paused", daemon.Docker("inspect", "-f", "{{.State.Status}}", "web"));
        daemon.Docker("unpause", "web");
        daemon.Docker("rename", "web", "site");
        using Command waiting = daemon.StartDocker("wait", "site");
        using Command follower = daemon.StartDocker("logs", "-f", "site");
        daemon.Docker("stop", "-t", "60", "site");
        Assert.Equal("3\n", waiting.Wait().OutputText);
        Assert.Equal("blue\nbye\n", follower.Wait().OutputText);

        daemon.Docker("start", "site");
        daemon.Docker("kill", "-s", "KILL", "site");
        Assert.Equal("exited 137", daemon.Docker("inspect", "-f", "{{.State.Status}} {{.State.ExitCode}}", "site"));
        Assert.Contains("is not running", daemon.RunDocker("", "exec", "site", "true").ErrorText, StringComparison.Ordinal);
        daemon.Docker("rm", "site");
        Assert.Contains("No such container: site", daemon.RunDocker("", "start", "site").ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_terminal_follows_the_clients_size()
    {
        daemon.Docker("pull", "-q", image);
        string server = sandbox.PathOf("tmux.sock");
        Tmux("new-session", "-d", "-s", "main", "-x", "91", "-y", "23", $"DOCKER_HOST=unix://{daemon.Socket} docker run --rm -it {image} sh; echo status=$?; sleep 100");
        See("/ #");
        Tmux("send-keys", "-t", "main", "busybox stty size", "Enter");
        See("23 91");
        Tmux("resize-window", "-t", "main", "-x", "80", "-y", "20");
        Sandbox.WaitUntil(() => { Tmux("send-keys", "-t", "main", "busybox stty size", "Enter"); return Tmux("capture-pane", "-p", "-t", "main").Contains("20 80", StringComparison.Ordinal); }, "the new size");
        Tmux("send-keys", "-t", "main", "exit 5", "Enter");
        See("status=5");

        daemon.Docker("run", "-d", "--name", "box", image, "sleep", "1000");
        Tmux("respawn-window", "-k", "-t", "main", $"DOCKER_HOST=unix://{daemon.Socket} docker exec -it box sh; sleep 100");
        See("/ #");
        Tmux("send-keys", "-t", "main", "busybox stty size", "Enter");
        See("20 80");
        Tmux("kill-server");
        daemon.Docker("rm", "-f", "box");
        File.Delete(server);

        string Tmux(params string[] arguments) => Command.Tool("tmux", ["-S", server, .. arguments]);

        void See(string text) => Sandbox.WaitUntil(() => Tmux("capture-pane", "-p", "-t", "main").Contains(text, StringComparison.Ordinal), $"'{text}' on the screen");
    }

    /// <summary>A process that does not read all of its input: its client still sends when it has ended.</summary>
    [Fact]
    public void Input_that_nobody_reads_breaks_no_connection()
    {
        daemon.Docker("pull", "-q", image);
        daemon.Docker("run", "-d", "--name", "box", image, "sleep", "1000");
        foreach (string start in (string[])[$"run --rm -i {image}", "exec -i box"])
        {
            using Command piped = daemon.StartClient("sh", ["-c", $"head -c 50000000 /dev/zero 2>/dev/null | docker {start} busybox head -c 1"]);
            CommandResult result = piped.Wait();
            Assert.Equal((0, "\0", ""), (result.ExitCode, result.OutputText, result.ErrorText));
        }

        daemon.Docker("rm", "-f", "box");
    }

    [Fact]
    public void A_killed_daemon_leaves_containers_running_and_the_next_one_knows_them()
    {
        daemon.Docker("pull", "-q", image);
        daemon.Docker("run", "-d", "--name", "web", image, "sh", "-c", "i=0; while :; do i=$((i+1)); echo $i; sleep 0.1; done");
        int keeper = sandbox.KeeperOf("web");

        daemon.Restart();

        Assert.Equal($"true {keeper}", daemon.Docker("inspect", "-f", "{{.State.Running}} {{.State.Pid}}", "web"));
        string[] lines = daemon.Docker("logs", "web").Split('\n');
        Assert.Equal([.. Enumerable.Range(1, lines.Length).Select(number => $"{number}")], lines);
        daemon.Docker("rm", "-f", "web");
        Assert.Equal("", daemon.Docker("ps", "-aq"));
    }

    [Fact]
    public void Fields_that_a_machine_cannot_honour_are_refused_or_warned_about()
    {
        daemon.Docker("pull", "-q", image);

        CommandResult refused = daemon.RunDocker("", "create", "--device", "/dev/null", image, "true");
        Assert.Contains("a microVM has no devices of the host", refused.ErrorText, StringComparison.Ordinal);
        Assert.NotEqual(0, refused.ExitCode);
        CommandResult warned = daemon.RunDocker("", "create", "--memory-swap", "1g", "--memory", "512m", "--oom-kill-disable", image, "true");
        Assert.Equal(0, warned.ExitCode);
        Assert.Contains("MemorySwap 1073741824 is ignored", warned.ErrorText, StringComparison.Ordinal);
        Assert.Contains("OomKillDisable", warned.ErrorText, StringComparison.Ordinal);
        daemon.Docker("rm", warned.OutputText.Trim());
    }

    [Fact]
    public void Privileges_limits_and_mounts_are_dockers()
    {
        daemon.Docker("pull", "-q", image);
        string shared = sandbox.MakeTree("shared", ("note", "hello\n"));
        daemon.Docker("create", "--name", "first", "-v", $"{shared}:/shared", image, "true");
        daemon.Docker("run", "-d", "--name", "second", "--volumes-from", "first:ro", "--cap-drop", "ALL", "--cap-add", "chown", "--security-opt", "no-new-privileges", "--pids-limit", "50",
            "--cpu-shares", "512", "--oom-score-adj", "5", "--hostname", "box", "--domainname", "example.org", image, "sh", "-c", "cat /shared/note /sys/fs/cgroup/pids.max /proc/self/status; echo end; exec sleep 1000");
        Sandbox.WaitUntil(() => daemon.Docker("logs", "second").EndsWith("end", StringComparison.Ordinal), "the output");

        string[] lines = daemon.Docker("logs", "second").Split('\n');
        Assert.Equal([], new[] { "hello", "50", "CapEff:\t0000000000000001", "NoNewPrivs:\t1" }.Except(lines));
        Assert.Contains("CapEff:\t000001ffffffffff", daemon.Docker("exec", "--privileged", "second", "cat", "/proc/self/status").Split('\n'));
        Assert.Equal("[ALL] [CAP_CHOWN] [no-new-privileges] 50 512 5 example.org", daemon.Docker("inspect", "-f",
            "{{.HostConfig.CapDrop}} {{.HostConfig.CapAdd}} {{.HostConfig.SecurityOpt}} {{.HostConfig.PidsLimit}} {{.HostConfig.CpuShares}} {{.HostConfig.OomScoreAdj}} {{.Config.Domainname}}", "second"));

        daemon.Docker("update", "--pids-limit", "-1", "--cpu-shares", "256", "--restart", "on-failure:2", "second");

        // Without a limit, the guest's kernel leaves some for init.
        Assert.InRange(int.Parse(daemon.Docker("exec", "second", "cat", "/sys/fs/cgroup/pids.max")), 51, int.MaxValue);
        Assert.Equal("256 on-failure 2", daemon.Docker("inspect", "-f", "{{.HostConfig.CpuShares}} {{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}", "second"));
        daemon.Docker("rm", "-f", "first", "second");
    }

    [Fact]
    public void Events_tell_a_life_and_images_are_listed_tagged_and_removed()
    {
        daemon.Docker("pull", "-q", image);
        using Command events = daemon.StartDocker("events", "--filter", "type=container", "--format", "{{.Action}}");
        Sandbox.WaitUntil(() => daemon.Docker("run", "--rm", image, "true").Length == 0 && events.HasOutput("destroy"), "the events of a run");
        events.Signal("INT");
        string output = events.Wait().OutputText;
        Assert.EndsWith("start\ndie\ndestroy\n", output.Replace("attach\n", "", StringComparison.Ordinal), StringComparison.Ordinal);

        using Command images = daemon.StartDocker("events", "--filter", "type=image", "--format", "{{.Action}} {{.Actor.ID}} {{.Actor.Attributes.name}}");
        string id = daemon.Docker("image", "inspect", "-f", "{{.Id}}", image);
        int pulls = 0;
        Sandbox.WaitUntil(() => daemon.Docker("pull", "-q", image).Length > 0 && (images.HasOutput("pull") || images.HasExited || ++pulls == 20), "the event of a pull");
        Assert.True(images.HasOutput("pull"), $"after {pulls} pulls, the client of events {(images.HasExited ? "has ended" : "runs")} with '{images.ErrorText}'; the journal:\n{sandbox.Hearth("events", "--since", "1h", "--until", "0s")}");
        daemon.Docker("tag", image, "mine:2");
        Assert.Contains("mine:2", daemon.Docker("images", "--format", "{{.Repository}}:{{.Tag}}"), StringComparison.Ordinal);
        Assert.Equal("amd64", daemon.Docker("image", "inspect", "-f", "{{.Architecture}}", "mine:2"));
        Assert.Contains("umoci", daemon.Docker("history", "--no-trunc", "mine:2"), StringComparison.Ordinal);
        daemon.Docker("save", "-o", sandbox.PathOf("saved.tar"), "mine:2");
        Assert.Equal("Untagged: mine:2", daemon.Docker("rmi", "mine:2"));
        sandbox.Hearth("rmi", image);
        Sandbox.WaitUntil(() => images.HasOutput("delete"), "the event of a removal");
        daemon.Docker("load", "-i", sandbox.PathOf("saved.tar"));
        Sandbox.WaitUntil(() => images.HasOutput("load"), "the event of a load");
        images.Signal("INT");
        string[] lines = [.. images.Wait().OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries).SkipWhile(line => line == $"pull {image} {image[..^4]}")];
        Assert.Equal([$"tag {id} mine:2", $"save {id} {id}", $"untag {id} {id}", $"untag {id} {id}", $"delete {id} {id}", $"load {id} {id}"], lines);
        Assert.Equal("load", sandbox.Hearth("events", "--since", "1h", "--until", "0s", "--filter", "event=load", "--format", "{{.Action}}"));
        daemon.Docker("rmi", "mine:2");
        Assert.Contains("no such image", daemon.RunDocker("", "image", "inspect", "mine:2").ErrorText, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void Requests_that_are_not_there_answer_with_a_status_and_a_sentence()
    {
        Assert.Equal((501, "images are not built here"), Ask("POST", "/v1.47/build"));
        Assert.Equal((501, "registries are not searched"), Ask("GET", "/v1.47/images/search?term=x"));
        Assert.Equal((400, "client version 1.99 is too new"), Ask("GET", "/v1.99/version"));
        Assert.Equal((400, "client version 1.9 is too old"), Ask("GET", "/v1.9/version"));
        Assert.Equal((404, "page not found"), Ask("GET", "/v1.47/nothing"));
        Assert.Equal((404, "No such container: x"), Ask("GET", "/v1.47/containers/x/json"));
        Assert.Equal((400, "invalid filters"), Ask("GET", "/v1.47/containers/json?filters=%7B"));
        Assert.Equal((400, "invalid filter 'dangling=maybe': give true or false"), Ask("GET", "/v1.47/volumes?filters=%7B%22dangling%22%3A%5B%22maybe%22%5D%7D"));
        Assert.Equal((400, "invalid filter 'dangling=maybe': give true or false"), Ask("GET", "/v1.47/networks?filters=%7B%22name%22%3A%5B%22x%22%5D%2C%22dangling%22%3A%5B%22maybe%22%5D%7D"));
        Assert.Equal((400, "invalid filter 'type=nonsense': give builtin or custom"), Ask("GET", "/v1.47/networks?filters=%7B%22type%22%3A%5B%22nonsense%22%5D%7D"));
        Assert.Equal((400, "invalid filter 'is-task=maybe': its value is true or false"), Ask("GET", "/v1.47/containers/json?filters=%7B%22is-task%22%3A%5B%22maybe%22%5D%7D"));
        Assert.Equal((400, "cannot read the request's body as JSON"), Ask("POST", "/v1.47/containers/create", "{"));
        Assert.Equal((400, "invalid value 'x' of tail"), Ask("GET", $"/v1.47/containers/{MakeContainer()}/logs?stdout=1&tail=x"));
        daemon.Docker("rm", "box");
    }

    private string MakeContainer()
    {
        daemon.Docker("pull", "-q", image);
        daemon.Docker("create", "--name", "box", image, "true");
        return "box";
    }

    /// <returns>The status and the beginning of the message, as long as in the comparison.</returns>
    private (int Status, string Message) Ask(string method, string path, string? body = null)
    {
        string[] data = body is null ? [] : ["--data", body];
        string answer = Command.Start("curl", ["-sS", "--max-time", "20", "--unix-socket", daemon.Socket, "-X", method, .. data, "-w", "\n%{http_code}", $"http://docker{path}"]).Wait().OutputText;
        int end = answer.LastIndexOf('\n');
        string message = JsonDocument.Parse(answer[..end]).RootElement.GetProperty("message").GetString()!;
        string[] beginnings =
        [
            "images are not built here", "registries are not searched", "client version 1.99 is too new", "client version 1.9 is too old", "page not found", "No such container: x", "invalid filters",
            "cannot read the request's body as JSON", "invalid value 'x' of tail",
        ];
        return (int.Parse(answer[(end + 1)..]), beginnings.FirstOrDefault(beginning => message.StartsWith(beginning, StringComparison.Ordinal)) ?? message);
    }
}
