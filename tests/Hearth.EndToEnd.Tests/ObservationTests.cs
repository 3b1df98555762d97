using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>What is to be seen of containers: logs, events, lists, figures. Guests are costly, so each test looks at many things in one.</summary>
public sealed class ObservationTests : IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly string tree;

    public ObservationTests() => tree = BusyboxTree.Make(sandbox);

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void Logs_tell_all_that_was_written_while_it_runs_and_afterwards()
    {
        sandbox.Hearth("run", "-d", "--name", "web", tree, "sh", "-c", "rm -f /next /end; echo one; echo two >&2; while [ ! -e /next ]; do sleep 0.1; done; echo three; while [ ! -e /end ]; do sleep 0.1; done; echo last");
        Sandbox.WaitUntil(() => Logs("web") is ("one\n", "two\n"), "both first lines are in the log");
        sandbox.Hearth("exec", "web", "touch", "/next");
        Sandbox.WaitUntil(() => Logs("web") is ("one\nthree\n", "two\n"), "the third line is in the log");

        Assert.Equal(("three\n", ""), Logs("--tail", "1", "web"));
        Assert.Equal(("", ""), Logs("--tail", "0", "web"));
        Assert.Equal(("", ""), Logs("--until", "1h", "web"));
        Assert.Equal(("one\nthree\n", "two\n"), Logs("--since", "1h", "web"));
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z two\n$", Logs("-t", "web").Error);

        using (Command follower = sandbox.StartKeeping("logs", "-f", "web"))
        {
            follower.WaitForOutput("three");
            // The container's end, which it causes, can kill it.
            Assert.Contains(sandbox.Run("exec", "web", "touch", "/end").ExitCode, (int[])[0, 137]);
            CommandResult followed = follower.Wait();
            Assert.Equal((0, "one\nthree\nlast\n", "two\n"), (followed.ExitCode, followed.OutputText, followed.ErrorText));
        }

        Assert.Equal(("one\nthree\nlast\n", "two\n"), Logs("web"));

        sandbox.Hearth("start", "web");
        Sandbox.WaitUntil(() => Logs("web") is ("one\nthree\nlast\none\n", "two\ntwo\n"), "a second run goes on in the same log");
        Command.Tool("kill", "-KILL", $"{sandbox.KeeperOf("web")}");
        Sandbox.WaitUntil(() => sandbox.MonitorProcesses().Count == 0, "the monitor should die with its keeper");
        Assert.Equal(("one\nthree\nlast\none\n", "two\ntwo\n"), Logs("web"));
        Assert.Equal(("one\n", "two\n"), Logs("--tail", "2", "web"));

        sandbox.Hearth("rm", "web");
        Assert.Contains("there is no container 'web'", sandbox.RunExpecting(1, "logs", "web").ErrorText, StringComparison.Ordinal);
        sandbox.SettleCrashes();
    }

    [Fact]
    public void Events_and_lists_tell_a_life_in_its_order()
    {
        string id = sandbox.Hearth("create", "--name", "web", "-l", "tier=front", tree, "sh", "-c", "trap 'exit 3' TERM; echo up; while :; do sleep 0.1; done");
        using Command follower = sandbox.StartKeeping("events", "--since", "1h", "--filter", "type=container", "--format", "{{.Action}} {{.Actor.Attributes.name}}");
        follower.WaitForOutput("create web");
        sandbox.Hearth("start", "web");
        Sandbox.WaitUntil(() => sandbox.Hearth("logs", "web") == "up", "the command's trap to be set");
        sandbox.Hearth("create", "--name", "idle", tree, "true");
        sandbox.Hearth("exec", "web", "true");
        sandbox.Hearth("pause", "web");
        Assert.Equal("web|paused|tier=front|true", sandbox.Hearth("ps", "--format", "{{.Names}}|{{.State}}|{{.Labels}}") + "|" + sandbox.Hearth("inspect", "-f", "{{.State.Paused}}", "web"));
        sandbox.Hearth("unpause", "web");

        Assert.Equal("web", sandbox.Hearth("ps", "--format", "{{.Names}}"));
        Assert.Equal("idle\nweb", sandbox.Hearth("ps", "-a", "--format", "{{.Names}}"));
        Assert.Equal("idle", sandbox.Hearth("ps", "--filter", "status=created", "--format", "{{.Names}}"));
        Assert.Equal("web", sandbox.Hearth("ps", "-a", "--filter", "label=tier=front", "--filter", "name=we", "--filter", $"id={id[..5]}", "--format", "{{.Names}}"));
        Assert.Equal("", sandbox.Hearth("ps", "-aq", "--filter", "label=tier=back"));
        Assert.Equal("idle", sandbox.Hearth("ps", "-n", "1", "--format", "{{.Names}}"));
        Assert.Contains("invalid filter", sandbox.RunExpecting(125, "ps", "--filter", "colour=red").ErrorText, StringComparison.Ordinal);
        Assert.Equal($"running {sandbox.KeeperOf("web")}", sandbox.Hearth("inspect", "--format", "{{.State.Status}} {{.keeperPid}}", "web"));

        using (Command waiting = sandbox.StartKeeping("wait", "web"))
        {
            sandbox.Hearth("stop", "-t", "100", "web");
            Assert.Equal("3\n", waiting.Wait().OutputText);
        }

        Assert.Equal("web", sandbox.Hearth("ps", "-a", "--filter", "exited=3", "--format", "{{.Names}}"));
        sandbox.Hearth("rename", "web", "site");
        sandbox.Hearth("rm", "site", "idle");
        follower.WaitForOutput("destroy idle");
        follower.Signal("INT");
        string[] lines = follower.Wait().OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(
            [
                "create web", "start web", "create idle", "exec_create: true web", "exec_start: true web", "exec_die web", "pause web", "unpause web",
                "kill web", "die web", "stop web", "rename site", "destroy site", "destroy idle",
            ],
            lines);

        JsonElement die = JsonDocument.Parse(sandbox.Hearth("events", "--since", "1h", "--until", "0s", "--filter", "event=die", "--format", "json")).RootElement;
        JsonElement attributes = die.GetProperty("Actor").GetProperty("Attributes");
        Assert.Equal((id, "3", "front"), (die.GetProperty("Actor").GetProperty("ID").GetString(), attributes.GetProperty("exitCode").GetString(), attributes.GetProperty("tier").GetString()));
    }

    [Fact]
    public void Signals_of_a_client_may_be_its_own()
    {
        using (Command run = sandbox.StartKeeping("run", "--sig-proxy=false", "--name", "box", tree, "sh", "-c", "echo up; sleep 1000"))
        {
            run.WaitForOutput("up");
            run.Signal("TERM");
            Assert.Equal(143, run.Wait().ExitCode);
        }

        Assert.Equal("running", sandbox.Inspect("box", "State.Status"));
        using (Command attached = sandbox.StartKeeping("attach", "--sig-proxy=false", "box"))
        {
            attached.Signal("INT");
            attached.Wait();
        }

        Assert.Equal("running", sandbox.Inspect("box", "State.Status"));
        sandbox.Hearth("rm", "-f", "box");
    }

    [Fact]
    public void Figures_processes_and_limits_are_the_guests()
    {
        sandbox.Hearth("run", "-d", "--name", "box", "--memory", "256m", tree, "sh", "-c", "echo up; sleep 1000");
        JsonElement row = JsonDocument.Parse(sandbox.Hearth("stats", "--no-stream", "--format", "json", "box")).RootElement;
        Assert.Equal("box", row.GetProperty("Name").GetString());
        Assert.EndsWith("%", row.GetProperty("CPUPerc").GetString(), StringComparison.Ordinal);
        Assert.InRange(int.Parse(row.GetProperty("PIDs").GetString()!), 1, 2);
        Assert.DoesNotContain("--", row.GetProperty("MemUsage").GetString(), StringComparison.Ordinal);
        Assert.Contains("sleep 1000", sandbox.Hearth("top", "box"), StringComparison.Ordinal);

        Assert.Equal("box", sandbox.Hearth("update", "--memory", "100m", "box"));
        Assert.Equal($"{100 << 20}", sandbox.Hearth("exec", "box", "cat", "/sys/fs/cgroup/memory.max"));
        Assert.Equal("box", sandbox.Hearth("update", "--memory", "256m", "box"));
        Assert.Equal($"{256 << 20}", sandbox.Hearth("exec", "box", "cat", "/sys/fs/cgroup/memory.max"));
        Assert.Contains("started with 256 MiB", sandbox.RunExpecting(1, "update", "--memory", "257m", "box").ErrorText, StringComparison.Ordinal);
        Assert.Equal("ok", sandbox.Hearth("exec", "box", "echo", "ok"));

        Assert.Equal("box", sandbox.Hearth("update", "--restart", "on-failure:3", "--pids-limit", "77", "box"));
        Assert.Equal(("3", "77"), (sandbox.Inspect("box", "description.Restart.MaximumRetries"), sandbox.Hearth("exec", "box", "cat", "/sys/fs/cgroup/pids.max")));
        Assert.Equal("box", sandbox.Hearth("update", "--cpus", "0.5", "box"));
        Assert.Equal("50000 100000", sandbox.Hearth("exec", "box", "cat", "/sys/fs/cgroup/cpu.max"));
        Assert.Contains(sandbox.ControlGroups().SelectMany(Directory.EnumerateDirectories), HasHalfAProcessor);
        sandbox.Hearth("rename", "box", "crate");
        Assert.Equal("256 MiB and half a processor", KeptLimits());
        sandbox.Hearth("rm", "-f", "crate");
    }

    private static bool HasHalfAProcessor(string group) =>
        (Path.Combine(group, "cpu.cfs_quota_us") is var first && File.Exists(first) && File.ReadAllText(first).Trim() == "50000")
        || (Path.Combine(group, "cpu.max") is var second && File.Exists(second) && File.ReadAllText(second).Trim() == "50000 100000");

    private string KeptLimits()
    {
        string record = Directory.GetFiles(Path.Combine(sandbox.StateDirectory, "records"), "container.json", SearchOption.AllDirectories).Single();
        JsonElement resources = JsonDocument.Parse(File.ReadAllBytes(record)).RootElement.GetProperty("spec").GetProperty("linux").GetProperty("resources");
        long memory = resources.GetProperty("memory").GetProperty("limit").GetInt64();
        JsonElement cpu = resources.GetProperty("cpu");
        return $"{memory >> 20} MiB and {(cpu.GetProperty("quota").GetInt64() * 2 == cpu.GetProperty("period").GetInt64() ? "half a processor" : cpu.ToString())}";
    }

    private (string Output, string Error) Logs(params string[] arguments)
    {
        CommandResult result = sandbox.RunExpecting(0, ["logs", .. arguments]);
        return (result.OutputText, result.ErrorText);
    }
}
