using Hearth.Machines.Qemu;
using Hearth.Machines.Tests.Conformance;
using Hearth.Machines.Tests.Support;

namespace Hearth.Machines.Tests.Qemu;

/// <summary>
/// QEMU, by software emulation, which every host can run. <see cref="AcceleratorVariable"/> may name KVM instead; then it has
/// to be usable, or the tests fail.
/// </summary>
public sealed class QemuUnderTest : DriverUnderTest
{
    internal const string AcceleratorVariable = "HEARTH_TEST_ACCELERATOR";

    private static readonly Accelerator Accelerator =
        Environment.GetEnvironmentVariable(AcceleratorVariable) is { Length: > 0 } name ? Enum.Parse<Accelerator>(name) : Accelerator.Tcg;

    public override IMachineDriver Create() => new QemuDriver(TestEnvironment.Own, Accelerator);

    public override IMachineDriver CreateWith(string program) => new QemuDriver(TestEnvironment.Own, Accelerator, program);

    public override string OpenChannelScript =>
        $"""
        while ! name=$(grep -lx '{MachineLab.Channel.SerialPortName}' /sys/class/virtio-ports/*/name); do usleep 5000; done
        exec 3<>/dev/$(basename $(dirname $name))
        """;

    /// <summary>The empty root, which stands there for a moment.</summary>
    internal override IReadOnlyList<string> LeftByKilledOwner => ["root"];

    internal override void RequireHost()
    {
        if (Accelerator == Accelerator.Kvm)
        {
            KvmSupport kvm = KvmSupport.Inspect();
            Assert.True(kvm.IsUsable, kvm.Finding);
        }
    }
}
