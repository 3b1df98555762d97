using Hearth.EndToEnd.Tests.Images;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Processes;

namespace Hearth.EndToEnd.Tests.Worker;

/// <summary>docker's restart policies.</summary>
public sealed class DockerRestartTests : IClassFixture<ImageRegistry>, IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly Daemon daemon;
    private readonly string image;

    public DockerRestartTests(ImageRegistry images)
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
    public void A_container_starts_again_until_it_is_stopped()
    {
        daemon.Docker("run", "-d", "--name", "loop", "--restart", "always", image, "sh", "-c", "echo begun; exit 3");
        Sandbox.WaitUntil(() => int.Parse(Inspect("loop", "{{.RestartCount}}")) >= 2, "two restarts");

        daemon.Docker("stop", "-t", "0", "loop");

        Assert.Equal("exited false always", Inspect("loop", "{{.State.Status}} {{.State.Restarting}} {{.HostConfig.RestartPolicy.Name}}"));
        int begun = Begun();
        Assert.True(begun >= 2, $"{begun} starts");
        daemon.Docker("start", "loop");
        Sandbox.WaitUntil(() => Begun() > begun + 1, "a restart after the next start");
        daemon.Docker("rm", "-f", "loop");

        int Begun() => daemon.Docker("logs", "loop").Split('\n').Length;
    }

    /// <summary>Nobody lists or inspects: the daemon itself notices that a keeper was killed.</summary>
    [Fact]
    public void A_killed_keeper_is_an_end_at_once()
    {
        daemon.Docker("run", "-d", "--name", "loop", "--restart", "always", image, "sleep", "1000");
        int keeper = sandbox.KeeperOf("loop");
        using Command events = daemon.StartDocker("events", "--filter", "type=container", "--filter", "event=die", "--filter", "event=start", "--format", "{{.Action}} {{.Actor.Attributes.name}}");
        using Command once = daemon.StartDocker("run", "--rm", "--name", "once", image, "sleep", "1000");
        events.WaitForOutput("start once");

        Signals.Send(keeper, SignalNumber.Kill);
        events.WaitForOutput("die loop");
        events.WaitForOutput("start loop");
        Signals.Send(sandbox.KeeperOf("once"), SignalNumber.Kill);
        Assert.Equal(137, once.Wait().ExitCode);

        events.Signal("INT");
        events.Wait();
        daemon.Docker("rm", "-f", "loop");
        Assert.Equal("", daemon.Docker("ps", "-aq"));
        Sandbox.WaitUntil(
            () => daemon.Docker("ps", "-aq").Length == 0 && Directory.GetFiles(sandbox.PathOf("state/users")).Length == 0, "the release of the killed machines' users");
    }

    [Theory]
    [InlineData("on-failure:2", "exit 3", 2)]
    [InlineData("on-failure", "exit 0", 0)]
    public void A_failure_is_retried_as_often_as_the_policy_says(string policy, string command, int restarts)
    {
        daemon.Docker("run", "-d", "--name", "box", "--restart", policy, image, "sh", "-c", $"echo begun; {command}");

        Sandbox.WaitUntil(() => daemon.Docker("logs", "box").Split('\n').Length == restarts + 1 && Inspect("box", "{{.State.Status}}") == "exited", "the last end");

        Assert.Equal($"{restarts}", Inspect("box", "{{.RestartCount}}"));
        daemon.Docker("rm", "box");
    }

    [Fact]
    public async Task A_drain_is_no_try_and_what_waits_for_its_end_is_restarting()
    {
        daemon.Docker("run", "-d", "--name", "web", image, "sleep", "1000");
        daemon.Docker("run", "-d", "--name", "box", "--restart", "on-failure:1", image, "sh", "-c", "trap 'exit 3' USR1; echo ready; while :; do sleep 0.1; done");
        Sandbox.WaitUntil(() => daemon.Docker("logs", "box") == "ready", "the container is ready");
        string begun = Inspect("web", "{{.State.StartedAt}}");
        using HttpClient client = daemon.Connect();
        await AskAsync(HttpMethod.Post);

        Assert.Contains("cannot restart container 'web': this worker is draining", daemon.RunDocker("", "restart", "web").ErrorText, StringComparison.Ordinal);
        Assert.Equal($"running {begun}", Inspect("web", "{{.State.Status}} {{.State.StartedAt}}"));
        daemon.Docker("kill", "-s", "USR1", "box");
        Sandbox.WaitUntil(() => daemon.Docker("ps", "--format", "{{.Names}} {{.State}}").Split('\n') is ["box restarting", "web running"], "the end of the first run");
        Assert.Equal("box", daemon.Docker("ps", "--filter", "status=restarting", "--format", "{{.Names}}"));
        Assert.Equal("", daemon.Docker("ps", "-a", "--filter", "status=exited", "--format", "{{.Names}}"));
        string metrics = await client.GetStringAsync(new Uri("metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Contains("hearth_containers{state=\"exited\"} 0\nhearth_containers{state=\"paused\"} 0\nhearth_containers{state=\"restarting\"} 1\nhearth_containers{state=\"running\"} 1\n", metrics, StringComparison.Ordinal);
        daemon.Docker("container", "prune", "-f");
        Assert.Contains("container is restarting: stop the container before removing or force remove", daemon.RunDocker("", "rm", "box").ErrorText, StringComparison.Ordinal);

        await AskAsync(HttpMethod.Delete);
        Sandbox.WaitUntil(() => Inspect("box", "{{.State.Status}} {{.RestartCount}}") == "running 1" && daemon.Docker("logs", "box") == "ready\nready", "the start after the drain");
        daemon.Docker("restart", "-t", "0", "box");
        Assert.Equal("running 0", Inspect("box", "{{.State.Status}} {{.RestartCount}}"));
        daemon.Docker("rm", "-f", "box", "web");

        async Task AskAsync(HttpMethod method)
        {
            using HttpRequestMessage request = new(method, "hearth/v1/drain");
            using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            answer.EnsureSuccessStatusCode();
        }
    }

    [Fact]
    public void A_new_daemon_starts_those_that_ended_with_the_last_one()
    {
        daemon.Docker("run", "-d", "--name", "always", "--restart", "always", image, "sleep", "1000");
        sandbox.Hearth("run", "-d", "--name", "lost", "--restart", "unless-stopped", image, "sleep", "1000");
        daemon.Docker("run", "-d", "--name", "stopped", "--restart", "unless-stopped", image, "sleep", "1000");
        daemon.Docker("stop", "-t", "0", "always", "stopped");
        int keeper = sandbox.KeeperOf("lost");
        daemon.Kill();
        Signals.Send(keeper, SignalNumber.Kill);
        Sandbox.WaitUntil(() => !Directory.Exists($"/proc/{keeper}"), "the keeper's end");

        daemon.StartAgain();

        Sandbox.WaitUntil(() => daemon.Docker("ps", "--format", "{{.Names}} {{.State}}").Split('\n') is ["lost running", "always running"], "both running");
        Assert.Equal("exited", Inspect("stopped", "{{.State.Status}}"));
        daemon.Docker("rm", "-f", "always", "lost", "stopped");
    }

    [Fact]
    public void A_policy_that_cannot_be_is_refused()
    {
        Assert.Contains("invalid restart policy", daemon.RunDocker("", "create", "--restart", "sometimes", image, "true").ErrorText, StringComparison.OrdinalIgnoreCase);
        Assert.NotEqual(0, daemon.RunDocker("", "create", "--rm", "--restart", "always", image, "true").ExitCode);
        Assert.Contains("'sometimes' is not a restart policy: give no, always, unless-stopped or on-failure[:RETRIES]", sandbox.RunExpecting(125, "create", "--restart", "sometimes", image, "true").ErrorText, StringComparison.Ordinal);
        Assert.Contains("cannot use --restart with --rm", sandbox.RunExpecting(125, "run", "--rm", "--restart", "always", image, "true").ErrorText, StringComparison.Ordinal);
    }

    private string Inspect(string container, string format) => daemon.Docker("inspect", "-f", format, container);
}
