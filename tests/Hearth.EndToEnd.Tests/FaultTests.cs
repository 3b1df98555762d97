using System.Text.Json;
using System.Text.Json.Nodes;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>Bad input and broken parts: a clear message, docker's exit code, nothing left (the sandbox checks that).</summary>
public sealed class FaultTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private const int HearthFailed = 125;

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_missing_directory_is_named()
    {
        CommandResult result = sandbox.RunExpecting(HearthFailed, "run", "/no/such/root", "true");

        Assert.Contains("/no/such/root", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_is_no_directory()
    {
        CommandResult result = sandbox.RunExpecting(HearthFailed, "run", "/etc/passwd", "true");

        Assert.Contains("/etc/passwd", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("directory", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_flag_is_named_with_the_way_to_the_help()
    {
        CommandResult result = sandbox.RunExpecting(HearthFailed, "run", "--no-such-flag", debian.Tree, "true");

        Assert.Contains("--no-such-flag", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains("--help", result.ErrorText, StringComparison.Ordinal);
    }

    /// <summary>A damaged description has each of them stumble: the command itself, and the keeper that it starts.</summary>
    [Theory]
    [InlineData("process", "complete 'hearth inspect'", "inspect", "damaged")]
    [InlineData("rootfs", "run the container", "start", "-a", "damaged")]
    public void A_fault_that_nothing_expects_is_one_line_and_a_file(string member, string act, params string[] words)
    {
        sandbox.Hearth("create", "--name", "damaged", debian.Tree, "true");
        string config = Directory.GetFiles(Path.Combine(sandbox.StateDirectory, "records"), "container.json", SearchOption.AllDirectories).Single();
        JsonNode description = JsonNode.Parse(File.ReadAllText(config))!;
        (member == "process" ? description["spec"]! : description)[member] = null;
        File.WriteAllText(config, description.ToJsonString());

        CommandResult result = sandbox.RunExpecting(HearthFailed, words);

        string crash = Path.Combine(sandbox.StateDirectory, "crash");
        Assert.StartsWith($"hearth: cannot {act}", result.ErrorText, StringComparison.Ordinal);
        Assert.Contains($"unexpected NullReferenceException: ", result.ErrorText, StringComparison.Ordinal);
        Assert.EndsWith($"with the details in '{Assert.Single(Directory.GetFiles(crash))}'\n", result.ErrorText, StringComparison.Ordinal);
        Assert.Equal(1, result.ErrorText.Count(character => character == '\n'));
        Directory.Delete(crash, recursive: true);
        sandbox.Hearth("rm", "damaged");
    }

    [Theory]
    [InlineData("run --help >/dev/full", "1\n", "hearth: cannot complete the command: write: No space left on device (ENOSPC)\n")]
    [InlineData("ps >/dev/full 2>/dev/full", "125\n", "")]
    [InlineData("nonsense 2>/dev/full", "125\n", "")]
    public void Output_that_nobody_takes_is_no_reason_for_a_stack_trace(string line, string exitCode, string message)
    {
        using Command shell = sandbox.StartProgram("bash", "-c", $"'{Programs.Hearth}' {line}; echo $?");
        shell.CloseInput();
        CommandResult result = shell.Wait();
        Assert.Equal((exitCode, message), (result.OutputText, result.ErrorText));
    }

    [Theory]
    [InlineData("--memory", "12parsecs")]
    [InlineData("--cpus", "none")]
    [InlineData("--rootfs-format", "zip")]
    [InlineData("--accel", "magic")]
    [InlineData("--uid-range", "9-1")]
    public void A_value_that_cannot_be_is_named(string flag, string value)
    {
        CommandResult result = sandbox.RunExpecting(HearthFailed, "run", flag, value, debian.Tree, "true");

        Assert.Contains(value, result.ErrorText, StringComparison.Ordinal);
        Assert.Contains(flag, result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_root_the_next_step_is_told()
    {
        // The program lies in the checkout, which another user may not reach: a copy does.
        string program = "/tmp/" + Path.GetFileName(sandbox.Root) + "-hearth";
        File.Copy(Programs.Hearth, program);
        try
        {
            using Command command = sandbox.StartProgram("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", program, "run", "/usr", "true");
            CommandResult result = command.Wait();

            Assert.Equal(HearthFailed, result.ExitCode);
            Assert.Contains("root", result.ErrorText, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(program);
        }
    }

    [Fact]
    public void A_kernel_that_is_not_there_is_named()
    {
        CommandResult result = sandbox.RunExpecting(HearthFailed, "run", "--kernel", "/no/such/kernel", debian.Tree, "true");

        Assert.Contains("/no/such/kernel", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_no_kernel_is_refused()
    {
        CommandResult result = sandbox.RunExpecting(HearthFailed, "run", "--kernel", "/etc/services", debian.Tree, "true");

        Assert.Contains("/etc/services", result.ErrorText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1m")]
    [InlineData("24m")]
    public void Memory_too_small_to_boot_is_named_as_the_cause(string memory)
    {
        CommandResult result = sandbox.RunExpecting(HearthFailed, "run", "--memory", memory, debian.Tree, "true");

        Assert.Contains("memory", result.ErrorText, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_guest_that_does_not_answer_in_time_is_ended()
    {
        CommandResult result = sandbox.RunExpecting(HearthFailed, "run", "--boot-timeout", "100ms", debian.Tree, "true");

        Assert.Contains("within 0.1 s", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_killed_monitor_ends_the_run_with_a_message()
    {
        using Command command = sandbox.Start("run", "-i", debian.Tree, "sh", "-c", "echo ready; sleep 1000");
        command.WaitForOutput("ready");
        Command.Tool("kill", "-KILL", Assert.Single(sandbox.MonitorProcesses()).ToString());
        CommandResult result = command.Wait();

        Assert.Equal(HearthFailed, result.ExitCode);
        Assert.Contains("killed", result.ErrorText, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_guest_that_panics_is_told_with_its_last_words()
    {
        CommandResult result = sandbox.RunExpecting(HearthFailed, "run", debian.Tree, "sh", "-c", "echo c > /proc/sysrq-trigger; sleep 1000");

        Assert.Contains("panic", result.ErrorText, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void When_a_keeper_is_killed_its_guest_goes_too_and_the_next_command_clears_the_rest()
    {
        using (Command command = sandbox.Start("run", "-i", "--name", "doomed", debian.Tree, "sh", "-c", "echo ready; sleep 1000"))
        {
            command.WaitForOutput("ready");
            Assert.Single(sandbox.MonitorProcesses());
            Command.Tool("kill", "-KILL", $"{sandbox.KeeperOf("doomed")}");
            CommandResult result = command.Wait();
            Assert.Equal(HearthFailed, result.ExitCode);
            Assert.Contains("the container's keeper has ended", result.ErrorText, StringComparison.Ordinal);
        }

        Sandbox.WaitUntil(() => sandbox.MonitorProcesses().Count == 0, "the monitor should die with its keeper");
        string user = Path.GetFileName(Assert.Single(Directory.GetFiles(sandbox.PathOf("state/users"))));
        Sandbox.WaitUntil(() => !HasProcesses(user), "nothing of the monitor should be left, its memory not either");
        sandbox.RunExpecting(0, "run", debian.Tree, "true");
        sandbox.AssertNothingLeft();
    }

    [Fact]
    public void A_full_disk_for_the_scratch_file_is_a_clear_error()
    {
        string small = Directory.CreateDirectory(sandbox.PathOf("small")).FullName;
        Command.Tool("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small);
        try
        {
            CommandResult result = sandbox.RunExpecting(HearthFailed, "run", "--state-dir", small, "--scratch", "4g", debian.Tree, "true");

            Assert.Contains("scratch", result.ErrorText, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(Sandbox.FilesIn(small), file => !file.Contains("/cache/", StringComparison.Ordinal) && !file.Contains("/events/", StringComparison.Ordinal)); // The plan was good, and is kept.
        }
        finally
        {
            Command.Unmount(small);
        }
    }

    [Fact]
    public void A_full_run_directory_is_a_clear_error()
    {
        string small = Directory.CreateDirectory(sandbox.PathOf("small")).FullName;
        Command.Tool("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small);
        try
        {
            CommandResult result = sandbox.RunExpecting(HearthFailed, "run", "--run-dir", small, debian.Tree, "true");
            Assert.StartsWith($"hearth: cannot write the guest's initramfs '{small}/containers/", result.ErrorText, StringComparison.Ordinal);
            Assert.DoesNotContain(Sandbox.FilesIn(small), file => !file.Contains("/events/", StringComparison.Ordinal));
        }
        finally
        {
            Command.Unmount(small);
        }
    }

    [Theory]
    [InlineData("truncate -s 10 FILE")]
    [InlineData("head -c 100000 /dev/zero >> FILE")]
    [InlineData("head -c 3000000 /dev/zero > FILE.new && mv FILE.new FILE")]
    [InlineData("rm FILE")]
    public void A_source_file_changed_under_a_running_guest_gives_an_error_there_and_never_other_bytes(string change)
    {
        string tree = sandbox.MakeTree("changing", ("bin/.keep", ""));
        File.Copy("/bin/busybox", Path.Combine(tree, "bin/busybox"));

        // Between the two, so that the guest's reading ahead in busybox does not take the data along while it is still there.
        File.WriteAllBytes(Path.Combine(tree, "cushion"), new byte[8 << 20]);
        string file = Path.Combine(tree, "data");
        string content = string.Concat(Enumerable.Repeat("original content\n", 200_000));
        File.WriteAllText(file, content);
        string report = sandbox.PathOf("report.json");

        using Command command = sandbox.Start("run", "-i", "--report", report, tree, "/bin/busybox", "sh", "-c", "/bin/busybox echo ready; read go; /bin/busybox cat /data || exit 9");
        command.WaitForOutput("ready");
        Command.Tool("sh", "-c", change.Replace("FILE", file, StringComparison.Ordinal));
        command.StandardInput.Write("go\n"u8);
        command.CloseInput();
        CommandResult result = command.Wait();

        Assert.Equal(9, result.ExitCode);
        Assert.StartsWith(result.OutputText["ready\n".Length..], content, StringComparison.Ordinal);
        Assert.Contains("data", result.ErrorText, StringComparison.Ordinal);
        JsonElement rootfs = JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("rootfs");
        Assert.True(rootfs.GetProperty("sourceFaults").GetInt64() > 0);
    }

    [Fact]
    public void A_reader_of_the_output_that_goes_away_ends_what_writes_without_end()
    {
        using (Command command = sandbox.StartProgram("sh", "-c", $"'{Programs.Hearth}' run --rm '{debian.Tree}' yes | head -c 10; true"))
        {
            Assert.Equal("y\ny\ny\ny\ny\n", command.Wait().OutputText);
        }

        sandbox.Hearth("run", "-d", "--name", "box", debian.Tree, "sleep", "1000");
        using (Command command = sandbox.StartProgram("sh", "-c", $"('{Programs.Hearth}' exec box yes; echo $? >&2) | head -c 10"))
        {
            CommandResult result = command.Wait();
            Assert.Equal(("y\ny\ny\ny\ny\n", "141\n"), (result.OutputText, result.ErrorText));
        }

        Assert.DoesNotContain("yes", sandbox.Hearth("top", "box"), StringComparison.Ordinal);
        sandbox.Hearth("rm", "-f", "box");
    }

    private static bool HasProcesses(string user)
    {
        using Command search = Command.Start("pgrep", ["--uid", user]);
        return search.Wait().ExitCode == 0;
    }
}
