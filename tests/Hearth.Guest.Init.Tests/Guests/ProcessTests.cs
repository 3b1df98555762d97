using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>Processes in a real guest: how they are started, what they see, how they end.</summary>
public sealed class ProcessTests(SharedGuest shared) : IClassFixture<SharedGuest>
{
    private const int Terminate = 15;
    private const int Kill = 9;

    private TestGuest Guest => shared.Guest;

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 1", 1)]
    [InlineData("exit 42", 42)]
    [InlineData("exit 255", 255)]
    public async Task The_exit_code_is_the_processs_own(string line, int expected)
    {
        ProcessResult result = await Guest.RunAsync(["sh", "-c", line]);

        Assert.Equal((expected, 0), (result.ExitCode, result.Signal));
    }

    [Theory]
    [InlineData(Kill)]
    [InlineData(Terminate)]
    [InlineData(6)]
    public async Task A_process_that_a_signal_ends_gives_128_and_the_signal(int signal)
    {
        // Beside another, for the first is PID 1 of its namespace, which the kernel keeps from all signals that it does not handle.
        TestProcess first = await Guest.StartAsync(["sleep", "1000"]);
        await first.Started.InTime();
        TestProcess process = await Guest.StartAsync(["sh", "-c", "echo up; exec sleep 1000"]);
        await process.ReadUntilAsync("up");

        await Guest.SendAsync(new SignalProcess(process.Id, signal));

        ProcessResult result = await process.ReadToEndAsync().InTime();
        Assert.Equal((128 + signal, signal), (result.ExitCode, result.Signal));
        await Guest.SendAsync(new SignalProcess(first.Id, Kill));
        await first.ReadToEndAsync().InTime();
    }

    [Fact]
    public async Task A_signal_reaches_the_processs_own_handler()
    {
        TestProcess process = await Guest.StartAsync(["sh", "-c", "trap 'echo caught; exit 7' TERM; echo up; while :; do sleep 0.01; done"]);
        await process.ReadUntilAsync("up");

        await Guest.SendAsync(new SignalProcess(process.Id, Terminate));
        string rest = await process.ReadUntilAsync("caught");

        Assert.Contains("caught", rest);
        Assert.Equal(7, (await process.ReadToEndAsync().InTime()).ExitCode);
    }

    [Fact]
    public async Task A_signal_for_all_reaches_what_the_process_started()
    {
        const string Child = "trap 'echo child ended; exit' TERM; echo up; while :; do sleep 0.01; done";
        TestProcess process = await Guest.StartAsync(
            ["sh", "-c", "trap 'wait; exit 3' TERM; for i in 1 2 3; do sh -c \"$1\" & done; wait; wait", "sh", Child]);
        string before = "";
        while (before.Split("up").Length < 4)
        {
            before += await process.ReadUntilAsync("up");
        }

        await Guest.SendAsync(new SignalProcess(process.Id, Terminate, All: true));
        ProcessResult result = await process.ReadToEndAsync().InTime();

        Assert.Equal(3, result.OutputText.Split("child ended").Length - 1);
        Assert.Equal(3, result.ExitCode);
    }

    [Fact]
    public async Task Output_and_errors_stay_apart_and_any_bytes_pass()
    {
        byte[] sent = new byte[1 << 20];
        new Random(1).NextBytes(sent);

        ProcessResult result = await Guest.RunAsync(["sh", "-c", "echo to the errors >&2; cat"], input: sent);

        Assert.Equal(sent, result.Output);
        Assert.Equal("to the errors\n", result.ErrorText);
    }

    [Fact]
    public async Task The_end_of_the_input_is_the_processs_end_of_file()
    {
        ProcessResult result = await Guest.RunAsync(["wc", "-c"], input: new byte[1234]);

        Assert.Equal("1234", result.OutputText.Trim());
    }

    [Fact]
    public async Task A_process_that_closes_its_input_early_ends_as_it_likes()
    {
        ProcessResult result = await Guest.RunAsync(["sh", "-c", "head -c 3; exec 0<&-; sleep 0.1; exit 5"], input: new byte[1 << 20]);

        Assert.Equal((5, 3), (result.ExitCode, result.Output.Length));
    }

