using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>What <c>run</c> and <c>exec</c> give a process: bytes as they are, and the flags that docker's and podman's users reach for.</summary>
public sealed class ProcessFlagTests : IDisposable
{
    private readonly Sandbox sandbox = new();
    private readonly string tree;

    public ProcessFlagTests()
    {
        tree = BusyboxTree.Make(sandbox);
        foreach (string name in (string[])["printf", "id", "df", "date", "tr", "head", "tail", "cut", "pwd", "test", "env", "grep"])
        {
            File.CreateSymbolicLink(Path.Combine(tree, "bin", name), "busybox");
        }

        File.WriteAllText(Path.Combine(tree, "etc/group"), "root:x:0:\nteam:x:2000:\n");
    }

    public void Dispose() => sandbox.Dispose();

    /// <summary>Nothing on the way may take them for text: neither the client, nor the records, nor the keeper, nor the guest.</summary>
    [Fact]
    public void Arguments_and_variables_that_are_not_UTF_8_arrive_byte_for_byte()
    {
        string odd = @"$'\x80\xff\xc3\x28 \xef\x9e\x80 \xc3\xa4'";
        byte[] expected = [0x80, 0xff, 0xc3, 0x28, (byte)' ', 0xef, 0x9e, 0x80, (byte)' ', 0xc3, 0xa4];
        byte[] whole = [.. expected, .. expected, .. expected];
        string script = $"export INHERITED={odd}; {Programs.Hearth} run --rm -e GIVEN={odd} -e INHERITED {tree} sh -c 'printf %s%s%s \"$1\" \"$GIVEN\" \"$INHERITED\"' x {odd}";
        Assert.Equal(whole, Bash(script));

        Bash($"{Programs.Hearth} run -d --name box -e GIVEN={odd} {tree} sh -c 'while :; do sleep 1; done' {odd}");
        Assert.Equal(whole, Bash($"{Programs.Hearth} exec -e MORE={odd} box sh -c 'printf %s%s%s \"$1\" \"$GIVEN\" \"$MORE\"' x {odd}"));
        Assert.Equal(expected, Bash($"mkdir {tree}/{odd}; {Programs.Hearth} run --rm -w /{odd} {tree} sh -c 'printf %s \"${{PWD#/}}\"'"));
        Assert.Equal([.. expected, 0], Bash($"{Programs.Hearth} exec box tail -c {expected.Length + 1} /proc/1/cmdline"));
        sandbox.Hearth("rm", "-f", "box");
    }

    [Theory]
    [InlineData("100 200\n", "echo $(ulimit -Sn) $(ulimit -Hn)", "--ulimit", "nofile=100:200")]
    [InlineData("unlimited\n", "ulimit -c", "--ulimit", "core=-1")]
    [InlineData("64\n", "ulimit -n", "--ulimit", "nofile=128", "--ulimit", "nofile=64")]
    [InlineData("5 6,77,2000\n", "echo $(id -u) $(id -G | tr ' ' ',')", "-u", "5:6", "--group-add", "77", "--group-add", "team")]
    [InlineData("8192\n", "echo $(df /dev/shm | tail -n 1 | tr -s ' ' | cut -d' ' -f2)", "--shm-size", "8m")]
    [InlineData("1234\n", "cat /proc/sys/net/core/somaxconn", "--sysctl", "net.core.somaxconn=1234")]
    [InlineData("0027\n", "umask", "--umask", "027")]
    [InlineData("CET\n", "date +%Z -d 2026-01-15", "--tz", "Europe/Berlin")]
    [InlineData("/dev/hearth-reaper -- sh\n", "echo $(cat /proc/1/cmdline | tr '\\0' '\\n' | head -n 3)", "--init")]
    [InlineData("0\n", "test -e /tmp/x; echo $(touch /tmp/x; echo $?)", "--read-only")]
    [InlineData("box.example.org box\nexample.org\n", "grep -o 'box.*' /etc/hosts | head -n 1; cat /proc/sys/kernel/domainname", "--hostname", "box", "--domainname", "example.org")]
    [InlineData("0000000000000400\n1\n", "grep -e CapEff -e NoNewPrivs /proc/self/status | cut -f2", "--cap-drop", "ALL", "--cap-add", "NET_BIND_SERVICE", "--security-opt", "no-new-privileges:true")]
    [InlineData("33 7\n", "echo $(cat /sys/fs/cgroup/pids.max) $(cat /proc/self/oom_score_adj)", "--pids-limit", "33", "--oom-score-adj", "7")]
    public void A_flag_does_what_it_does_with_docker_or_podman(string output, string script, params string[] flags) =>
        Assert.Equal(output, sandbox.RunExpecting(0, ["run", .. flags, tree, "sh", "-c", script]).OutputText);

