using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>What the container may use, in one guest: each test lifts the limits that it sets.</summary>
public sealed class LimitTests(SharedGuest shared) : IClassFixture<SharedGuest>, IAsyncLifetime
{
    private static readonly ContainerLimits none = new()
    {
        MemoryInBytes = ContainerLimits.Unlimited, Pids = ContainerLimits.Unlimited, CpuQuotaUs = ContainerLimits.Unlimited, CpuPeriodUs = 100_000, CpuWeight = 100,
    };

    /// <summary>Takes 64 MiB at once.</summary>
    private static readonly string[] glutton = ["dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"];

    private TestGuest Guest => shared.Guest;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync() => await UpdateAsync(none);

    [Fact]
    public async Task The_container_sees_its_own_group_alone_and_cannot_raise_its_limits()
    {
        await UpdateAsync(new ContainerLimits { MemoryInBytes = 64 << 20 });

        Assert.Equal("0::/", await Guest.ShellAsync("cat /proc/self/cgroup"));
        Assert.Equal("67108864", await Guest.ShellAsync("cat /sys/fs/cgroup/memory.max"));
        ProcessResult raised = await Guest.RunAsync(["sh", "-c", "echo max >/sys/fs/cgroup/memory.max"]);
        Assert.NotEqual(0, raised.ExitCode);
        Assert.Equal("67108864", await Guest.ShellAsync("umount /sys/fs/cgroup; mount -t cgroup2 x /sys/fs/cgroup && cat /sys/fs/cgroup/memory.max"));
        Assert.Equal("made", await Guest.ShellAsync("mkdir /sys/fs/cgroup/own && rmdir /sys/fs/cgroup/own && echo made"));
    }

    [Fact]
    public async Task Every_process_of_the_container_is_in_its_group()
    {
        TestProcess first = await Guest.StartAsync(["sh", "-c", "echo up; exec sleep 1000"]);
        await first.ReadUntilAsync("up");

        Assert.Equal("1", await Guest.ShellAsync("grep -c '^1$' /sys/fs/cgroup/cgroup.procs"));
        Assert.Equal("in", await Guest.ShellAsync("grep -q \"^$$\\$\" /sys/fs/cgroup/cgroup.procs && echo in"));

        await Guest.SendAsync(new SignalProcess(first.Id, 9));
        await first.ReadToEndAsync().InTime();
    }

    [Fact]
    public async Task A_container_with_groups_of_its_own_still_takes_processes()
    {
        TestProcess first = await Guest.StartAsync(
            ["sh", "-c", "cd /sys/fs/cgroup && mkdir inner && echo 0 >inner/cgroup.procs && echo +pids >cgroup.subtree_control && echo up; exec sleep 1000"]);
        await first.ReadUntilAsync("up");

        Assert.Equal("0::/inner", await Guest.ShellAsync("cat /proc/self/cgroup"));

        await Guest.SendAsync(new SignalProcess(first.Id, 9));
        await first.ReadToEndAsync().InTime();
        await Guest.RunAsync(["sh", "-c", "cd /sys/fs/cgroup; echo -pids >cgroup.subtree_control; echo 0 >cgroup.procs; rmdir inner"]);
    }

    [Fact]
    public async Task More_processes_than_may_be_are_refused_and_may_be_after_the_limit_is_lifted()
    {
        await UpdateAsync(new ContainerLimits { Pids = 8 });
        ProcessResult refused = await Guest.RunAsync(["sh", "-c", "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1000 & done; echo all"]);
        Assert.DoesNotContain("all", refused.OutputText);
        Assert.Contains("fork", refused.ErrorText);

        await UpdateAsync(new ContainerLimits { Pids = ContainerLimits.Unlimited });

        Assert.Equal("all", await Guest.ShellAsync("for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1000 & done; echo all"));
    }

    [Fact]
    public async Task One_more_process_gets_into_a_container_that_may_start_none()
    {
        TestProcess first = await Guest.StartAsync(["cat"]);
        await first.Started.InTime();
        await UpdateAsync(new ContainerLimits { Pids = 1 });

        ProcessResult second = await Guest.RunAsync(["cat", "/sys/fs/cgroup/pids.current"]);

        Assert.Equal("2", second.OutputText.Trim());
        await first.WriteInputAsync(default);
        await first.ReadToEndAsync().InTime();
    }

