using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>A terminal as a person has it: tmux types, resizes and reads the screen.</summary>
public sealed class TerminalTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private readonly Sandbox sandbox = new();

    private string Socket => sandbox.PathOf("tmux.sock");

    public void Dispose()
    {
        Tmux("kill-server");
        File.Delete(Socket);
        sandbox.Dispose();
    }

    [Fact]
    public void A_shell_has_a_terminal_of_the_callers_size_that_follows_it()
    {
        Open("-it", "sh");
        Type("tty; stty size; echo up-$((40+2))");
        See("up-42");
        See("/dev/pts/");
        See("30 100");

        Tmux("resize-window", "-t", "main", "-x", "80", "-y", "20");
        Type("stty size; echo again-$((1+1))");
        See("again-2");
        See("20 80");

        Type("exit 5");
        See("status=5");
    }

    /// <summary>docker and podman print nothing but their output; the runtime's own console prints sequences for keys first.</summary>
    [Theory]
    [InlineData("--version")]
    [InlineData("ps -q")]
    [InlineData("inspect nobody")]
    [InlineData("logs nobody")]
    public void A_terminal_gets_no_control_sequences(string line)
    {
        using Command script = sandbox.StartProgram("script", "-qec", $"{Programs.Hearth} {line}", "/dev/null");
        CommandResult result = script.Wait();
        Assert.DoesNotContain('\u001b', result.OutputText);
        Assert.NotEqual(127, result.ExitCode);
    }

    [Fact]
    public void Ctrl_c_interrupts_the_command_and_not_hearth()
    {
        Open("-it", "sh");

        // Told by a process that has the terminal to itself: a shell about to give it away may lose the key.
        Type("sh -c 'echo begun-$((1+1)); exec sleep 1000'");
        See("begun-2");
        Tmux("send-keys", "-t", "main", "C-c");
        Type("echo still-$((1+1))-here; exit 0");
        See("still-2-here");
        See("status=0");
    }

    [Fact]
    public void The_callers_terminal_is_as_before_when_the_run_ends()
    {
        Open("-it", "true");
        See("status=0");
        Type("stty -a | tr ' ' '\\n' | grep -c -e '^icanon' -e '^echo;*$' -e '^isig'");
        See("3");
    }

    [Fact]
    public void The_callers_terminal_is_as_before_when_the_monitor_is_killed()
    {
        Open("-it", "sh", "-c", "'echo up-$((40+2)); sleep 1000'");
        See("up-42");
        Command.Tool("kill", "-KILL", Assert.Single(sandbox.MonitorProcesses()).ToString());
        See("status=125");
        Type("stty -a | tr ' ' '\\n' | grep -c -e '^icanon' -e '^echo;*$' -e '^isig'");
        See("3");
    }

    [Fact]
    public void The_detach_keys_leave_the_container_to_be_attached_again()
    {
        Open("-it --name box", "sh");
        Type("echo up-$((40+2))");
        See("up-42");
        Tmux("send-keys", "-t", "main", "C-p", "C-q");
        See("status=0");
        Assert.Equal("running", sandbox.Inspect("box", "State.Status"));

        Type($"clear; {Programs.Hearth} attach box; echo ended=$?");
        Type("echo back-$((1+1))");
        See("back-2");
        Type("exit 4");
        See("ended=4");
    }

    private void Open(string flags, params string[] command)
    {
        Tmux("-f", "/dev/null", "new-session", "-d", "-s", "main", "-x", "100", "-y", "30", "sh");
        Type($"PS1=; clear; {Programs.Hearth} run --rm {flags} {debian.Tree} {string.Join(' ', command)}; echo status=$?");
    }

    private void Type(string text) => Tmux("send-keys", "-t", "main", text, "Enter");

    private void See(string text) =>
        Sandbox.WaitUntil(() => Screen().Split('\n').Any(line => line.Contains(text, StringComparison.Ordinal) && !line.Contains("$((", StringComparison.Ordinal) && !line.Contains("$?", StringComparison.Ordinal)), $"'{text}' on the screen");

    private string Screen() => Tmux("capture-pane", "-p", "-t", "main");

    private string Tmux(params string[] arguments)
    {
        using Command command = sandbox.StartProgram("tmux", ["-S", Socket, .. arguments]);
        command.CloseInput();
        return command.Wait().OutputText;
    }
}
