using Hearth.Machines.Qemu;
using Hearth.Machines.Tests.Conformance;

namespace Hearth.Machines.Tests.Qemu;

/// <summary>QEMU, by software emulation: the one that every host can run.</summary>
public sealed class QemuUnderTest : DriverUnderTest
{
    public override IMachineDriver Create() => new QemuDriver(Accelerator.Tcg);

    public override IMachineDriver CreateWith(string program) => new QemuDriver(Accelerator.Tcg, program);

    public override string OpenChannelScript =>
        $"""
        while ! name=$(grep -lx '{MachineLab.Channel.SerialPortName}' /sys/class/virtio-ports/*/name); do usleep 5000; done
        exec 3<>/dev/$(basename $(dirname $name))
        """;

    /// <summary>The empty root, which stands there for a moment.</summary>
    internal override IReadOnlyList<string> LeftByKilledOwner => ["root"];
}