    [Fact]
    public async Task Limits_that_cannot_be_are_refused_and_then_none_is_changed()
    {
        await UpdateAsync(new ContainerLimits { Pids = 50 });

        RequestFailed refused = await Guest.RefusalAsync(new UpdateLimits(new ContainerLimits { Pids = 60, CpuQuotaUs = 5, CpuPeriodUs = 2 }));

        Assert.Equal(RequestFailure.Refused, refused.Reason);
        Assert.Contains("processor time", refused.Message);
        Assert.Equal("50", await Guest.ShellAsync("cat /sys/fs/cgroup/pids.max"));
    }

    [Fact]
    public async Task Less_memory_than_is_held_is_refused_instead_of_ending_somebody()
    {
        TestProcess holder = await Guest.StartAsync(["sh", "-c", "head -c 40000000 /dev/zero >/dev/shm/held; echo up; sleep 1000"]);
        await holder.ReadUntilAsync("up");

        RequestFailed refused = await Guest.RefusalAsync(new UpdateLimits(new ContainerLimits { MemoryInBytes = 20 << 20 }));

        Assert.Equal(RequestFailure.Refused, refused.Reason);
        Assert.Contains("unreclaimable", refused.Message);
        Assert.Equal("max", await Guest.ShellAsync("cat /sys/fs/cgroup/memory.max"));
        await Guest.ShellAsync("rm /dev/shm/held");
        await Guest.SendAsync(new SignalProcess(holder.Id, 9));
        await holder.ReadToEndAsync().InTime();
    }

    [Fact]
    public async Task Processor_time_and_weight_are_what_was_asked_for()
    {
        await UpdateAsync(new ContainerLimits { CpuQuotaUs = 50_000, CpuWeight = 7 });
        Assert.Equal("50000 100000\n7", await Guest.ShellAsync("cat /sys/fs/cgroup/cpu.max /sys/fs/cgroup/cpu.weight"));

        await UpdateAsync(new ContainerLimits { CpuPeriodUs = 200_000 });
        Assert.Equal("50000 200000", await Guest.ShellAsync("cat /sys/fs/cgroup/cpu.max"));
    }

    [Fact]
    public async Task A_first_process_that_outgrows_its_memory_ends_with_137_and_the_reason()
    {
        await UpdateAsync(new ContainerLimits { MemoryInBytes = 32 << 20 });

        ProcessResult result = await Guest.RunAsync([.. glutton]);

        Assert.Equal((137, 9, true), (result.ExitCode, result.Signal, result.OutOfMemory));
        Assert.Equal(GuestEventKind.OutOfMemory, (await Guest.NextEventAsync()).Kind);
    }

    [Fact]
    public async Task A_child_that_outgrows_its_memory_is_told_while_the_first_process_lives_on()
    {
        await UpdateAsync(new ContainerLimits { MemoryInBytes = 32 << 20 });
        TestProcess first = await Guest.StartAsync(["sh", "-c", $"{string.Join(' ', glutton)}; echo gave $?; read line; exit 4"]);

        GuestEvent told = await Guest.NextEventAsync();

        Assert.Equal(GuestEventKind.OutOfMemory, told.Kind);
        await first.ReadUntilAsync("gave 137");
        await first.WriteInputAsync("on\n"u8.ToArray());
        ProcessResult result = await first.ReadToEndAsync().InTime();
        Assert.Equal((4, false), (result.ExitCode, result.OutOfMemory));
        Assert.True(Guest.HasToldNothing);
    }

    [Fact]
    public async Task A_process_that_the_host_kills_did_not_want_for_memory()
    {
        await UpdateAsync(new ContainerLimits { MemoryInBytes = 32 << 20 });
        TestProcess first = await Guest.StartAsync(["sh", "-c", $"{string.Join(' ', glutton)}; echo gave $?; sleep 1000"]);
        await first.ReadUntilAsync("gave 137");
        await Guest.NextEventAsync();

        await Guest.SendAsync(new SignalProcess(first.Id, 9));

        ProcessResult result = await first.ReadToEndAsync().InTime();
        Assert.Equal((137, false), (result.ExitCode, result.OutOfMemory));
    }

    [Fact]
    public async Task The_score_for_want_of_memory_is_ordinary_unless_asked_for()
    {
        Assert.Equal("0", await Guest.ShellAsync("cat /proc/self/oom_score_adj"));
        ProcessResult asked = await Guest.RunAsync(["cat", "/proc/self/oom_score_adj"], request => request with { OutOfMemoryScore = -300 });
        Assert.Equal("-300\n", asked.OutputText);
    }

    private async Task UpdateAsync(ContainerLimits limits)
    {
        GuestAnswer answer = await Guest.AskAsync(new UpdateLimits(limits));
        Assert.True(answer is RequestDone, $"{answer}");
    }
}
