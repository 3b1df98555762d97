using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>Monitors and keepers that are stopped: whoever waits for them gets an answer, and a container can always be ended.</summary>
public sealed class SilenceTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private const int HearthFailed = 125;
    private const int Terminated = 143;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("stop", "-t", "1", "box")]
    [InlineData("kill", "box", Explicit = true)]
    public void A_stopped_monitor_does_not_keep_its_container_from_ending(params string[] ending)
    {
        Start("box");
        StopMonitorOf("box");

        Assert.Equal("box", sandbox.Hearth(ending));

        Assert.Equal("137", sandbox.Hearth("wait", "box"));
        Assert.Equal(("exited", "137", ""), (sandbox.Inspect("box", "State.Status"), sandbox.Inspect("box", "State.ExitCode"), sandbox.Inspect("box", "State.Error")));
        sandbox.Hearth("rm", "box");
    }

    [Fact]
    public void A_stopped_monitor_does_not_keep_its_container_from_being_removed()
    {
        Start("box");
        StopMonitorOf("box");
        Assert.Equal("box", sandbox.Hearth("rm", "-f", "box"));
        Assert.Equal("", sandbox.Hearth("ps", "-aq"));
    }

    [Fact]
    public void A_container_whose_monitor_was_stopped_while_it_was_paused_ends_beside_an_unpause_that_waits()
    {
        Start("box");
        sandbox.Hearth("pause", "box");
        int monitor = StopMonitorOf("box");
        using Command waiting = sandbox.StartKeeping("unpause", "box");

        Assert.Equal("box", sandbox.Hearth("stop", "-t", "1", "box"));

        Assert.Equal(1, waiting.Wait().ExitCode);
        Assert.DoesNotContain(monitor, sandbox.MonitorProcesses());
        Assert.Equal("137", sandbox.Inspect("box", "State.ExitCode"));
        sandbox.Hearth("rm", "box");
    }

    [Fact(Explicit = true)]
    public void What_is_asked_of_a_stopped_monitor_ends_with_who_does_not_answer_and_what_to_do()
    {
        Start("box");
        int monitor = StopMonitorOf("box");
        string way = $"monitor (process {monitor}) is stopped; 'kill -CONT {monitor}' lets it go on, 'hearth stop' ends the container";
        Assert.Contains(way, Fails(HearthFailed, "exec", "box", "true"), StringComparison.Ordinal);
        Assert.Contains(way, Fails(HearthFailed, "top", "box"), StringComparison.Ordinal);
        Assert.Contains(way, Fails(HearthFailed, "cp", "box:/etc/passwd", sandbox.PathOf("copied")), StringComparison.Ordinal);
        Assert.Contains(way, Fails(1, "kill", "-s", "HUP", "box"), StringComparison.Ordinal);
        Assert.Contains($"cannot pause container 'box': QEMU (process {monitor}) has not answered for", Fails(1, "pause", "box"), StringComparison.Ordinal);

        Command.Tool("kill", "-CONT", $"{monitor}");
        Assert.Equal("on", sandbox.Hearth("exec", "box", "echo", "on"));
        sandbox.Hearth("rm", "-f", "box");
    }

    [Fact]
    public void A_command_that_waits_for_a_stopped_monitor_ends_by_a_signal()
    {
        Start("box");
        StopMonitorOf("box");
        foreach ((string[] words, string signal, int status) in ((string[], string, int)[])
            [(["exec", "box", "true"], "TERM", Terminated), (["stats"], "INT", 0), (["top", "box"], "HUP", 129)])
        {
            using Command waiting = sandbox.StartKeeping(words);
            Sandbox.WaitUntil(() => HasConnected(waiting), $"{words[0]} has asked the keeper");
            waiting.Signal(signal);
            Assert.Equal(status, waiting.Wait().ExitCode);
        }

        sandbox.Hearth("rm", "-f", "box");
    }

    [Fact]
    public void A_command_whose_container_hangs_ends_by_a_signal()
    {
        using Command run = sandbox.StartKeeping("run", "--name", "box", debian.Tree, "sh", "-c", "echo ready; sleep 1000");
        run.WaitForOutput("ready");
        StopMonitorOf("box");

        run.Signal("TERM");
        CommandResult result = run.Wait();

        Assert.Equal(Terminated, result.ExitCode);
        Assert.Contains("signal", result.ErrorText, StringComparison.Ordinal);
        Assert.Equal("running", sandbox.Inspect("box", "State.Status"));
        sandbox.Hearth("rm", "-f", "box");
    }

    [Fact]
    public void The_statistics_of_a_stopped_monitor_hold_up_those_of_no_other()
    {
        Start("hung");
        Start("well");
        StopMonitorOf("hung");

        using Command command = sandbox.StartKeeping("stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}");
        CommandResult result = command.Wait();

        Assert.Equal(["hung --", "well 1"], result.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        Assert.Contains("container 'hung'", result.ErrorText, StringComparison.Ordinal);
        using (Command stream = sandbox.StartKeeping("stats", "--format", "{{.Name}} {{.PIDs}}"))
        {
            stream.WaitForOutput("well 1");
            stream.Signal("TERM");
            Assert.Equal(0, stream.Wait().ExitCode);
        }

        sandbox.Hearth("rm", "-f", "hung", "well");
    }

    [Theory]
    [InlineData("stop", "-t", "1", "box")]
    [InlineData("kill", "box", Explicit = true)]
    [InlineData("rm", "-f", "box", Explicit = true)]
    public void A_stopped_keeper_does_not_keep_its_container_from_ending(params string[] ending)
    {
        Start("box");
        int keeper = sandbox.KeeperOf("box");
        Command.Tool("kill", "-STOP", $"{keeper}");
        string way = $"its keeper (process {keeper}) is stopped; 'kill -CONT {keeper}' lets it go on, 'hearth rm -f box' ends the container";
        Assert.Contains($"cannot exec in container 'box': {way}", Fails(HearthFailed, "exec", "box", "true"), StringComparison.Ordinal);
        Assert.Contains($"cannot pause container 'box': {way}", Fails(1, "pause", "box"), StringComparison.Ordinal);

        Assert.Equal("box", sandbox.Hearth(ending));

        Sandbox.WaitUntil(() => sandbox.MonitorProcesses().Count == 0, "the monitor goes with its keeper");
        if (ending[0] != "rm")
        {
            Assert.Equal(("exited", "137"), (sandbox.Inspect("box", "State.Status"), sandbox.Inspect("box", "State.ExitCode")));
            sandbox.Hearth("rm", "box");
        }

        sandbox.SettleCrashes();
    }

    private void Start(string name) => sandbox.Hearth("run", "-d", "--name", name, debian.Tree, "sleep", "1000");

    private int StopMonitorOf(string name)
    {
        int monitor = int.Parse(sandbox.Inspect(name, "vmmPid"));
        Command.Tool("kill", "-STOP", $"{monitor}");
        return monitor;
    }

    /// <summary>Whether a command has a socket: its connection to the keeper.</summary>
    private static bool HasConnected(Command command) =>
        Directory.GetFiles($"/proc/{command.ProcessId}/fd").Any(path => new FileInfo(path).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    private string Fails(int exitCode, params string[] arguments) => sandbox.RunExpecting(exitCode, arguments).ErrorText;
}
