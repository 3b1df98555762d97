using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests.Engines;

/// <summary>Debian's podman with Hearth as its runtime: what it does with runc, done with machines.</summary>
public sealed class PodmanTests : IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly Podman podman;
    private readonly string root;

    public PodmanTests()
    {
        podman = new Podman(sandbox);
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

    /// <summary>What podman makes of runc's words with runc 1.1.5, tried beside it.</summary>
    [Theory]
    [InlineData(127, "exec: \"not-there\": executable file not found in $PATH", "not-there", Explicit = true)]
    [InlineData(127, "exec: \"/not/there\": stat /not/there: no such file or directory", "/not/there")]
    [InlineData(126, "exec: \"/etc\": permission denied", "/etc", Explicit = true)]
    public void A_command_that_cannot_be_run_has_podmans_exit_code(int exitCode, string words, string command)
    {
        CommandResult run = Podman(["run", "--rm", .. Limits, "--rootfs", root, command]);
        Assert.Equal(exitCode, run.ExitCode);
        AssertOneSentence("create failed: unable to start container process: " + words, run);

        Succeed(["run", "-d", "--name", "box", .. Limits, "--rootfs", root, "sleep", "1000"]);
        CommandResult exec = Podman(["exec", "box", command]);
        Assert.Equal(exitCode, exec.ExitCode);
        AssertOneSentence("exec failed: unable to start container process: " + words, exec);
        Succeed(["rm", "-f", "-t", "0", "box"]);
        AssertGone();
    }

    /// <summary>However an engine calls: in the foreground, with a terminal, on its own, by a later start.</summary>
    [Fact]
    public void A_start_that_fails_says_why_in_every_way_of_calling()
    {
        const string Reason = "executable file not found in $PATH";
        AssertOneSentence(Reason, Podman(["run", "--rm", .. Limits, "--rootfs", root, "not-there"]));
        AssertOneSentence(Reason, Podman(["run", "--rm", "-t", .. Limits, "--rootfs", root, "not-there"]));
        AssertOneSentence(Reason, Podman(["run", "-d", "--name", "box", .. Limits, "--rootfs", root, "not-there"]));
        AssertOneSentence(Reason, Podman(["start", "box"]));
        AssertOneSentence(Reason, Podman(["start", "-a", "box"]));
        Succeed(["rm", "box"]);

        File.WriteAllText(Path.Combine(root, "bin/script"), "#!/of/nobody\n");
        File.SetUnixFileMode(Path.Combine(root, "bin/script"), (UnixFileMode)0x1ED);
        AssertOneSentence("no such file or directory", Podman(["run", "--rm", .. Limits, "--rootfs", root, "script"]));
        AssertOneSentence("no such file or directory", Podman(["run", "-d", "--name", "box", .. Limits, "--rootfs", root, "script"]));
        AssertGone();
    }

    [Theory]
    [InlineData("the device '/dev/fuse'", "--device", "/dev/fuse")]
    [InlineData("it maps users", "--uidmap", "0:100000:5000")]
    [InlineData("has none of this name", "--sysctl", "net.of.nobody=1")]
    [InlineData("not a directory", "-v", "/etc/passwd:/tmp")]
    public void What_a_machine_cannot_have_is_refused_at_the_prompt(string words, params string[] flags)
    {
        CommandResult result = Podman(["run", "--rm", .. Limits, .. flags, "--rootfs", root, "true"]);
        Assert.NotEqual(0, result.ExitCode);
        AssertOneSentence(words, result);
        AssertGone();
    }

    /// <summary>Each with the output that podman 4.3 has with runc; on a mode that an option gives, runc 1.1 lets the directory's win and later ones the option's, as here.</summary>
    [Theory]
    [InlineData("750 0:0 text\n", "echo $(stat -c '%a %u:%g' /data) $(cat /data/file)", "--tmpfs", "/data")]
    [InlineData("1777 0\n", "echo $(stat -c '%a' /data) $(ls /data | wc -l)", "--tmpfs", "/data:rw,size=1m,mode=1777,notmpcopyup")]
    [InlineData("750 text\n", "echo $(stat -c '%a' /data) $(cat /data/file)", "--tmpfs", "/data:exec,rprivate,size=1m", Explicit = true)]
    [InlineData("1 0 0 0\n", "r() { touch $1 2>/dev/null; echo $?; }; echo $(r /new) $(r /tmp/new) $(r /run/new) $(r /dev/shm/new)", "--read-only")]
    [InlineData("1 1\n", "r() { touch $1 2>/dev/null; echo $?; }; echo $(r /new) $(r /tmp/new)", "--read-only", "--read-only-tmpfs=false", Explicit = true)]
    [InlineData("/run/podman-init -- sh -c\n", "echo $(cat /proc/1/cmdline | tr '\\0' '\\n' | head -n 4)", "--init")]
    [InlineData("5:6 6,77\n", "echo $(id -u):$(id -g) $(id -G | tr ' ' ',')", "--user", "5:6", "--group-add", "77")]
    [InlineData("12288\n", "echo $(df /dev/shm | tail -n 1 | tr -s ' ' | cut -d' ' -f2)", "--shm-size", "12m", Explicit = true)]
    [InlineData("77\n", "cat /proc/sys/net/core/somaxconn", "--sysctl", "net.core.somaxconn=77", Explicit = true)]
    [InlineData("0077\n", "umask", "--umask", "0077", Explicit = true)]
    [InlineData("700\n", "stat -c %a /made/here", "--mount", "type=tmpfs,destination=/made/here,tmpfs-mode=700", Explicit = true)]
    [InlineData("1024:2048\n", "echo $(ulimit -Sc):$(ulimit -Hc)", "--ulimit", "core=524288:1048576")]
    public void Flags_mean_what_they_mean_with_runc(string output, string script, params string[] flags)
    {
        Directory.CreateDirectory(Path.Combine(root, "data"));
        File.WriteAllText(Path.Combine(root, "data/file"), "text\n");
        File.SetUnixFileMode(Path.Combine(root, "data"), (UnixFileMode)0x1E8);
        foreach (string name in (string[])["stat", "ls", "wc", "touch", "tr", "head", "tail", "df", "cut"])
        {
            File.CreateSymbolicLink(Path.Combine(root, "bin", name), "busybox");
        }

        Assert.Equal(output, Succeed(["run", "--rm", .. Limits, .. flags, "--rootfs", root, "sh", "-c", script]));
        AssertGone();
    }

    [Fact]
    public void A_container_is_stopped_started_again_and_its_health_asked_for()
    {
        Succeed(["run", "-d", "--name", "box", .. Limits, "--health-cmd", "echo well", "--health-interval", "disable", "--rootfs", root, "sleep", "1000"]);
        Succeed(["healthcheck", "run", "box"]);
        Succeed(["stop", "-t", "0", "box"]);
        Succeed(["start", "box"]);
        Assert.Equal("again\n", Succeed(["exec", "box", "echo", "again"]));
        Succeed(["rm", "-f", "-t", "0", "box"]);
        AssertGone();
    }

    [Fact]
    public void A_read_only_root_needs_none_of_the_directories_that_a_container_has()
    {
        foreach (string name in (string[])["proc", "sys", "dev", "tmp", "etc", "run"])
        {
            Directory.Delete(Path.Combine(root, name));
        }

        Assert.Equal("fine\n", Succeed(["run", "--rm", .. Limits, "--read-only", "--rootfs", root, "sh", "-c", "cat /proc/self/status >/dev/null && cat /etc/hosts >/dev/null && echo fine"]));
        AssertGone();
    }

    private static void AssertOneSentence(string words, CommandResult result)
    {
        Assert.Contains(words, Assert.Single(result.ErrorText.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.DoesNotContain("level=", result.ErrorText, StringComparison.Ordinal);
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

    private string[] Limits => ["--network", "none", .. podman.Limits];

    private CommandResult Podman(string[] arguments) => podman.Run(arguments);

    private string Succeed(string[] arguments) => podman.Succeed(arguments);

    private void AssertGone() => Sandbox.WaitUntil(() => sandbox.ContainerFiles().Count == 0, $"files of the runtime were left: {string.Join(", ", sandbox.ContainerFiles())}");
}