    [Fact]
    public async Task Without_streams_a_process_has_the_null_device()
    {
        // Beside another, for the namespace ends with its first process, whose end nobody would see here.
        TestProcess first = await Guest.StartAsync(["cat"]);
        await first.Started.InTime();
        await Guest.ShellAsync("rm -f /tmp/seen");
        await Guest.SendAsync(new StartProcess { ProcessId = "no-streams", Arguments = ["sh", "-c", "for fd in 0 1 2; do readlink /proc/$$/fd/$fd; done >/tmp/new; mv /tmp/new /tmp/seen"] });

        string seen = await Guest.ShellAsync("for i in $(seq 500); do [ -e /tmp/seen ] && break; sleep 0.02; done; cat /tmp/seen");

        // The loop's own output is the file.
        Assert.Equal("/dev/null\n/tmp/new\n/dev/null", seen);
        await first.WriteInputAsync(default);
        await first.ReadToEndAsync().InTime();
    }

    [Fact]
    public async Task A_process_that_is_started_as_the_first_one_ends_runs_or_is_told_of_it()
    {
        for (int round = 0; round < 25; round++)
        {
            TestProcess first = await Guest.StartAsync(["sleep", $"0.0{round % 5}"]);

            ProcessResult result = await Guest.RunAsync(["true"]);

            Assert.True(
                result is { ExitCode: 0 } or { ExitCode: 128 + Kill, Signal: Kill } || result.Message.Contains("first process ended", StringComparison.Ordinal),
                $"{result}");
            await first.ReadToEndAsync().InTime();
        }
    }

