using System.Security.Cryptography;
using System.Text.Json;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>hearth run</c> on a minimal Debian: what a user of docker expects of it.</summary>
public sealed class RunTests(DebianRoot debian) : IClassFixture<DebianRoot>, IDisposable
{
    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Theory]
    [InlineData("erofs")]
    [InlineData("squashfs")]
    public void A_command_runs_from_either_format(string format)
    {
        CommandResult result = sandbox.RunExpecting(0, "run", "--rootfs-format", format, debian.Tree, "sh", "-c", "findmnt -no FSTYPE / ; uname -s; cat /etc/debian_version");

        Assert.StartsWith($"overlay\nLinux\n{File.ReadAllText(Path.Combine(debian.Tree, "etc/debian_version"))}", result.OutputText);
        Assert.Equal("", result.ErrorText);
    }

    [Theory]
    [InlineData(0, "true")]
    [InlineData(1, "false", Explicit = true)]
    [InlineData(42, "sh", "-c", "exit 42")]
    [InlineData(255, "sh", "-c", "exit 255", Explicit = true)]
    [InlineData(137, "sh", "-c", "sh -c 'kill -KILL $$'; exit $?")]
    [InlineData(139, "perl", "-e", "unpack 'p', pack 'Q', 1")]
    [InlineData(127, "no-such-command")]
    [InlineData(127, "/no/such/path", Explicit = true)]
    [InlineData(126, "/etc")]
    [InlineData(126, "/etc/passwd")]
    public void The_exit_code_is_dockers(int expected, params string[] command)
    {
        CommandResult result = sandbox.RunExpecting(expected, ["run", debian.Tree, "--", .. command]);

        if (expected is 126 or 127)
        {
            Assert.Contains(command[0], result.ErrorText, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Standard_output_and_error_stay_apart_and_binary()
    {
        CommandResult result = sandbox.RunExpecting(0, "run", debian.Tree, "sh", "-c", @"printf '\000\377\n\r\200out'; printf '\001\376err' >&2");

        Assert.Equal([0, 0xFF, (byte)'\n', (byte)'\r', 0x80, .. "out"u8], result.Output);
        Assert.Equal([1, 0xFE, .. "err"u8], result.Error);
    }

    [Fact]
    public void Standard_input_reaches_the_command_and_its_end_too()
    {
        byte[] sent = RandomNumberGenerator.GetBytes(3_000_000);
        using Command command = sandbox.Start("run", "-i", debian.Tree, "sh", "-c", "cat; echo end >&2");
        command.StandardInput.Write(sent);
        command.CloseInput();
        CommandResult result = command.Wait();

        Assert.Equal(0, result.ExitCode);
        Assert.True(sent.AsSpan().SequenceEqual(result.Output));
        Assert.Equal("end\n", result.ErrorText);
    }

    [Fact]
    public void Without_i_standard_input_is_empty()
    {
        using Command command = sandbox.Start("run", debian.Tree, "sh", "-c", "cat; echo done");
        CommandResult result = command.Wait();

        Assert.Equal("done\n", result.OutputText);
    }

    /// <summary>A minute or more on a busy machine; <c>./dev soak</c> runs it.</summary>
    [Fact(Explicit = true)]
    public void A_hundred_megabytes_of_output_arrive_whole()
    {
        CommandResult result = sandbox.RunExpecting(0, "run", debian.Tree, "sh", "-c", "head -c 100000000 /dev/zero | tr '\\0' 'x' | tee /dev/stderr");

        Assert.Equal(100_000_000, result.Output.Length);
        Assert.Equal(100_000_000, result.Error.Length);
        Assert.Equal(-1, result.Output.AsSpan().IndexOfAnyExcept((byte)'x'));
    }

    [Fact]
    public void The_environment_is_the_images_defaults_plus_what_was_asked()
    {
        string file = sandbox.PathOf("env");
        File.WriteAllText(file, "# comment\nFROM_FILE=a b\n\nHOME_OF=file\n");
        CommandResult result = sandbox.RunExpecting(0, "run", "-e", "ONE=1", "-e", "EMPTY=", "--env-file", file, "-e", "HOME_OF=flag", "--hostname", "hearthstone", debian.Tree, "env");

        string[] lines = result.OutputText.TrimEnd().Split('\n');
        Assert.Contains("ONE=1", lines);
        Assert.Contains("EMPTY=", lines);
        Assert.Contains("FROM_FILE=a b", lines);
        Assert.Contains("HOME_OF=flag", lines);
        Assert.Contains("HOME=/root", lines);
        Assert.Contains("HOSTNAME=hearthstone", lines);
        Assert.Contains("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", lines);
    }

    [Fact]
    public void User_group_directory_and_host_name_are_set_in_the_image()
    {
        CommandResult result = sandbox.RunExpecting(0, "run", "-u", "www-data:mail", "-w", "/var/mail", "--hostname", "box", debian.Tree, "sh", "-c", "id -u; id -g; pwd; hostname");

        Assert.Equal("33\n8\n/var/mail\nbox\n", result.OutputText);
    }

    [Theory]
    [InlineData("1234", "1234\n0\n", Explicit = true)]
    [InlineData("1234:5678", "1234\n5678\n")]
    [InlineData("www-data", "33\n33\n")]
    public void Users_may_be_names_or_numbers(string user, string expected) =>
        Assert.Equal(expected, sandbox.RunExpecting(0, "run", "-u", user, debian.Tree, "sh", "-c", "id -u; id -g").OutputText);

    [Fact]
    public void An_unknown_user_is_named()
    {
        CommandResult result = sandbox.Run("run", "-u", "nobody-here", debian.Tree, "true");

        Assert.Equal(125, result.ExitCode);
        Assert.Contains("nobody-here", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact]
    public void Processors_and_memory_are_as_asked()
    {
        CommandResult result = sandbox.RunExpecting(0, "run", "--cpus", "2", "--memory", "700m", debian.Tree, "sh", "-c", "nproc; awk '/MemTotal/ { print $2 }' /proc/meminfo");

        string[] lines = result.OutputText.Split('\n');
        Assert.Equal("2", lines[0]);
        Assert.InRange(long.Parse(lines[1]), 600 * 1024, 700 * 1024);
    }

    [Fact]
    public void Writes_stay_in_the_guest()
    {
        CommandResult result = sandbox.RunExpecting(0, "run", debian.Tree, "sh", "-c", "echo changed > /etc/hostname && rm /etc/debian_version && mkdir /new && cat /etc/hostname && ls -d /new");

        Assert.Equal("changed\n/new\n", result.OutputText);
        Assert.True(File.Exists(Path.Combine(debian.Tree, "etc/debian_version")));
        Assert.False(Directory.Exists(Path.Combine(debian.Tree, "new")));
    }

    [Fact]
    public void A_read_only_root_refuses_writes_and_leaves_tmpfs_writable()
    {
        CommandResult result = sandbox.Run("run", "--read-only", "--tmpfs", "/srv:size=16m,mode=700", debian.Tree, "sh", "-c", "echo x > /srv/x && df -k --output=size /srv | tail -1 && stat -c %a /srv; echo x > /etc/x");

        Assert.NotEqual(0, result.ExitCode);
        Assert.Equal("16384\n700\n", result.OutputText.Replace(" ", ""));
        Assert.Contains("Read-only file system", result.ErrorText, StringComparison.Ordinal);
    }

    [Fact(Explicit = true)]
    public void A_scratch_disk_takes_more_than_the_memory_holds()
    {
        CommandResult result = sandbox.RunExpecting(0, "run", "--memory", "256m", "--scratch", "1g", debian.Tree, "sh", "-c", "dd if=/dev/zero of=/big bs=1M count=400 status=none && stat -c %s /big");

        Assert.Equal("419430400\n", result.OutputText);
    }

    [Fact]
    public void The_report_tells_what_was_done_and_read()
    {
        string report = sandbox.PathOf("report.json");
        CommandResult result = sandbox.RunExpecting(3, "run", "--report", report, "--timings", debian.Tree, "sh", "-c", "echo out; exit 3");

        JsonElement root = JsonDocument.Parse(File.ReadAllText(report)).RootElement;
        Assert.Equal("qemu", root.GetProperty("vmm").GetString());
        Assert.Equal(3, root.GetProperty("exitCode").GetInt32());
        Assert.False(string.IsNullOrEmpty(root.GetProperty("accelerator").GetString()));
        JsonElement rootfs = root.GetProperty("rootfs");
        Assert.Equal("lazy", rootfs.GetProperty("mode").GetString());
        Assert.Equal("erofs", rootfs.GetProperty("format").GetString());
        Assert.InRange(rootfs.GetProperty("nodes").GetInt64(), 1000, 100_000);
        Assert.InRange(rootfs.GetProperty("bytesRead").GetInt64(), 100_000, 20_000_000);
        Assert.InRange(rootfs.GetProperty("filesRead").GetInt64(), 2, 100);
        string[] phases = [.. root.GetProperty("phases").EnumerateArray().Select(phase => phase.GetProperty("name").GetString()!)];
        Assert.All(["walk", "plan", "serve", "machine", "kernel", "init", "process", "first output"], phase => Assert.Contains(phase, phases));
        Assert.Matches(@"read [\d.,]+ [KMG]?i?B of [\d.,]+ [KMG]iB \([\d.]+%\) from \d+ of [\d,]+ files", result.ErrorText);
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    [InlineData("HUP", 129, Explicit = true)]
    public void Signals_to_hearth_reach_the_command(string signal, int expected)
    {
        using Command command = sandbox.Start("run", "-i", debian.Tree, "sh", "-c", $"trap 'echo got {signal}; exit {expected}' {signal}; echo ready; while :; do sleep 0.1; done");
        WaitForReady(command);
        command.Signal(signal);
        CommandResult result = command.Wait();

        Assert.Equal(expected, result.ExitCode);
        Assert.Contains($"got {signal}", result.OutputText, StringComparison.Ordinal);
    }

    [Fact]
    public void Output_right_before_the_end_is_never_lost()
    {
        // One guest, many bursts: each child writes and exits at once; the last lines come from the command itself.
        CommandResult result = sandbox.RunExpecting(7, "run", debian.Tree, "sh", "-c", "seq 1 200000; seq 1 1000 >&2; exit 7");

        Assert.Equal(string.Concat(Enumerable.Range(1, 200_000).Select(i => $"{i}\n")), result.OutputText);
        Assert.Equal(string.Concat(Enumerable.Range(1, 1000).Select(i => $"{i}\n")), result.ErrorText);
    }

    [Fact]
    public void A_name_that_is_no_text_can_be_read_in_the_guest()
    {
        string tree = sandbox.MakeTree("bytes", ("bin/.keep", ""));
        File.Copy("/bin/busybox", Path.Combine(tree, "bin/busybox"));
        Command.Tool("sh", "-c", $"printf content > \"$(printf '{tree}/\\377\\376 name')\"");
        CommandResult result = sandbox.RunExpecting(0, "run", tree, "/bin/busybox", "sh", "-c", "/bin/busybox cat /*name");

        Assert.Equal("content", result.OutputText);
    }

    private static void WaitForReady(Command command) => command.WaitForOutput("ready");
}
