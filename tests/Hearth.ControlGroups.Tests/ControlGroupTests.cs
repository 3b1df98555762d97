using System.Globalization;

namespace Hearth.ControlGroups.Tests;

/// <summary>Other tests' processes would be born in the group that this program joins for a moment.</summary>
[CollectionDefinition(nameof(ControlGroupTests), DisableParallelization = true)]
[Collection(nameof(ControlGroupTests))]
public sealed class ControlGroupTests : IDisposable
{
    /// <summary>Names the layout that these tests have to find: they run on hosts of every kind.</summary>
    private const string LayoutVariable = "HEARTH_TEST_CGROUPS";

    private const int Killed = 128 + 9;
    private const long Mebibyte = 1 << 20;

    private readonly HostControlGroups host = HostControlGroups.Detect(TimeProvider.System);
    private readonly List<ContainerGroup> groups = [];

    /// <summary>Beneath this process's own group, so that whoever limits the tests limits these too.</summary>
    private readonly GroupPlace place = GroupPlace.Beneath("hearth-tests-" + Guid.NewGuid().ToString("n")[..12], "box", _ => null);

    public ControlGroupTests() => Assert.SkipUnless(Environment.IsPrivilegedProcess && host.Layout != ControlGroupLayout.None, "making control groups needs root, and a host that has some");

    [Fact]
    public void The_hosts_hierarchies_are_found()
    {
        if (Environment.GetEnvironmentVariable(LayoutVariable) is { Length: > 0 } expected)
        {
            Assert.Equal(expected, host.Layout.ToString());
        }

        Controllers all = Create(new ResourceLimits()).Directories.Aggregate(Controllers.None, (found, directory) =>
            found | GroupCreation.ControllersOf(host.Hierarchies.First(hierarchy => directory.StartsWith(hierarchy.MountPoint + "/", StringComparison.Ordinal)), directory));
        Assert.Equal(Controllers.Cpu | Controllers.CpuUsage | Controllers.Memory | Controllers.Pids | Controllers.Freezer, all & ~Controllers.Io & ~Controllers.Cpuset);
    }

    [Fact]
    public void Limits_stand_in_the_kernels_files()
    {
        ContainerGroup group = Create(new ResourceLimits
        {
            MemoryInBytes = 200 * Mebibyte, CpuShares = 2048, CpuQuota = 50_000, CpuPeriod = 200_000, Processors = "0", MemoryNodes = "0", Tasks = 40,
        });

        GroupStatistics statistics = group.ReadStatistics();
        Assert.Equal((200 * Mebibyte, 40), (statistics.MemoryLimitBytes, statistics.TasksLimit));
        Assert.Equal(("0", "0"), (Value(group, "cpuset.cpus"), Value(group, "cpuset.mems")));
        if (Value(group, "cpu.max") is string most)
        {
            Assert.Equal(("50000 200000", "79", "0"), (most, Value(group, "cpu.weight"), Value(group, "memory.swap.max") ?? "0"));
        }
        else
        {
            Assert.Equal(("50000", "200000", "2048"), (Value(group, "cpu.cfs_quota_us"), Value(group, "cpu.cfs_period_us"), Value(group, "cpu.shares")));
            Assert.Equal("209715200", Value(group, "memory.memsw.limit_in_bytes") ?? "209715200");
        }

        Assert.Empty(group.Warnings);
    }

    [Fact]
    public void Rates_of_a_disk_stand_in_the_kernels_files()
    {
        string? device = Directory.GetDirectories("/sys/block").Where(disk => Path.GetFileName(disk).StartsWith("vd", StringComparison.Ordinal))
            .Select(disk => File.ReadAllText(Path.Combine(disk, "dev")).Trim()).FirstOrDefault();
        Assert.SkipWhen(device is null, "this host has no disk to limit");
        IoLimitKind[] kinds = [IoLimitKind.ReadBytes, IoLimitKind.WriteBytes, IoLimitKind.ReadRequests, IoLimitKind.WriteRequests];

        ContainerGroup group = Create(new ResourceLimits { IoLimits = [.. kinds.Select((kind, i) => new IoLimit(device!, kind, (ulong)(1000 + i)))] });

        if (Value(group, "io.max") is string most)
        {
            Assert.Equal($"{device} rbps=1000 wbps=1001 riops=1002 wiops=1003", most);
        }
        else
        {
            string[] files = ["read_bps", "write_bps", "read_iops", "write_iops"];
            Assert.Equal(files.Select((_, i) => $"{device} {1000 + i}"), files.Select(file => Value(group, $"blkio.throttle.{file}_device")));
        }
    }

