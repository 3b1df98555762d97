namespace Hearth.Machines.Tests.Nested;

/// <summary>The tests of control groups in Hearth.ControlGroups.Tests, on hosts with the layouts and capabilities that this one may not have.</summary>
public sealed class NestedControlGroupTests
{
    /// <summary>Takes the controllers from v2, which has no groups yet that could hold them, and mounts them as hosts of v1 do.</summary>
    private const string BecomeVersion1 =
        "set -e; cd /sys/fs/cgroup; for controller in $(cat cgroup.subtree_control); do echo -$controller >cgroup.subtree_control; done; cd /; "
        + "umount /sys/fs/cgroup; mount -t tmpfs tmpfs /sys/fs/cgroup; "
        + "for controllers in cpu,cpuacct cpuset memory pids blkio freezer; do "
        + "mkdir /sys/fs/cgroup/$controllers; mount -t cgroup -o $controllers cgroup /sys/fs/cgroup/$controllers; done";

    /// <summary>Some 20 tests, emulated.</summary>
    private static readonly TimeSpan Suite = TimeSpan.FromMinutes(10);

    private static readonly string Program = Path.Combine(Checkout.Root, "tests/Hearth.ControlGroups.Tests/bin/Release/net10.0/Hearth.ControlGroups.Tests");

    [Theory]
    [InlineData("Version2", "true")]
    [InlineData("Version1", BecomeVersion1)]
    public async Task Control_groups_hold_in_each_version(string layout, string preparation)
    {
        await using NestedMachine nested = await NestedMachine.BootAsync(Path.GetDirectoryName(Program)!);
        (string output, int status) = await nested.RunAsync(preparation, Suite);
        Assert.True(status == 0, output);

        await NestedRun.AssertPassAsync(nested, $"HEARTH_TEST_CGROUPS={layout}", "-class '*.ControlGroupTests' -class '*.OutOfMemoryScoreTests' -showLiveOutput", Suite, Program);

        // Nothing is left in any hierarchy.
        Assert.Equal(("", 0), await nested.RunAsync("find /sys/fs/cgroup -name 'hearth*'", Suite));
    }
}
