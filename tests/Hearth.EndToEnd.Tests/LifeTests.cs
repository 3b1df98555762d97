using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>Containers that live on their own: made, started, entered, stopped, removed, whatever becomes of those who ask for it.</summary>
public sealed class LifeTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private const int HearthFailed = 125;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_container_goes_through_its_life()
    {
        string id = sandbox.Hearth("create", "--name", "web", "--label", "tier=front", debian.Tree, "sh", "-c", "trap 'exit 3' TERM; echo up; while :; do sleep 0.1; done");
        Assert.Matches("^[0-9a-f]{64}$", id);
        Assert.Equal("created", sandbox.Inspect("web", "State.Status"));
        Assert.Empty(sandbox.MonitorProcesses());
        Assert.Equal("", sandbox.Hearth("ps", "-q"));
        Assert.Equal(id[..12], sandbox.Hearth("ps", "-aq"));

        Assert.Equal("web", sandbox.Hearth("start", "web"));
        Sandbox.WaitUntil(() => sandbox.Hearth("logs", "web") == "up", "the command's trap to be set");
        Assert.Equal("running", sandbox.Inspect("web", "State.Status"));
        Assert.Equal(sandbox.MonitorProcesses(), [int.Parse(sandbox.Inspect("web", "vmmPid"))]);
        JsonElement row = JsonDocument.Parse(sandbox.Hearth("ps", "--format", "json", "--filter", "label=tier=front")).RootElement;
        Assert.Equal(("web", "running", id), (row.GetProperty("Names").GetString(), row.GetProperty("State").GetString(), row.GetProperty("ID").GetString()));
        Assert.StartsWith("Up ", row.GetProperty("Status").GetString(), StringComparison.Ordinal);

        Assert.Contains("is already running", Fails(1, "start", "web"), StringComparison.Ordinal);
        Assert.Contains("cannot remove container 'web': it is running", Fails(1, "rm", "web"), StringComparison.Ordinal);
        Assert.Contains("the name 'web' belongs to container", Fails(HearthFailed, "create", "--name", "web", debian.Tree, "true"), StringComparison.Ordinal);

        sandbox.Hearth("rename", "web", "site");
        Assert.Equal("site", sandbox.Hearth("stop", "-t", "100", "site"));
        Assert.Equal("site", sandbox.Hearth("events", "--since", "1h", "--until", "0s", "--filter", "event=die", "--format", "{{.Actor.Attributes.name}}"));
        Assert.Equal(("exited", "3"), (sandbox.Inspect("site", "State.Status"), sandbox.Inspect("site", "State.ExitCode")));
        Assert.Equal("3", sandbox.Hearth("wait", "site"));
        Assert.Contains("not running", Fails(1, "kill", "site"), StringComparison.Ordinal);
        Assert.Contains("not running", Fails(HearthFailed, "exec", "site", "true"), StringComparison.Ordinal);
        Assert.Empty(sandbox.MonitorProcesses());

        Assert.Equal("site", sandbox.Hearth("restart", "site"));
        Assert.Equal("running", sandbox.Inspect(id[..6], "State.Status"));
        Assert.Equal("1", sandbox.Inspect("site", "RestartCount"));
        Assert.Equal("site", sandbox.Hearth("kill", "site"));
        Assert.Equal(("exited", "137"), (sandbox.Inspect("site", "State.Status"), sandbox.Inspect("site", "State.ExitCode")));
        Assert.Equal("site", sandbox.Hearth("rm", "-f", "site"));
        Assert.Equal("", sandbox.Hearth("ps", "-aq"));
        Assert.Contains("there is no container 'site'", Fails(1, "inspect", "site"), StringComparison.Ordinal);
    }

    [Fact]
    public void Commands_run_beside_the_first_with_its_settings_or_their_own()
    {
        sandbox.Hearth("run", "-d", "--rm", "--name", "box", "-e", "A=1", "-e", "B=2", "-w", "/tmp", debian.Tree, "sleep", "1000");
        Assert.Equal("/tmp 1 3 0", sandbox.Hearth("exec", "-e", "B=3", "box", "sh", "-c", "echo $(pwd) $A $B $(id -u)"));
        Assert.Equal("/ www-data", sandbox.Hearth("exec", "-w", "/", "-u", "www-data", "box", "sh", "-c", "echo $(pwd) $(id -un)"));
        Assert.Equal("3\n", Run(7, "exec", "box", "sh", "-c", "echo 3; exit 7"));
        Fails(127, "exec", "box", "no-such-command");
        Fails(126, "exec", "box", "/etc/passwd");
        Assert.Equal("", Run(137, "exec", "box", "sh", "-c", "kill -KILL $$"));

        using (Command piped = sandbox.StartKeeping("exec", "-i", "box", "wc", "-c"))
        {
            piped.StandardInput.Write(new byte[3_000_000]);
            piped.CloseInput();
            Assert.Equal("3000000\n", piped.Wait().OutputText);
        }

        sandbox.Hearth("exec", "-d", "box", "sh", "-c", "echo done >/tmp/mark; sleep 1000");
        Sandbox.WaitUntil(() => Try("exec", "box", "cat", "/tmp/mark") == "done\n", "the detached command's mark");
        Assert.Equal("box", sandbox.Hearth("rm", "-f", "box"));
        Assert.Equal("", sandbox.Hearth("ps", "-aq"));
    }

    [Fact]
    public void What_clients_suffer_changes_nothing_for_the_container()
    {
        using (Command run = sandbox.StartKeeping("run", "-i", "--name", "box", debian.Tree, "sh", "-c", "echo ready; while read line; do echo got $line; done; sleep 1000"))
        {
            run.WaitForOutput("ready");
            run.Signal("KILL");
            Assert.Equal(137, run.Wait().ExitCode);
        }

        Assert.Equal("running", sandbox.Inspect("box", "State.Status"));
        using (Command attached = sandbox.StartKeeping("attach", "box"))
        using (Command other = sandbox.StartKeeping("attach", "--no-stdin", "box"))
        {
            Sandbox.WaitUntil(
                () =>
                {
                    attached.StandardInput.Write("one\n"u8);
                    attached.StandardInput.Flush();
                    return attached.HasOutput("got one") && other.HasOutput("got one");
                },
                "both see what the container writes");
            other.Signal("KILL");
            other.Wait();
            attached.StandardInput.Write("two\n"u8);
            attached.StandardInput.Flush();
            attached.WaitForOutput("got two");
            attached.Signal("KILL");
            attached.Wait();
        }

        using (Command exec = sandbox.StartKeeping("exec", "box", "sh", "-c", "echo in; sleep 1000"))
        {
            exec.WaitForOutput("in");
            exec.Signal("KILL");
            exec.Wait();
        }

        Assert.Equal("ok", sandbox.Hearth("exec", "box", "echo", "ok"));
        sandbox.Hearth("rm", "-f", "box");
    }

    [Fact]
    public void A_killed_keeper_takes_all_of_its_container_and_the_record_says_so()
    {
        sandbox.Hearth("run", "-d", "--name", "box", "--scratch", "64m", debian.Tree, "sh", "-c", "[ -e /kept ] || echo kept >/kept; sync; echo yes >/run/synced; sleep 1000");
        Sandbox.WaitUntil(() => Try("exec", "box", "cat", "/run/synced") == "yes\n", "the container wrote its file to the disk");
        Command.Tool("kill", "-KILL", $"{sandbox.KeeperOf("box")}");
        Sandbox.WaitUntil(() => sandbox.MonitorProcesses().Count == 0, "the monitor should die with its keeper");

        Assert.Equal("exited", sandbox.Inspect("box", "State.Status"));
        Assert.Equal("137", sandbox.Inspect("box", "State.ExitCode"));
        Assert.Contains("was killed", sandbox.Inspect("box", "State.Error"), StringComparison.Ordinal);

        sandbox.Hearth("start", "box");
        Assert.Equal("kept", sandbox.Hearth("exec", "box", "cat", "/kept"));
        sandbox.Hearth("rm", "-f", "box");
    }

    [Fact]
    public void A_killed_monitor_ends_its_container_with_a_reason()
    {
        sandbox.Hearth("run", "-d", "--name", "box", debian.Tree, "sleep", "1000");
        Command.Tool("kill", "-KILL", Assert.Single(sandbox.MonitorProcesses()).ToString());
        Assert.Equal("125", sandbox.Hearth("wait", "box"));
        Assert.Contains("the machine ended", sandbox.Inspect("box", "State.Error"), StringComparison.Ordinal);
        sandbox.Hearth("rm", "box");
    }

    [Fact]
    public void A_paused_container_stands_still_and_goes_on()
    {
        sandbox.Hearth("run", "-d", "--name", "box", debian.Tree, "sleep", "1000");
        Assert.Equal("box", sandbox.Hearth("pause", "box"));
        Assert.Equal("paused", sandbox.Inspect("box", "State.Status"));
        Assert.Contains("it is paused", Fails(HearthFailed, "exec", "box", "true"), StringComparison.Ordinal);
        Assert.Contains("it is paused", Fails(1, "pause", "box"), StringComparison.Ordinal);
        sandbox.Hearth("unpause", "box");
        Assert.Equal("on", sandbox.Hearth("exec", "box", "echo", "on"));
        Assert.Contains("it is running", Fails(1, "unpause", "box"), StringComparison.Ordinal);
        sandbox.Hearth("pause", "box");
        sandbox.Hearth("stop", "-t", "1", "box");
        Assert.Equal("137", sandbox.Inspect("box", "State.ExitCode"));
        sandbox.Hearth("rm", "box");
    }

    [Fact]
    public void A_process_that_ignores_the_stop_signal_is_killed_when_its_time_is_over()
    {
        sandbox.Hearth("run", "-d", "--name", "box", "--stop-signal", "INT", "--stop-timeout", "1", debian.Tree, "sh", "-c", "trap '' TERM INT; while :; do sleep 0.1; done");
        sandbox.Hearth("stop", "box");
        Assert.Equal("137", sandbox.Inspect("box", "State.ExitCode"));
        sandbox.Hearth("rm", "box");
    }

    [Fact]
    public void A_command_that_wants_more_memory_than_there_is_is_killed_and_the_container_goes_on()
    {
        sandbox.Hearth("run", "-d", "--name", "box", "--memory", "128m", debian.Tree, "sleep", "1000");
        Assert.Equal("", Run(137, "exec", "box", "tail", "/dev/zero"));
        Assert.Equal("on", sandbox.Hearth("exec", "box", "echo", "on"));
        sandbox.Hearth("rm", "-f", "box");
    }

    [Fact]
    public void A_start_that_fails_says_why_and_leaves_the_description()
    {
        string tree = sandbox.MakeTree("tree", ("etc/file", ""));
        Assert.Contains("cannot start the command", Fails(127, "run", "-d", "--name", "box", tree, "/no/such/command"), StringComparison.Ordinal);
        Assert.Equal(("created", "127"), (sandbox.Inspect("box", "State.Status"), sandbox.Inspect("box", "State.ExitCode")));
        sandbox.Hearth("rm", "box");
        Fails(127, "run", "-d", "--rm", "--name", "box", tree, "/no/such/command");
        Assert.Equal("", sandbox.Hearth("ps", "-aq"));
    }

    [Fact]
    public void A_file_takes_the_id_and_one_that_is_there_is_refused()
    {
        string file = sandbox.PathOf("id");
        string id = sandbox.Hearth("create", "--cidfile", file, debian.Tree, "true");
        Assert.Equal(id, File.ReadAllText(file));
        sandbox.Hearth("rm", id);
        Assert.Contains(file, Fails(HearthFailed, "create", "--cidfile", file, debian.Tree, "true"), StringComparison.Ordinal);
        Assert.Equal("", sandbox.Hearth("ps", "-aq"));
    }

    [Fact]
    public void Nobody_else_may_speak_to_a_keeper_and_nonsense_ends_nothing()
    {
        string id = sandbox.Hearth("run", "-d", debian.Tree, "sleep", "1000");
        // An address holds no path as long as that of the directory.
        File.CreateSymbolicLink(sandbox.PathOf("c"), Path.Combine(sandbox.RunDirectory, "containers", id));
        string socket = sandbox.PathOf("c/control.sock");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(socket));
        for (int i = 0; i < 50; i++)
        {
            using System.Net.Sockets.Socket client = new(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
            client.Connect(new System.Net.Sockets.UnixDomainSocketEndPoint(socket));
            client.Send([.. "GET / HTTP/1.1\r\n"u8, .. new byte[1000]]);
        }

        Assert.Equal("ok", sandbox.Hearth("exec", id, "echo", "ok"));
        sandbox.Hearth("rm", "-f", id);
    }

    [Fact]
    public void A_machine_has_nothing_of_the_client_that_started_it()
    {
        using Command run = sandbox.StartKeeping("run", "--rm", "--name", "box", debian.Tree, "sh", "-c", "echo up; sleep 1000");
        run.WaitForOutput("up");
        string? client = new FileInfo($"/proc/{sandbox.KeeperOf("box")}/fd/3").LinkTarget;
        Assert.StartsWith("socket:", client, StringComparison.Ordinal);
        Assert.DoesNotContain(client, Directory.GetFiles($"/proc/{sandbox.Inspect("box", "vmmPid")}/fd").Select(path => new FileInfo(path).LinkTarget));
        sandbox.Hearth("rm", "-f", "box");
        run.Wait();
    }

    private string Fails(int exitCode, params string[] arguments)
    {
        using Command command = sandbox.StartKeeping(arguments);
        command.CloseInput();
        CommandResult result = command.Wait();
        Assert.True(result.ExitCode == exitCode, $"hearth {string.Join(' ', arguments)} ended with {result.ExitCode}, not {exitCode}: {result.ErrorText}");
        return result.ErrorText;
    }

    private string Run(int exitCode, params string[] arguments) => sandbox.RunExpecting(exitCode, arguments).OutputText;

    private string Try(params string[] arguments) => sandbox.Run(arguments).OutputText;
}
