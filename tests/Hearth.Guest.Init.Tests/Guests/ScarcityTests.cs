using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>Containers without limits that take all there is: init and its channel hold.</summary>
public sealed class ScarcityTests(GuestParts parts)
{
    [Fact]
    public async Task A_guest_without_memory_ends_the_container_and_not_its_init()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);

        ProcessResult result = await guest.RunAsync(["sh", "-c", "exec dd if=/dev/zero of=/dev/null bs=$(awk '/MemTotal/ { print $2 }' /proc/meminfo)k count=1"]);

        Assert.Equal((137, 9, true), (result.ExitCode, result.Signal, result.OutOfMemory));
        Assert.Equal(new GuestEvent(GuestEventKind.OutOfMemory, 1), await guest.NextEventAsync());
        Assert.Equal("well", await guest.ShellAsync("echo well"));
    }

    [Fact]
    public async Task A_container_that_keeps_all_processors_busy_keeps_init_from_nothing()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);
        TestProcess busy = await guest.StartAsync(["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do while :; do :; done & done; echo up; while :; do :; done"]);
        await busy.ReadUntilAsync("up");

        Assert.Equal("beside it", await guest.ShellAsync("echo beside it"));

        Assert.IsType<RequestDone>(await guest.AskAsync(new SignalProcess(busy.Id, 9)));
        Assert.Equal(9, (await busy.ReadToEndAsync().InTime()).Signal);
    }

    [Fact]
    public async Task Without_a_limit_of_processes_some_stay_inits_own()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts, TestGuest.WritableRoot);

        string[] numbers = (await guest.ShellAsync("cat /sys/fs/cgroup/pids.max /proc/sys/kernel/threads-max /proc/sys/kernel/pid_max")).Split('\n');

        Assert.InRange(int.Parse(numbers[0]), 500, Math.Min(int.Parse(numbers[1]), int.Parse(numbers[2])) - 100);
    }

    [Fact]
    public async Task Limits_of_the_start_hold_from_the_first_process_on()
    {
        await using TestGuest guest = await TestGuest.BootAsync(parts);
        await guest.ConfigureAsync(TestGuest.WritableRoot, new ContainerLimits { Pids = 77, MemoryInBytes = 100 << 20 });

        Assert.Empty((await guest.Configured).Warnings);
        Assert.Equal("77\n104857600", await guest.ShellAsync("cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/memory.max"));
    }
}
