using Hearth.Guest.Init.Tests.Support;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Tests.Guests;

/// <summary>What a guest tells of its container: what it uses, and who runs.</summary>
public sealed class InsightTests(SharedGuest shared) : IClassFixture<SharedGuest>
{
    private const int Kill = 9;

    private TestGuest Guest => shared.Guest;

    [Fact]
    public async Task Use_of_processor_memory_drives_and_numbers_of_processes_shows_in_the_statistics()
    {
        GuestStatistics before = await StatisticsAsync();
        TestProcess first = await Guest.StartAsync(
            ["sh", "-c", "head -c 20000000 /dev/zero >/dev/shm/held; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; cat /bin/busybox >/dev/null; sleep 1000 & echo up; wait"]);
        await first.ReadUntilAsync("up");

        // What an earlier test started is counted until the kernel has buried it.
        GuestStatistics after = await TestGuest.UntilAsync(StatisticsAsync, told => told.Pids!.Current == 2);

        Assert.True(after.UptimeUs > before.UptimeUs);
        Assert.InRange(after.Cpu!.UsageUs - before.Cpu!.UsageUs, 10_000, after.UptimeUs - before.UptimeUs + 100_000);
        Assert.InRange(after.Cpu.UserUs + after.Cpu.SystemUs, after.Cpu.UsageUs - 10_000, after.Cpu.UsageUs + 10_000);
        Assert.Equal(1, after.Cpu.Processors);
        Assert.InRange(after.Memory!.CurrentBytes - before.Memory!.CurrentBytes, 20_000_000, 60_000_000);
        Assert.InRange(after.Memory.PeakBytes!.Value, after.Memory.CurrentBytes, after.Memory.LimitBytes);
        Assert.InRange(after.Memory.LimitBytes, 200L << 20, 256L << 20);
        Assert.Equal(2, after.Pids!.Current);
        DriveStatistics root = Assert.Single(after.Drives);
        Assert.Equal(("vda", 0L), (root.Name, root.WrittenBytes));
        Assert.InRange(root.ReadBytes, 100_000, 100_000_000);
        Assert.InRange(root.Reads, 1, root.ReadBytes / 512);
        Assert.Empty(after.Interfaces);
        Assert.InRange(after.Init.ResidentBytes, 1 << 20, 40 << 20);
        Assert.InRange(after.Init.Threads, 4, 40);
        Assert.InRange(after.Init.Descriptors, 5, 200);

        await Guest.ShellAsync("rm /dev/shm/held");
        await EndAsync(first);
    }

    [Fact]
    public async Task Processes_are_listed_as_the_container_numbers_them()
    {
        long now = await UnixSecondsAsync();
        TestProcess first = await Guest.StartAsync(["sh", "-c", "sleep 1234 & exec cat"]);
        await first.Started.InTime();
        TestProcess second = await Guest.StartAsync(
            ["sh", "-c", "echo up; sleep 5678; exit"], request => request with { Terminal = true, User = "worker", WorkingDirectory = "/tmp" });
        await second.ReadUntilAsync("up");

        // A shell's child has the shell's command until it has become its own.
        IReadOnlyList<ContainerProcess> processes = (await TestGuest.UntilAsync(ListAsync, list => list.Processes.Count == 4
            && list.Processes.Any(process => process.Command == "sleep 1234") && list.Processes.Any(process => process.Command == "sleep 5678"))).Processes;

        ContainerProcess root = processes[0];
        Assert.Equal((1, 0, 0u, "cat", 1), (root.Pid, root.ParentPid, root.UserId, root.Command, root.Threads));
        Assert.Equal((await first.Started).GuestPid, root.GuestPid);
        ContainerProcess child = Assert.Single(processes, process => process.Command == "sleep 1234");
        Assert.Equal((1, null, "S"), (child.ParentPid, child.Terminal, child.State));
        ContainerProcess joined = Assert.Single(processes, process => process.GuestPid == second.Started.Result.GuestPid);
        Assert.Equal((0, 1000u, "pts/0"), (joined.ParentPid, joined.UserId, joined.Terminal));
        Assert.Equal("sh -c echo up; sleep 5678; exit", joined.Command);
        Assert.Equal(joined.Pid, Assert.Single(processes, process => process.Command == "sleep 5678").ParentPid);
        Assert.InRange(joined.ResidentBytes, 4096, 10 << 20);
        Assert.InRange(joined.StartUnixNanoseconds / 1_000_000_000, now - 2, now + 60);
        Assert.Equal(4, processes.Count);

        await EndAsync(second);
        await EndAsync(first);
    }

    [Fact]
    public async Task More_processes_than_a_message_holds_are_cut_short_and_said_to_be()
    {
        string longest = new('\u0001', 4000);
        TestProcess first = await Guest.StartAsync(["sh", "-c", "for i in $(seq 160); do sh -c 'sleep 1000; exit' \"$0\" & done; echo up; wait", longest]);
        await first.ReadUntilAsync("up");

        ProcessList list = await ListAsync();

        Assert.True(list.IsTruncated);
        Assert.InRange(list.Processes.Count, 20, 310);
        await EndAsync(first);
        Assert.False((await ListAsync()).IsTruncated);
    }

    [Fact]
    public async Task The_clock_is_set_when_the_host_says_so()
    {
        long then = 2_000_000_000;

        Assert.IsType<RequestDone>(await Guest.AskAsync(new SetClock(then * 1_000_000_000)));

        Assert.InRange(await UnixSecondsAsync(), then, then + 60);
        Assert.Equal(RequestFailure.System, (await Guest.RefusalAsync(new SetClock(-1))).Reason);
    }

    private async Task<long> UnixSecondsAsync() => long.Parse(await Guest.ShellAsync("date +%s"));

    private async Task<GuestStatistics> StatisticsAsync() => Assert.IsType<GuestStatistics>(await Guest.AskAsync(new QueryStatistics()));

    private async Task<ProcessList> ListAsync() => Assert.IsType<ProcessList>(await Guest.AskAsync(new ListProcesses()));

    private async Task EndAsync(TestProcess process)
    {
        await Guest.SendAsync(new SignalProcess(process.Id, Kill));
        await process.ReadToEndAsync().InTime();
    }
}
