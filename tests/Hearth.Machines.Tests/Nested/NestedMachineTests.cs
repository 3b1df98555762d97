using Hearth.Machines.Firecracker;
using Hearth.Machines.Tests.Firecracker;
using Hearth.Machines.Tests.Qemu;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Nested;

public sealed class NestedMachineTests
{
    private static readonly TimeSpan Moment = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Floods of the serial console: emulated twice over, each byte is an exit of an exit, and after some 50 kB the guest is reset
    /// or stands still, with QEMU on the same KVM as well.
    /// </summary>
    private const string LeftOut = "-method- '*floods_its_console*' -method- '*full_disk_beneath_the_console*'";

    /// <summary>A share's request takes some 20 ms there, and these are thousands: 2,000 files take longer than a command may.</summary>
    private const string LeftOutOfEndToEnd = "-method- '*Thousands_of_small_files*'";

    /// <summary>It expects nothing on standard error, where Hearth warns of the known faults of that Firecracker's jailer.</summary>
    private const string WantsSilence = "-method- '*An_image_runs_its_command*'";

    /// <summary>A place that volumes fit into, which take little of what they may grow to.</summary>
    private const string Room = "/mnt";

    private const string OnFirecrackerAlone = $"rm /usr/bin/qemu-system-x86_64 && mkdir -p {Room} && mount -t tmpfs -o size=64g tmpfs {Room}";

    /// <summary>Some 30 guests, emulated twice over.</summary>
    private static readonly TimeSpan Suite = TimeSpan.FromMinutes(10);

    /// <summary>Tens of tests, many of them with several guests, emulated twice over.</summary>
    private static readonly TimeSpan EndToEndSuite = TimeSpan.FromMinutes(60);

    private static readonly string Programs = Path.GetFullPath(Path.Combine(TestKernels.Store, "../../../bin"));

    private static readonly string EndToEnd = Path.Combine(Checkout.Root, "tests/Hearth.EndToEnd.Tests/bin/Release/net10.0/Hearth.EndToEnd.Tests");

    private static readonly string DebianRoot = Path.Combine(Checkout.Root, "artifacts/test-roots/debian");

    [Fact]
    public async Task A_nested_machine_is_a_host_on_which_kvm_runs_ordinary_guests()
    {
        await using NestedMachine nested = await NestedMachine.BootAsync();

        Assert.Equal(("from both\noutputs", 7), await nested.RunAsync("echo from both; echo outputs >&2; exit 7", Moment));
        (string controllers, _) = await nested.RunAsync("cat /sys/fs/cgroup/cgroup.subtree_control", Moment);
        Assert.All((string[])["cpu", "memory", "pids"], controller => Assert.Contains(controller, controllers.Split(' ')));

        // As the jailer does it.
        (string pivoted, int status) = await nested.RunAsync(
            "mkdir -p /srv/jail && unshare -m sh -c 'mount --bind /srv/jail /srv/jail && cd /srv/jail && mkdir old && pivot_root . old && echo pivoted'", Moment);
        Assert.True(status == 0, pivoted);

        await NestedRun.AssertPassAsync(
            nested, $"{QemuUnderTest.AcceleratorVariable}=Kvm", "-method '*QemuBootTests.The_guest_has_the_processors_and_the_memory*'", Moment);
    }

    [Fact]
    public async Task Firecracker_conforms_on_the_kvm_of_a_nested_machine()
    {
        (string place, string jailer) = RequireFirecracker();
        await using NestedMachine nested = await NestedMachine.BootWithNetworksAsync(place, jailer);

        await NestedRun.AssertPassAsync(
            nested,
            $"{FirecrackerDriver.Variable}={place} {FirecrackerJailOptions.Variable}={jailer}",
            $"-trait {FirecrackerUnderTest.Trait}={FirecrackerUnderTest.Real} {LeftOut}",
            Suite);
    }

    [Fact]
    public async Task Hearth_runs_a_container_on_a_jailed_firecracker_in_a_nested_machine()
    {
        (string place, string jailer) = RequireFirecracker();
        string hearth = Path.Combine(Programs, "hearth");
        Assert.SkipUnless(File.Exists(hearth), $"{hearth} is not built: './dev build' makes it");
        await using NestedMachine nested = await NestedMachine.BootAsync(place, jailer, Programs);

        (string output, int status) = await nested.RunAsync(
            $"{FirecrackerDriver.Variable}={place} {FirecrackerJailOptions.Variable}={jailer} {hearth} run --rm --vmm firecracker --report /tmp/report.json "
            + "--state-dir /tmp/state --run-dir /tmp/run --include bin/uname --include lib64 --include lib/x86_64-linux-gnu /usr -- /bin/uname -s && cat /tmp/report.json && find /srv/jailer -mindepth 2 && [ ! -e /sys/fs/cgroup/hearth ]",
            Moment);

        Assert.True(status == 0, output);
        Assert.StartsWith("Linux\n", output, StringComparison.Ordinal);
        Assert.Contains("\"vmm\": \"firecracker\"", output, StringComparison.Ordinal);
        Assert.Contains("control group limits: 612 MiB", output, StringComparison.Ordinal);
        Assert.EndsWith("}", output, StringComparison.Ordinal);
    }

