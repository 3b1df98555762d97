using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Engines;

/// <summary>Debian's podman with Hearth as its runtime: what it does with runc, done with machines.</summary>
public sealed class PodmanTests : IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly string runtime;
    private readonly string root;

    public PodmanTests()
    {
        runtime = EngineWrapper.Write(sandbox);
        root = EngineWrapper.MakeRoot(sandbox);
    }

    [Fact]
    public void A_container_runs_and_its_output_and_status_come_back()
    {
        CommandResult result = Podman(["run", "--rm", .. Limits, "--rootfs", root, "sh", "-c", "echo out of $(uname -s); echo and err >&2; cat /etc/hostname; exit 5"]);
        Assert.True(result.ExitCode == 5, result.ErrorText);
        Assert.StartsWith("out of Linux\n", result.OutputText, StringComparison.Ordinal);
        Assert.Contains("and err", result.ErrorText, StringComparison.Ordinal);
        AssertGone();
    }

    [Fact]
    public void A_container_lives_on_its_own_and_is_reached_and_removed()
    {
        Succeed(["run", "-d", "--name", "box", .. Limits, "--rootfs", root, "sh", "-c", "trap 'echo got usr1' USR1; echo begun; while :; do sleep 1; done"]);

        Assert.Equal("inside\n", Succeed(["exec", "box", "echo", "inside"]));
        CommandResult exec = Podman(["exec", "-e", "WORD=told", "-u", "5:6", "-w", "/tmp", "box", "sh", "-c", "id -u; id -g; pwd; echo $WORD; exit 4"]);
        Assert.Equal((4, "5\n6\n/tmp\ntold\n"), (exec.ExitCode, exec.OutputText));
        Assert.NotEqual(0, Podman(["exec", "box", "not-there"]).ExitCode);

        Succeed(["pause", "box"]);
        Assert.Contains("Paused", Succeed(["ps", "-a"]), StringComparison.Ordinal);
        Succeed(["unpause", "box"]);
        Succeed(["kill", "-s", "USR1", "box"]);
        Sandbox.WaitUntil(() => Succeed(["logs", "box"]).Contains("got usr1", StringComparison.Ordinal), "the signal's trace in the log");
        Assert.StartsWith("begun\n", Succeed(["logs", "box"]), StringComparison.Ordinal);

        Succeed(["stop", "-t", "1", "box"]);
        Assert.Equal("137\n", Succeed(["inspect", "--format", "{{.State.ExitCode}}", "box"]));
        Succeed(["rm", "box"]);
        AssertGone();
    }

    [Fact]
    public void A_container_has_a_terminal_where_it_was_asked_for()
    {
        CommandResult result = Podman(["run", "--rm", "-t", .. Limits, "--rootfs", root, "sh", "-c", "tty; echo through a terminal"]);
        Assert.True(result.ExitCode == 0, result.ErrorText);
        Assert.Equal("/dev/pts/0\r\nthrough a terminal\r\n", result.OutputText);
        AssertGone();
    }

    [Fact]
    public void A_directory_of_the_host_is_shared_both_ways()
    {
        string shared = sandbox.MakeTree("shared", ("file", "of the host\n"));
        Succeed(["run", "-d", "--name", "box", .. Limits, "-v", $"{shared}:/mnt", "-v", $"{shared}:/fixed:ro", "--rootfs", root, "sh", "-c", "echo begun; while :; do sleep 1; done"]);
        Assert.Equal("of the host\n", Succeed(["exec", "box", "sh", "-c", "cat /mnt/file; echo of the guest >/mnt/made; touch /fixed/refused 2>/dev/null; true"]));
        Assert.Equal("of the guest\n", File.ReadAllText(Path.Combine(shared, "made")));
        Assert.False(File.Exists(Path.Combine(shared, "refused")));
        File.WriteAllText(Path.Combine(shared, "later"), "later\n");
        Assert.Equal("later\n", Succeed(["exec", "box", "cat", "/mnt/later"]));
        Succeed(["rm", "-f", "-t", "0", "box"]);
        AssertGone();
    }

    [Fact]
    public void A_command_that_is_not_there_is_podmans_127()
    {
        CommandResult result = Podman(["run", "--rm", .. Limits, "--rootfs", root, "not-there"]);
        Assert.True(result.ExitCode is 126 or 127, $"{result.ExitCode}: {result.ErrorText}");
        Assert.Contains("not-there", result.ErrorText, StringComparison.Ordinal);
        AssertGone();
    }

    public void Dispose()
    {
        try
        {
            // For a test that failed, and for the parents that podman leaves.
            Podman(["rm", "-a", "-f", "-t", "0"]);
            EngineWrapper.RemoveGroups(sandbox);
        }
        finally
        {
            sandbox.Dispose();
        }
    }

    /// <summary>podman's own do not suit a host without CAP_SYS_RESOURCE, and guests have no network.</summary>
    private string[] Limits => ["--network", "none", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1000:1000", "--cgroup-parent", "/" + sandbox.GroupName];

    private CommandResult Podman(string[] arguments)
    {
        using Command command = Command.Start("podman",
        [
            "--root", sandbox.PathOf("podman/root"), "--runroot", sandbox.PathOf("podman/run"), "--tmpdir", sandbox.PathOf("podman/tmp"),
            "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "file", "--runtime", runtime, .. arguments,
        ]);
        command.CloseInput();
        return command.Wait();
    }

    private string Succeed(string[] arguments)
    {
        CommandResult result = Podman(arguments);
        Assert.True(result.ExitCode == 0, $"podman {string.Join(' ', arguments)} ended with {result.ExitCode}: {result.ErrorText}");
        return result.OutputText;
    }

    private void AssertGone() => Sandbox.WaitUntil(() => sandbox.ContainerFiles().Count == 0, $"files of the runtime were left: {string.Join(", ", sandbox.ContainerFiles())}");
}
