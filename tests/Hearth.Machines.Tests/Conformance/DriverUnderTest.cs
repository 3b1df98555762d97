using Hearth.Machines.Qemu;

namespace Hearth.Machines.Tests.Conformance;

/// <summary>What the conformance suite has to know of a VMM beyond the contract.</summary>
public abstract class DriverUnderTest
{
    public abstract IMachineDriver Create();

    /// <summary>The same driver with another program in the VMM's place.</summary>
    public abstract IMachineDriver CreateWith(string program);

    /// <summary>Shell lines of the guest that leave the channel as descriptor 3.</summary>
    public abstract string OpenChannelScript { get; }
}

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
}