    [Fact]
    public void Limits_can_be_changed_both_ways_and_others_stay()
    {
        ContainerGroup group = Create(new ResourceLimits { MemoryInBytes = 64 * Mebibyte, CpuQuota = 50_000, CpuPeriod = 100_000, Tasks = 10 });
        foreach (long mebibytes in (long[])[256, 32, 128])
        {
            group.Update(new ResourceLimits { MemoryInBytes = mebibytes * Mebibyte });
            Assert.Equal((mebibytes * Mebibyte, 10), (group.ReadStatistics().MemoryLimitBytes, group.ReadStatistics().TasksLimit));
        }

        group.Update(new ResourceLimits { CpuQuota = -1 });
        Assert.Equal("max 100000", Value(group, "cpu.max") ?? Value(group, "cpu.cfs_quota_us")!.Replace("-1", "max 100000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_that_takes_more_memory_than_there_is_is_killed_and_it_shows()
    {
        ContainerGroup group = Create(new ResourceLimits { MemoryInBytes = 48 * Mebibyte });
        Assert.Equal(0, group.OomKills);

        using GroupedShell shell = GroupedShell.Start(group, "exec dd if=/dev/zero of=/dev/null bs=100M count=1");

        Assert.Equal(Killed, await shell.ExitAsync());
        Assert.Equal(1, group.OomKills);
        GroupStatistics statistics = group.ReadStatistics();
        Assert.Equal(1, statistics.OomKills);
        Assert.InRange(statistics.MemoryPeakBytes ?? Mebibyte, Mebibyte, 48 * Mebibyte);
    }

    [Fact]
    public async Task More_tasks_than_allowed_cannot_be_started()
    {
        ContainerGroup group = Create(new ResourceLimits { Tasks = 8 });
        using GroupedShell shell = GroupedShell.Start(group, "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 1000 & done; echo all; read end");
        string complaint = await shell.Errors.ReadLineAsync(TestContext.Current.CancellationToken) ?? "";

        Assert.Contains("fork", complaint, StringComparison.OrdinalIgnoreCase);
        Assert.InRange(group.ReadStatistics().Tasks!.Value, 1, 8);
        group.KillAll();
        Assert.Empty(group.Processes);
    }

    [Fact]
    public async Task Processes_that_multiply_are_killed_to_the_last_one()
    {
        ContainerGroup group = Create(new ResourceLimits { Tasks = 40 });

        // The first shell does not multiply itself: one that can fork no more ends by its own.
        using GroupedShell shell = GroupedShell.Start(group, "echo begun; f() { while :; do f & f; done; }; f 2>/dev/null & read end");
        await shell.Output.ReadLineAsync(TestContext.Current.CancellationToken);

        group.KillAll();

        Assert.Empty(group.Processes);
        Assert.Equal(Killed, await shell.ExitAsync());
        group.Remove();
        Assert.All(group.Directories, directory => Assert.False(Directory.Exists(directory)));
        Assert.All(group.Directories, directory => Assert.False(Directory.Exists(Path.GetDirectoryName(directory)), "the parent, which was Hearth's own, is left"));
    }

    [Fact]
    public async Task What_is_frozen_stands_still_until_it_is_thawed()
    {
        ContainerGroup group = Create(new ResourceLimits());
        using GroupedShell shell = GroupedShell.Start(group, "echo begun; while read line; do echo $line; done & while :; do :; done");
        await shell.Output.ReadLineAsync(TestContext.Current.CancellationToken);

        group.Freeze();
        long? frozen = group.ReadStatistics().CpuNanoseconds;
        Spin();
        Assert.Equal(frozen, group.ReadStatistics().CpuNanoseconds);

        group.Thaw();
        while (group.ReadStatistics().CpuNanoseconds == frozen)
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            Spin();
        }

        group.Freeze();
        group.KillAll();
        Assert.Equal(Killed, await shell.ExitAsync());
    }

    [Fact]
    public async Task A_quota_that_is_used_up_is_counted()
    {
        ContainerGroup group = Create(new ResourceLimits { CpuQuota = 2_000, CpuPeriod = 10_000 });
        using GroupedShell shell = GroupedShell.Start(group, "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done");

        Assert.Equal(0, await shell.ExitAsync());

        GroupStatistics statistics = group.ReadStatistics();
        Assert.InRange(statistics.CpuThrottledPeriods!.Value, 1, statistics.CpuPeriods!.Value);
        Assert.True(statistics.CpuThrottledNanoseconds > 0);
        Assert.True(statistics.CpuNanoseconds >= statistics.CpuUserNanoseconds);
    }

    [Fact]
    public void A_group_with_processes_of_somebody_is_not_taken()
    {
        ContainerGroup group = Create(new ResourceLimits());
        using GroupedShell shell = GroupedShell.Start(group, "read end");

        ControlGroupException failure = Assert.Throws<ControlGroupException>(() => host.Create(place, new ResourceLimits()));

        Assert.Contains($"already has processes, such as {shell.Pid}", failure.Message, StringComparison.Ordinal);
        Assert.Equal([shell.Pid], group.Processes);
    }

    [Fact]
    public void A_limit_that_the_kernel_refuses_is_an_error_that_leaves_nothing()
    {
        ControlGroupException failure = Assert.Throws<ControlGroupException>(() => host.Create(place, new ResourceLimits { Processors = "100000" }));
        Assert.Contains("cannot limit cpuset to '100000'", failure.Message, StringComparison.Ordinal);
        Assert.All(host.DirectoriesOf(place), directory => Assert.False(Directory.Exists(Path.GetDirectoryName(directory))));
    }

    [Fact]
    public void A_process_that_is_gone_cannot_join() =>
        Assert.Contains("ESRCH", Assert.Throws<ControlGroupException>(() => Create(new ResourceLimits()).AddProcess(int.MaxValue)).Message, StringComparison.Ordinal);

    [Fact]
    public void This_program_joins_and_goes_back_to_where_it_was()
    {
        string[] before = File.ReadAllLines("/proc/self/cgroup");
        ContainerGroup group = Create(new ResourceLimits());
        group.AddProcess(Environment.ProcessId);
        Assert.NotEqual(before, File.ReadAllLines("/proc/self/cgroup"));
        Assert.Equal([Environment.ProcessId], group.Processes);

        group.Leave();

        Assert.Equal(before, File.ReadAllLines("/proc/self/cgroup"));
        group.Remove();
    }

    [Fact]
    public async Task What_a_dead_keeper_left_is_reclaimed_by_its_directories()
    {
        IReadOnlyList<string> written = host.DirectoriesOf(place);
        ContainerGroup group = Create(new ResourceLimits());
        Assert.Empty(group.Directories.Except(written));
        using GroupedShell shell = GroupedShell.Start(group, "sleep 1000 & sleep 1000");
        Directory.CreateDirectory(group.Directories[0] + "/nested");

        host.Reclaim([.. written, "/sys/fs/cgroup/never/made"]);

        Assert.All(written, directory => Assert.False(Directory.Exists(directory)));
        Assert.Equal(Killed, await shell.ExitAsync());
        host.Reclaim(written);
    }

    [Fact]
    public void Many_groups_may_begin_and_end_beneath_one_parent_at_once()
    {
        Parallel.For(0, 8, i =>
        {
            var own = new GroupPlace($"{Path.GetDirectoryName(place.Path)}/box{i.ToString(CultureInfo.InvariantCulture)}");
            for (int round = 0; round < 5; round++)
            {
                host.Create(own, new ResourceLimits { Tasks = 5 }).Remove();
            }
        });
        Assert.All(host.DirectoriesOf(place), directory => Assert.False(Directory.Exists(Path.GetDirectoryName(directory))));
    }

    [Fact]
    public void Limits_as_a_description_has_them_are_taken_by_the_kernel()
    {
        ContainerGroup group = Create(new ResourceLimits { MemoryInBytes = 448 * Mebibyte, Tasks = 514, CpuQuota = 150_000, CpuPeriod = 100_000, CpuShares = 512 });
        Assert.Equal((448 * Mebibyte, 514), (group.ReadStatistics().MemoryLimitBytes, group.ReadStatistics().TasksLimit));
    }

    public void Dispose()
    {
        foreach (ContainerGroup group in groups)
        {
            group.KillAll();
            group.Remove();
            Assert.All(group.Directories, directory => Assert.False(Directory.Exists(Path.GetDirectoryName(directory))));
        }
    }

    private static void Spin() => Assert.NotEqual(0, Enumerable.Range(1, 300_000).Aggregate(1, (a, b) => (a * 31) ^ b));

    private static string? Value(ContainerGroup group, string file) =>
        group.Directories.Select(directory => Path.Combine(directory, file)).FirstOrDefault(File.Exists) is string path ? File.ReadAllText(path).Trim() : null;

    private ContainerGroup Create(ResourceLimits limits)
    {
        ContainerGroup group = host.Create(place, limits);
        groups.Add(group);
        return group;
    }
}