    [Fact]
    public void An_entrypoint_takes_the_words_as_its_arguments()
    {
        Assert.Equal("one two\n", sandbox.RunExpecting(0, "run", "--entrypoint", "/bin/echo", tree, "one", "two").OutputText);
        Assert.Equal("\n", sandbox.RunExpecting(0, "run", "--entrypoint", "echo", tree).OutputText);
        Assert.Equal("one\n", sandbox.RunExpecting(0, "run", "--entrypoint", "", tree, "echo", "one").OutputText);
    }

    [Fact]
    public void With_init_a_status_and_a_signal_pass_through()
    {
        Assert.Equal("", sandbox.RunExpecting(42, "run", "--init", tree, "sh", "-c", "exit 42").ErrorText);
        Assert.Contains("no-such-command", sandbox.RunExpecting(127, "run", "--init", tree, "no-such-command").ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("run", "-d", "--init", "--name", "box", tree, "sleep", "1000");
        sandbox.Hearth("stop", "-t", "60", "box");
        Assert.Equal("143", sandbox.Inspect("box", "State.ExitCode"));
        sandbox.Hearth("rm", "box");
    }

    /// <summary>docker makes the directory for a container's first process alone.</summary>
    [Fact]
    public void A_working_directory_is_made_for_the_first_process_and_for_no_other()
    {
        sandbox.Hearth("run", "-d", "--name", "box", "-w", "/made/for it", "-u", "1000", "--umask", "0", tree, "sh", "-c", "pwd; sleep 1000");
        Sandbox.WaitUntil(() => sandbox.Hearth("logs", "box") == "/made/for it", "the first process's directory");
        Assert.Equal("755 0:0", sandbox.Hearth("exec", "box", "stat", "-c", "%a %u:%g", "/made/for it"));

        CommandResult refused = sandbox.RunExpecting(127, "exec", "-w", "/missing", "box", "true");
        Assert.Contains("working directory /missing: not found in the container", refused.ErrorText, StringComparison.Ordinal);
        sandbox.RunExpecting(1, "exec", "box", "test", "-e", "/missing");
        Assert.Equal("0000\n1000", sandbox.Hearth("exec", "box", "sh", "-c", "umask; id -u"));
        sandbox.Hearth("rm", "-f", "box");
    }

    [Theory]
    [InlineData("--device /dev/kvm: a microVM has no devices of the host", "--device", "/dev/kvm")]
    [InlineData("--ip6 fd00::9: a container's IPv6 address follows from its IPv4 address", "--ip6", "fd00::9")]
    [InlineData("--pid host: a microVM has a kernel of its own", "--pid", "host")]
    [InlineData("--log-driver syslog: output is stored as json-file does", "--log-driver", "syslog")]
    [InlineData("there is no capability 'FLY'", "--cap-add", "FLY")]
    [InlineData("cannot use the security option 'seccomp=profile.json'", "--security-opt", "seccomp=profile.json")]
    [InlineData("it must be from -1000 to 1000", "--oom-score-adj", "1001")]
    [InlineData("cannot use --cpus with --cpu-period or --cpu-quota", "--cpus", "1", "--cpu-quota", "50000")]
    [InlineData("it must be from 10 to 1000", "--blkio-weight", "5")]
    [InlineData("the host has no such block device", "--device-read-bps", "/dev/nothing:1m")]
    [InlineData("conflicting options: cannot specify both --attach and --detach", "-d", "-a", "stdout")]
    [InlineData("must be stdin, stdout or stderr", "-a", "stdboth")]
    [InlineData("there is no container 'nobody'", "--volumes-from", "nobody")]
    [InlineData("--link db: containers of one network know each other by name", "--link", "db")]
    [InlineData("--gpus all: a microVM has no devices of the host", "--gpus", "all")]
    [InlineData("--userns keep-id: a microVM has its own users", "--userns", "keep-id")]
    [InlineData("--uidmap 0:1000:1: a microVM has its own users", "--uidmap=0:1000:1")]
    [InlineData("there is no resource 'sky'", "--ulimit", "sky=1")]
    [InlineData("the soft limit is above the hard one", "--ulimit", "nofile=2:1")]
    [InlineData("give NAME=SOFT[:HARD]", "--ulimit", "nofile")]
    [InlineData("invalid umask '9'", "--umask", "9")]
    [InlineData("invalid sysctl 'a.b'", "--sysctl", "a.b")]
    [InlineData("the host has no '/usr/share/zoneinfo/Of/Nobody'", "--tz", "Of/Nobody")]
    [InlineData("it is not the name of a zone", "--tz", "../../../etc/passwd")]
    [InlineData("has none of this name", "--sysctl", "net.of.nobody=1")]
    [InlineData("has no group 'nobodies'", "--group-add", "nobodies")]
    public void What_cannot_be_had_is_refused_with_the_reason(string words, params string[] flags)
    {
        CommandResult result = sandbox.RunExpecting(125, ["run", .. flags, tree, "true"]);
        Assert.Contains(words, result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_the_streams_that_are_attached_arrive()
    {
        string[] script = [tree, "sh", "-c", "echo out; echo err >&2; exit 3"];
        CommandResult output = sandbox.RunExpecting(3, ["run", "-a", "STDOUT", .. script]);
        Assert.Equal(("out\n", ""), (output.OutputText, output.ErrorText));
        CommandResult error = sandbox.RunExpecting(3, ["run", "-a", "stderr", .. script]);
        Assert.Equal(("", "err\n"), (error.OutputText, error.ErrorText));
    }

    /// <summary>As with docker: who gets no output does not wait for the command.</summary>
    [Fact]
    public void With_the_input_alone_a_run_returns_at_the_end_of_it_and_the_command_has_all_of_it()
    {
        using Command run = sandbox.StartKeeping("run", "-i", "-a", "stdin", "--name", "box", tree, "sh", "-c", "cat >/tmp/in; trap 'cat /tmp/in; exit 3' TERM; echo ready; while :; do sleep 0.1; done");
        run.WaitForOutput("\n");
        run.StandardInput.Write(new byte[300_000]);
        run.StandardInput.Write("given\n"u8);
        run.CloseInput();
        CommandResult end = run.Wait();
        Assert.Equal((0, ""), (end.ExitCode, end.ErrorText));
        Assert.Matches("^[0-9a-f]{64}\n$", end.OutputText);

        Sandbox.WaitUntil(() => sandbox.Hearth("logs", "box") == "ready", "the command is ready");
        sandbox.Hearth("stop", "-t", "30", "box");
        Assert.Equal("3", sandbox.Inspect("box", "State.ExitCode"));
        Assert.EndsWith("given", sandbox.Hearth("logs", "--tail", "1", "box"), StringComparison.Ordinal);
        sandbox.Hearth("rm", "box");
    }

    [Fact]
    public void Labels_come_from_files_and_mounts_from_other_containers()
    {
        string shared = sandbox.MakeTree("shared", ("note", "hello\n")), other = sandbox.MakeTree("other", ("note", "other\n"));
        string labels = sandbox.PathOf("labels");
        File.WriteAllText(labels, "# both\na=1\nb=2\n");
        sandbox.Hearth("create", "--name", "first", "-v", $"{shared}:/shared", "-v", $"{shared}:/kept:ro", "-v", $"{other}:/own", tree, "true");
        sandbox.Hearth("create", "--name", "second", "--label-file", labels, "--label", "b=3", "--annotation", "tier=front", "--volumes-from", "first:ro", "-v", $"{shared}:/own", tree,
            "sh", "-c", "cat /shared/note /kept/note /own/note; echo more >> /shared/note || echo refused");

        Assert.Equal("1 3 front", $"{sandbox.Inspect("second", "Config.Labels.a")} {sandbox.Inspect("second", "Config.Labels.b")} {sandbox.Inspect("second", "description.Spec.Annotations.tier")}");
        Assert.Equal("hello\nhello\nhello\nrefused\n", sandbox.RunExpecting(0, "start", "-a", "second").OutputText);
        sandbox.Hearth("rm", "first", "second");
    }

    [Fact]
    public void A_process_of_exec_has_the_containers_capabilities_or_all()
    {
        const string Read = "grep CapEff /proc/self/status | cut -f2";
        sandbox.Hearth("run", "-d", "--name", "box", "--cap-drop", "ALL", tree, "sleep", "1000");
        Assert.Equal("0000000000000000", sandbox.Hearth("exec", "box", "sh", "-c", Read));
        Assert.Equal("000001ffffffffff", sandbox.Hearth("exec", "--privileged", "box", "sh", "-c", Read));
        sandbox.Hearth("rm", "-f", "box");
    }

    [Theory]
    [InlineData("--memory-swap 1g is ignored: a machine gets none of the host's swap", "--memory-swap", "1g")]
    [InlineData("--oom-kill-disable is ignored", "--oom-kill-disable")]
    [InlineData("", "--memory-swappiness", "-1", "--ipc", "private", "--log-driver", "json-file", "--privileged")]
    public void What_has_no_effect_is_warned_about(string words, params string[] flags)
    {
        CommandResult result = sandbox.RunExpecting(0, ["create", "--rm", "--name", "box", .. flags, tree, "true"]);
        Assert.Equal(words.Length == 0, result.ErrorText.Length == 0);
        Assert.Contains(words, result.ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("rm", "box");
    }

    private byte[] Bash(string script)
    {
        string file = sandbox.PathOf("script");
        File.WriteAllText(file, script);
        using Command command = sandbox.StartProgram("bash", file);
        command.CloseInput();
        CommandResult result = command.Wait();
        Assert.True(result.ExitCode == 0, result.ErrorText);
        return result.Output;
    }
}
