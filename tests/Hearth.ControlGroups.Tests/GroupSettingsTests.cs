namespace Hearth.ControlGroups.Tests;

/// <summary>What can be shown of control groups without a kernel.</summary>
public sealed class GroupSettingsTests
{
    private static readonly string[] noMounts = [];

    [Theory]
    [InlineData(
        "40 31 0:29 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate", "0::/user.slice/x.scope",
        "2:Cpu, Memory, Pids:/sys/fs/cgroup:/user.slice/x.scope")]
    [InlineData(
        "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n34 31 0:40 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd",
        "3:cpu,cpuacct:/a\n4:memory:/b/c\n1:name=systemd:/d", "1:Cpu, CpuUsage:/sys/fs/cgroup/cpu,cpuacct:/a 1:Memory:/sys/fs/cgroup/memory:/b/c")]
    [InlineData(
        "33 31 0:30 /docker/1234 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n41 31 0:41 /docker/1234 /sys/fs/cgroup/blkio rw - cgroup cgroup rw,blkio",
        "4:memory:/docker/1234/inner\n5:blkio:/docker/1234", "1:Memory:/sys/fs/cgroup/memory:/inner 1:Io:/sys/fs/cgroup/blkio:/")]
    [InlineData(
        "33 31 0:30 / /with\\040blank rw - cgroup cgroup rw,pids\n44 31 0:30 / /again rw - cgroup cgroup rw,pids", "7:pids:/../../outside",
        "1:Pids:/with blank:/../../outside")]
    [InlineData("22 1 0:20 / / rw - ext4 /dev/vda rw", "0::/", "")]
    public void Hierarchies_are_found_with_the_place_of_this_process(string mounts, string memberships, string expected)
    {
        List<string> problems = [];
        IEnumerable<string> found = MountedHierarchies
            .Find(mounts.Split('\n'), memberships.Split('\n'), _ => ["cpu", "memory", "pids", "rdma", ""], problems)
            .Select(hierarchy => $"{hierarchy.Version}:{hierarchy.Controllers}:{hierarchy.MountPoint}:{hierarchy.OwnPath}");
        Assert.Equal(expected, string.Join(' ', found));
        Assert.Empty(problems);
    }