    [Fact]
    public async Task The_environment_is_what_was_asked_for_and_dockers_defaults()
    {
        ProcessResult result = await Guest.RunAsync(["env"], request => request with { Environment = ["A=first", "GREETING=grüße = alle", "A=last"], User = "worker" });

        Assert.Equal(
            ["A=last", "GREETING=grüße = alle", "HOME=/home/worker", "HOSTNAME=testling", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            result.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("", "0:0:0")]
    [InlineData("worker", "1000:1000:1000 2000")]
    [InlineData("worker:root", "1000:0:0")]
    [InlineData("worker:team", "1000:2000:2000")]
    [InlineData("1000", "1000:1000:1000 2000")]
    [InlineData("4000", "4000:0:0")]
    [InlineData("4000:5000", "4000:5000:5000")]
    public async Task The_user_and_the_groups_are_the_images_own(string user, string expected)
    {
        ProcessResult result = await Guest.RunAsync(["sh", "-c", "echo $(id -u):$(id -g):$(id -G)"], request => request with { User = user });

        Assert.Equal(expected, result.OutputText.TrimEnd());
    }

    [Fact]
    public async Task The_working_directory_is_as_asked()
    {
        ProcessResult result = await Guest.RunAsync(["pwd"], request => request with { WorkingDirectory = "/home/worker" });

        Assert.Equal("/home/worker", result.OutputText.TrimEnd());
    }

    [Theory]
    [InlineData("no-such-command", StartFailure.CommandNotFound, "not found")]
    [InlineData("/bin/no-such-command", StartFailure.CommandNotFound, "not found")]
    [InlineData("/bin/busybox/below", StartFailure.CommandNotFound, "not found")]
    [InlineData("no-interpreter", StartFailure.InterpreterNotFound, "interpreter")]
    [InlineData("not-executable", StartFailure.NotExecutable, "permission denied")]
    [InlineData("/bin/not-executable", StartFailure.NotExecutable, "permission denied")]
    [InlineData("no-format", StartFailure.NotExecutable, "exec format error")]
    [InlineData("/etc", StartFailure.NotExecutable, "is a directory")]
    [InlineData("", StartFailure.CommandNotFound, "empty")]
    public async Task What_cannot_be_run_is_told_with_the_reason(string command, StartFailure reason, string words)
    {
        ProcessResult result = await Guest.RunAsync([command]);

        Assert.Equal(reason, result.Failure);
        Assert.Contains(words, result.Message);
    }

    [Fact]
    public async Task A_process_that_cannot_be_run_beside_another_is_told_too()
    {
        TestProcess first = await Guest.StartAsync(["sleep", "1000"]);
        await first.Started.InTime();

        Assert.Equal(StartFailure.CommandNotFound, (await Guest.RunAsync(["no-such-command"])).Failure);
        Assert.Equal("fine", await Guest.ShellAsync("echo fine"));

        await Guest.SendAsync(new SignalProcess(first.Id, Kill));
        await first.ReadToEndAsync().InTime();
    }

    [Fact]
    public async Task Other_requests_that_cannot_be_met_are_refused_one_by_one()
    {
        (StartFailure Reason, string Words, Func<StartProcess, StartProcess> Change)[] cases =
        [
            (StartFailure.UnknownUser, "nobody-here", request => request with { User = "nobody-here" }),
            (StartFailure.UnknownUser, "no-group", request => request with { User = "worker:no-group" }),
            (StartFailure.UnknownUser, "no-team", request => request with { AdditionalGroups = ["no-team"] }),
            (StartFailure.WorkingDirectory, "/etc/passwd", request => request with { WorkingDirectory = "/etc/passwd/below" }),
            (StartFailure.WorkingDirectoryMissing, "/not/there: not found", request => request with { WorkingDirectory = "/not/there" }),
            (StartFailure.System, "CAP_TO_FLY", request => request with { Capabilities = ["CAP_TO_FLY"] }),
            (StartFailure.System, "RLIMIT_SKY", request => request with { ResourceLimits = [new ResourceLimit("RLIMIT_SKY", 1, 1)] }),
            (StartFailure.CommandNotFound, "no command", request => request with { Arguments = [] }),
        ];
        foreach ((StartFailure reason, string words, Func<StartProcess, StartProcess> change) in cases)
        {
            ProcessResult result = await Guest.RunAsync(["true"], change);

            Assert.Equal(reason, result.Failure);
            Assert.Contains(words, result.Message);
        }
    }

    [Fact]
    public async Task Capabilities_privileges_and_limits_are_taken_as_asked()
    {
        foreach ((string user, string kept) in ((string, string)[])[("", "0000000000000401"), ("worker", "0000000000000000")])
        {
            ProcessResult result = await Guest.RunAsync(
                ["sh", "-c", "grep -E '^(CapEff|CapPrm|CapBnd|NoNewPrivs)' /proc/self/status | tr -d '\\t'; ulimit -n"],
                request => request with
                {
                    User = user,
                    Capabilities = ["CAP_CHOWN", "CAP_NET_BIND_SERVICE"],
                    NoNewPrivileges = true,
                    ResourceLimits = [new ResourceLimit("RLIMIT_NOFILE", 123, 456)],
                });

            // As with docker, only root has them at once; others are bounded by them.
            Assert.Equal(
                [$"CapPrm:{kept}", $"CapEff:{kept}", "CapBnd:0000000000000401", "NoNewPrivs:1", "123"],
                result.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        }
    }

    [Fact]
    public async Task A_killed_process_does_not_go_on_because_its_children_were_killed()
    {
        string[] parent = ["sh", "-c", "for n in 1 2 3 4 5 6 7 8; do sleep 1000 & done; echo up; wait; exit 3"];
        for (int round = 0; round < 10; round++)
        {
            TestProcess first = await Guest.StartAsync(parent);
            await first.ReadUntilAsync("up");
            TestProcess second = await Guest.StartAsync(parent);
            await second.ReadUntilAsync("up");
            foreach (TestProcess killed in (TestProcess[])[second, first])
            {
                await Guest.SendAsync(new SignalProcess(killed.Id, Kill, All: true));
                Assert.Equal(Kill, (await killed.ReadToEndAsync().InTime()).Signal);
            }
        }
    }

    [Fact]
    public async Task The_first_process_is_pid_1_others_join_it_and_end_with_it()
    {
        TestProcess first = await Guest.StartAsync(["sh", "-c", "echo $$; touch /tmp/joined-here; exec sleep 1000"]);
        Assert.Equal("1\n", await first.ReadUntilAsync("\n"));

        // The first has said its number and is about to become sleep: until it has, it shows as the shell.
        TestProcess second = await Guest.StartAsync(["sh", "-c", "until grep -q ^sleep /proc/1/cmdline; do sleep 0.01; done; cat /proc/1/cmdline; ls /tmp/joined-here; [ $$ != 1 ] && echo joined; exec sleep 1000"]);
        Assert.StartsWith("sleep\01000\0/tmp/joined-here\njoined\n", await second.ReadUntilAsync("joined\n"));

        await Guest.SendAsync(new SignalProcess(first.Id, Kill));

        Assert.Equal(Kill, (await first.ReadToEndAsync().InTime()).Signal);
        Assert.Equal(Kill, (await second.ReadToEndAsync().InTime()).Signal);
        Assert.Equal("1", await Guest.ShellAsync("echo $$; rm /tmp/joined-here"));
    }

    [Fact]
    public async Task Orphans_are_reaped_when_their_first_process_ends()
    {
        for (int round = 0; round < 5; round++)
        {
            await Guest.ShellAsync("for i in 1 2 3 4 5 6 7 8; do (sleep 0.0$i & sleep 1000 &) ; done");
        }

        // The container's own group counts them until they are buried, zombies too, and nothing else of the guest.
        GuestStatistics after = await TestGuest.UntilAsync(
            async () => Assert.IsType<GuestStatistics>(await Guest.AskAsync(new QueryStatistics())), told => told.Pids!.Current == 0);
        Assert.Equal(0, after.Pids!.Current);
    }

    [Fact]
    public async Task What_is_left_running_in_the_background_does_not_hold_up_the_end()
    {
        TestProcess first = await Guest.StartAsync(["sleep", "1000"]);
        await first.Started.InTime();

        ProcessResult result = await Guest.RunAsync(["sh", "-c", "sleep 1000 & echo done"]);

        Assert.Equal((0, "done\n"), (result.ExitCode, result.OutputText));
        await Guest.SendAsync(new SignalProcess(first.Id, Kill));
        await first.ReadToEndAsync().InTime();
    }

    [Fact]
    public async Task The_longest_arguments_pass_and_longer_ones_are_refused()
    {
        string longest = new('x', 120_000);
        ProcessResult result = await Guest.RunAsync(["sh", "-c", "echo ${#1}", "sh", longest]);
        Assert.Equal("120000", result.OutputText.TrimEnd());

        ProcessResult refused = await Guest.RunAsync(["true", new string('x', 200_000)]);
        Assert.Equal(StartFailure.System, refused.Failure);
        Assert.Contains("too long", refused.Message);
    }

    [Fact]
    public async Task The_container_sees_its_own_world_and_nothing_of_inits()
    {
        Assert.Equal("testling", await Guest.ShellAsync("hostname"));
        Assert.Equal("testling", await Guest.ShellAsync("cat /etc/hostname"));
        Assert.Contains("127.0.1.1\ttestling", await Guest.ShellAsync("cat /etc/hosts"));
        Assert.Equal("gone", await Guest.ShellAsync("[ -e /hearth ] || [ -e /lib/modules-hearth ] || [ -e /init ] || echo gone"));
        Assert.Contains("LOOPBACK,UP", await Guest.ShellAsync("ip link show lo"));
        Assert.Equal(
            "overlay /|proc /proc|sysfs /sys|tmpfs /dev|devpts /dev/pts|tmpfs /dev/shm|mqueue /dev/mqueue|cgroup2 /sys/fs/cgroup",
            string.Join('|', (await Guest.ShellAsync("awk '{ print $3 \" \" $2 }' /proc/mounts")).Split('\n').Where(line => !line.EndsWith("/etc/hostname", StringComparison.Ordinal) && !line.EndsWith("/etc/hosts", StringComparison.Ordinal)).OrderBy(line => Array.IndexOf(["/", "/proc"], line.Split(' ')[1]) switch { -1 => 9, var place => place })));
        await Guest.ShellAsync("for node in null zero full random urandom tty; do [ -c /dev/$node ] || exit 1; done; [ -L /dev/fd ] && [ -L /dev/stdin ] && echo x >/dev/shm/y && rm /dev/shm/y");
        Assert.Equal("hello", await Guest.ShellAsync("echo hello >/dev/stdout"));
    }

    [Fact]
    public async Task Writes_go_to_the_upper_layer()
    {
        Assert.Equal("kept", await Guest.ShellAsync("echo kept >/etc/new && echo changed >>/etc/passwd && rm /bin/no-format && cat /etc/new"));
        Assert.Equal("changed", await Guest.ShellAsync("tail -n 1 /etc/passwd"));
        await Guest.ShellAsync("sed -i '$d' /etc/passwd; rm /etc/new; printf '\\1\\2\\3' >/bin/no-format; chmod 755 /bin/no-format");
    }
}
