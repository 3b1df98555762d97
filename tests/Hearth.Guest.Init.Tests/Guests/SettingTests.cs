using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>What a container may set beside its command: kernel parameters, a time zone, a process 1 that reaps.</summary>
public sealed class SettingTests(GuestParts parts)
{
    private const int Terminate = 15;

    [Fact]
    public async Task Kernel_parameters_are_set_before_the_first_process_starts()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts);
        await guest.ConfigureAsync(configuration => configuration with
        {
            KernelParameters = [new("net.core.somaxconn", "1234"), new("kernel.shmmax", "65536"), new("kernel/msgmax", "4321")],
        });

        Assert.Equal("1234\n65536\n4321", await guest.ShellAsync("cat /proc/sys/net/core/somaxconn /proc/sys/kernel/shmmax /proc/sys/kernel/msgmax"));
    }

    [Theory]
    [InlineData("net.of.nobody", "1", "has none of this name")]
    [InlineData("../../hearth/root/etc/passwd", "1", "has none of this name")]
    [InlineData("net.core", "1", "has none of this name")]
    [InlineData("net.core.somaxconn", "many", "refuses the value")]
    public async Task A_kernel_parameter_that_cannot_be_set_is_refused(string name, string value, string words)
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts);
        await guest.SendAsync(new ConfigureGuest { Hostname = "x", Root = TestGuest.WritableRoot, KernelParameters = [new(name, value)] });

        string failure = await guest.NextFailureAsync();
        Assert.StartsWith($"cannot set the kernel parameter {name}", failure);
        Assert.Contains(words, failure);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_time_zone_replaces_the_link_and_leaves_what_that_led_to(bool isReadOnly)
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts);
        await guest.ConfigureAsync(configuration => configuration with
        {
            Root = TestGuest.WritableRoot with { ReadOnly = isReadOnly },
            LocalTime = "TZif2 as it were"u8.ToArray(),
        });

        Assert.Equal("TZif2 as it were 644 0:0", await guest.ShellAsync("echo $(cat /etc/localtime) $(stat -c '%a %u:%g' /etc/localtime)"));
        Assert.Equal(isReadOnly ? 1 : 0, (await guest.RunAsync(["touch", "/etc/new"])).ExitCode);
    }

    [Fact]
    public async Task A_reaper_is_process_1_and_the_command_its_child_whose_status_it_passes_on()
    {
        await using TestGuest guest = await BootWithReaperAsync();
        ProcessResult result = await guest.RunAsync(["sh", "-c", "echo $PPID; tr '\\0' ' ' </proc/1/cmdline; exit 42"]);

        Assert.Equal("1\n/dev/hearth-reaper -- sh -c echo $PPID; tr '\\0' ' ' </proc/1/cmdline; exit 42 ", result.OutputText);
        Assert.Equal(42, result.ExitCode);
    }

    [Fact]
    public async Task A_reaper_reaps_orphans()
    {
        await using TestGuest guest = await BootWithReaperAsync();
        ProcessResult result = await guest.RunAsync(
            ["sh", "-c", "for i in 1 2 3; do (sh -c 'sleep 0.1' &); done; sleep 0.3; while ps -o stat | grep -q Z; do sleep 0.1; done; ps -o comm | grep -c sleep"]);

        Assert.Equal("0\n", result.OutputText);
    }

    [Theory]
    [InlineData("trap 'echo got it; exit 7' TERM; echo ready; while :; do sleep 0.1; done", 7)]
    [InlineData("echo ready; exec sleep 1000", 128 + Terminate)]
    public async Task A_reaper_passes_signals_on(string line, int exitCode)
    {
        await using TestGuest guest = await BootWithReaperAsync();
        TestProcess process = await guest.StartAsync(["sh", "-c", line]);
        await process.ReadUntilAsync("ready").InTime();
        await guest.SendAsync(new SignalProcess(process.Id, Terminate));

        Assert.Equal(exitCode, (await process.ReadToEndAsync().InTime()).ExitCode);
    }

    [Theory]
    [InlineData("no-such-command", StartFailure.CommandNotFound, "not found")]
    [InlineData("/bin/no-such-command", StartFailure.CommandNotFound, "not found")]
    [InlineData("no-interpreter", StartFailure.InterpreterNotFound, "interpreter")]
    [InlineData("not-executable", StartFailure.NotExecutable, "permission denied")]
    [InlineData("/etc", StartFailure.NotExecutable, "is a directory")]
    public async Task A_command_that_cannot_be_run_is_refused_before_a_reaper_starts(string command, StartFailure reason, string words)
    {
        await using TestGuest guest = await BootWithReaperAsync();
        ProcessResult result = await guest.RunAsync([command]);

        Assert.Equal(reason, result.Failure);
        Assert.Contains(words, result.Message);
    }

    /// <summary>The shell has job control only in the foreground of its terminal.</summary>
    [Fact]
    public async Task Under_a_reaper_a_command_has_its_terminal_in_the_foreground()
    {
        await using TestGuest guest = await BootWithReaperAsync();
        ProcessResult result = await guest.RunAsync(["sh", "-c", "cut -d' ' -f5,8 /proc/self/stat"], request => request with { Terminal = true });

        string[] groups = result.OutputText.Trim().Split(' ');
        Assert.Equal(groups[0], groups[1]);
    }

    private async Task<TestGuest> BootWithReaperAsync()
    {
        TestGuest guest = await TestGuest.BootAsync(parts);
        await guest.ConfigureAsync(configuration => configuration with { HasReaper = true });
        return guest;
    }
}