    [Fact]
    public void What_is_mounted_read_only_is_told_and_not_used()
    {
        List<string> problems = [];
        Assert.Empty(MountedHierarchies.Find(["40 31 0:29 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup2 rw"], ["0::/"], _ => noMounts, problems));
        Assert.StartsWith("'/sys/fs/cgroup' is mounted read-only; ", Assert.Single(problems), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(100, 0, 0, 100, 0)]
    [InlineData(100, 150, 0, 100, 0)]
    [InlineData(100, 0, 50, 0, 100)]
    [InlineData(100, 30, 10, 75, 25)]
    [InlineData(4_000_000_000_000_000_000, 3_000_000_000_000_000_000, 1_000_000_000_000_000_000, 3_000_000_000_000_000_000, 1_000_000_000_000_000_000)]
    public void Ticks_in_user_and_system_mode_divide_the_exact_time(long total, long user, long system, long expectedUser, long expectedSystem) =>
        Assert.Equal((total, expectedUser, expectedSystem), GroupStatistics.Divide(total, user, system));

    [Fact]
    public void A_time_without_its_parts_stays_as_it_is() => Assert.Equal((100, null, null), GroupStatistics.Divide(100, null, null));

    [Theory]
    [InlineData(null, null, "/hearth/box")]
    [InlineData("", "", "/hearth/box")]
    [InlineData(null, "/from/the/environment", "/from/the/environment/box")]
    [InlineData("/given//here/", "/not", "/given/here/box")]
    [InlineData("beneath/mine", null, "beneath/mine/box")]
    [InlineData("machine.slice", null, "/machine.slice/box")]
    [InlineData("a-b-c.slice", null, "/a.slice/a-b.slice/a-b-c.slice/box")]
    [InlineData("-.slice", null, "/box")]
    public void A_group_stands_beneath_the_parent_that_was_given(string? parent, string? variable, string path) =>
        Assert.Equal(path, GroupPlace.Beneath(parent, "box", name => name == GroupPlace.ParentVariable ? variable : null).Path);

    [Theory]
    [InlineData("/libpod_parent/libpod-12", "/libpod_parent/libpod-12")]
    [InlineData("default/box", "default/box")]
    [InlineData("machine.slice:libpod:12", "/machine.slice/libpod-12.scope")]
    [InlineData("user-1000.slice:cri:12", "/user.slice/user-1000.slice/cri-12.scope")]
    [InlineData(":docker:12", "/system.slice/docker-12.scope")]
    [InlineData("system.slice::box.slice", "/system.slice/box.slice")]
    public void An_engines_path_is_taken_also_in_the_form_for_systemd(string given, string path) => Assert.Equal(path, GroupPlace.Of(given).Path);

    [Theory]
    [InlineData("/")]
    [InlineData("")]
    [InlineData("/a/../../b")]
    [InlineData("./a")]
    public void What_is_no_place_is_refused(string path) =>
        Assert.Contains("is not a control group path", Assert.Throws<ControlGroupException>(() => GroupPlace.Of(path)).Message, StringComparison.Ordinal);

    [Fact]
    public void Limits_become_the_settings_of_each_version()
    {
        var limits = new ResourceLimits
        {
            MemoryInBytes = 708_837_376,
            ReservedMemoryInBytes = 100_000_000,
            CpuShares = 1024,
            CpuQuota = 50_000,
            CpuPeriod = 100_000,
            Processors = "0-1",
            Tasks = 514,
            IoWeight = 500,
            IoLimits = [new IoLimit("8:0", IoLimitKind.Weight, 10), new IoLimit("8:0", IoLimitKind.ReadBytes, 1000), new IoLimit("8:0", IoLimitKind.WriteRequests, 0)],
        };

        Assert.Equal(Controllers.Cpu | Controllers.Cpuset | Controllers.Io, limits.Asked);
        Assert.Equal(
            [
                "memory.limit_in_bytes=708837376", "memory.memsw.limit_in_bytes=708837376", "memory.soft_limit_in_bytes=100000000", "cpu.shares=1024", "cpu.cfs_period_us=100000", "cpu.cfs_quota_us=50000",
                "blkio.bfq.weight=500|blkio.weight=500", "blkio.bfq.weight_device=8:0 10|blkio.weight_device=8:0 10", "blkio.throttle.read_bps_device=8:0 1000",
                "blkio.throttle.write_iops_device=8:0 0", "cpuset.cpus=0-1", "pids.max=514",
            ],
            Settings(1, limits));
        Assert.Equal(
            [
                "memory.low=100000000", "memory.max=708837376", "memory.swap.max=0", "cpu.weight=39", "cpu.max=50000 100000", "io.bfq.weight=default 500|io.weight=default 4950",
                "io.bfq.weight=8:0 10|io.weight=8:0 1", "io.max=8:0 rbps=1000", "io.max=8:0 wiops=max", "cpuset.cpus=0-1", "pids.max=514",
            ],
            Settings(2, limits));
    }

    [Fact]
    public void What_is_not_asked_for_is_not_set()
    {
        Assert.Equal(Controllers.None, new ResourceLimits { MemoryInBytes = 1000, Tasks = 10 }.Asked);
        Assert.Equal(Controllers.None, new ResourceLimits { CpuQuota = -1 }.Asked);
        Assert.Empty(Settings(1, new ResourceLimits()));
        Assert.Empty(Settings(2, new ResourceLimits()));
    }

    [Fact]
    public void What_is_not_told_of_a_quota_stays()
    {
        Func<string, string?> read = file => file == "cpu.max" ? "20000 40000\n" : null;
        Assert.Equal("cpu.max=20000 50000", Assert.Single(Settings(2, new ResourceLimits { CpuPeriod = 50_000 }, read)));
        Assert.Equal("cpu.max=max 40000", Assert.Single(Settings(2, new ResourceLimits { CpuQuota = -1 }, read)));
    }

    [Theory]
    [InlineData("100", "memory.memsw.limit_in_bytes", "memory.limit_in_bytes")]
    [InlineData("9223372036854771712", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes")]
    [InlineData(null, "memory.limit_in_bytes", "memory.memsw.limit_in_bytes")]
    public void Memory_never_passes_memory_and_swap_together(string? before, params string[] order) =>
        Assert.Equal(order, GroupSettings.Of(1, new ResourceLimits { MemoryInBytes = 1000 }, _ => before).Select(setting => setting.Ways[0].File));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 1)]
    [InlineData(1024, 39)]
    [InlineData(262_144, 10_000)]
    [InlineData(1_000_000, 10_000)]
    public void Shares_become_weights_from_end_to_end(ulong shares, ulong weight) => Assert.Equal(weight, GroupSettings.WeightOfShares(shares));

    [Fact]
    public void A_limit_that_was_asked_for_and_cannot_be_is_an_error_that_names_the_controller()
    {
        var host = new HostControlGroups([], ["'/sys/fs/cgroup' is mounted read-only"], TimeProvider.System);
        ControlGroupException failure = Assert.Throws<ControlGroupException>(() => host.Create(GroupPlace.Of("/hearth/box"), new ResourceLimits { CpuShares = 2, IoWeight = 10 }));
        Assert.Equal(ControlGroupError.ControllerMissing, failure.Error);
        Assert.Contains("the controller cpu, io is not available: '/sys/fs/cgroup' is mounted read-only", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_host_without_control_groups_runs_containers_and_says_so()
    {
        var host = new HostControlGroups([], ["'/sys/fs/cgroup' is mounted read-only"], TimeProvider.System);
        ContainerGroup group = host.Create(GroupPlace.Of("/hearth/box"), new ResourceLimits { MemoryInBytes = 1000, Tasks = 10 });
        Assert.Equal("the container has no limit of memory, pids on the host: '/sys/fs/cgroup' is mounted read-only", Assert.Single(group.Warnings));
        group.AddProcess(Environment.ProcessId);
        Assert.Equal(new GroupStatistics(), group.ReadStatistics() with { Devices = new GroupStatistics().Devices });
        Assert.Contains("neither", Assert.Throws<ControlGroupException>(group.Freeze).Message, StringComparison.Ordinal);
        group.Leave();
        group.KillAll();
        group.Remove();
        Assert.Equal(ControlGroupLayout.None, host.Layout);
    }

    private static IEnumerable<string> Settings(int version, ResourceLimits limits, Func<string, string?>? read = null) =>
        GroupSettings.Of(version, limits, read ?? (_ => null)).Select(setting => string.Join('|', setting.Ways.Select(way => $"{way.File}={way.Value}")));
}