    [Fact]
    public Task Containers_live_and_share_on_a_jailed_firecracker_in_a_nested_machine() => RunEndToEndAsync(
        ["_on_firecracker", ".VolumeTests.", ".LifeTests.", ".CopyTests.", ".ObservationTests."], LeftOutOfEndToEnd);

    [Fact]
    public Task Networks_work_on_a_jailed_firecracker_in_a_nested_machine() => RunEndToEndAsync(
    [
        ".NetworkTests.A_container_reaches", ".NetworkTests.Nothing_is_left", ".NetworkTests.A_confined_and_a_paused", ".NetworkTests.A_policy_decides",
        ".PortTests.A_published_port", ".PortTests.Published_ports_reach", ".NameResolutionTests.", ".UserNetworkTests.Containers_reach",
        ".EgressTests.A_policy_changes", ".EgressTests.The_report_and_the_statistics",
        ".DisturbedNetworkTests.Ports_rates", ".DisturbedNetworkTests.What_a_rate", ".JoinedNetworkTests.A_container_has", ".JoinedNetworkTests.The_namespace_is_as",
    ]);

    [Fact]
    public Task Images_and_the_worker_work_on_a_jailed_firecracker_in_a_nested_machine() => RunEndToEndAsync(
        [".ImageTests.", ".LazyTests.", ".HealthTests.", ".DockerRestartTests.", ".DockerClientTests.", ".AttachmentTests."], WantsSilence);

    /// <summary>Runs end-to-end tests on Firecracker, which is what <c>hearth</c> takes there: this nested machine has no QEMU.</summary>
    /// <param name="tests">Parts of the names of those that are run.</param>
    /// <param name="further">Further filter flags.</param>
    private static async Task RunEndToEndAsync(IEnumerable<string> tests, string further = "")
    {
        (string place, string jailer) = RequireFirecracker();
        Assert.SkipUnless(Directory.Exists(DebianRoot), $"{DebianRoot} is not there: the end-to-end tests make it");
        await using NestedMachine nested = await NestedMachine.BootWithNetworksAsync(
            place, jailer, Programs, DebianRoot, Path.GetDirectoryName(EndToEnd)!, Path.Combine(Checkout.Root, "Hearth.slnx"));
        (string output, int status) = await nested.RunAsync(OnFirecrackerAlone, Moment);
        Assert.True(status == 0, output);

        await NestedRun.AssertPassAsync(
            nested,
            $"TMPDIR={Room} {FirecrackerDriver.Variable}={place} {FirecrackerJailOptions.Variable}={jailer}",
            string.Join(' ', tests.Select(name => $"-method '*{name}*'").Append(further)),
            EndToEndSuite,
            EndToEnd);

        // The tests looked at what their containers had; the jails stand elsewhere.
        Assert.Equal(("", 0), await nested.RunAsync(
            "find /srv/jailer -mindepth 2; find /sys/fs/cgroup -name 'hearth*'; grep -lx firecracker /proc/[0-9]*/comm; ! grep -w hearth /proc/mounts", Moment));
    }

    /// <returns>Where Firecracker and its jailer stand.</returns>
    private static (string Firecracker, string Jailer) RequireFirecracker()
    {
        string? program = Environment.GetEnvironmentVariable(FirecrackerDriver.Variable);
        Assert.SkipWhen(
            string.IsNullOrEmpty(program), $"{FirecrackerDriver.Variable} names no Firecracker to run: './dev firecracker setup' gets one");
        Assert.SkipWhen(KvmSupport.Inspect().IsUsable, $"KVM is usable here: with {FirecrackerDriver.Variable} the suite ran on this host itself");
        string place = Path.GetFullPath(program!);
        string jailer = Environment.GetEnvironmentVariable(FirecrackerJailOptions.Variable) is { Length: > 0 } named
            ? Path.GetFullPath(named)
            : Path.Combine(Path.GetDirectoryName(place)!, "jailer");
        Assert.True(File.Exists(jailer), $"{jailer} is not there: name Firecracker's jailer in {FirecrackerJailOptions.Variable}");
        return (place, jailer);
    }
}
