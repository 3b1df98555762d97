using Hearth.Containers;
using Hearth.Linux.Processes;
using Hearth.Machines;
using Hearth.Machines.Firecracker;
using Hearth.Machines.Kernel;
using Hearth.Machines.Qemu;

namespace Hearth.Keeper.Machines;

/// <summary>The available VMMs, and the choice of one for a guest.</summary>
internal static class MachineDrivers
{
    /// <exception cref="HearthException">Firecracker was requested and cannot run this guest on this host.</exception>
    public static MachineChoice Choose(VmmKind vmm, Accelerator accelerator, FirecrackerJailOptions? jail, HostEnvironment environment, KernelEntry kernel)
    {
        FirecrackerDriver firecracker = new(environment, options: new FirecrackerOptions { TrustKvm = accelerator == Accelerator.Kvm, Jail = jail });
        return Choose(vmm, accelerator, environment, firecracker, () => firecracker.FindObstacle(kernel));
    }

    /// <param name="vmm">The requested VMM.</param>
    /// <param name="accelerator">The requested accelerator.</param>
    /// <param name="environment">The variables of this program.</param>
    /// <param name="firecracker">The driver for Firecracker.</param>
    /// <param name="findObstacle">Returns why Firecracker cannot be used; null if it can.</param>
    internal static MachineChoice Choose(VmmKind vmm, Accelerator accelerator, HostEnvironment environment, IMachineDriver firecracker, Func<string?> findObstacle)
    {
        if (vmm == VmmKind.Qemu)
        {
            return new MachineChoice(new QemuDriver(environment, accelerator), "QEMU was asked for");
        }

        if (accelerator == Accelerator.Tcg)
        {
            return vmm == VmmKind.Auto
                ? new MachineChoice(new QemuDriver(environment, accelerator), "emulation was asked for, which Firecracker cannot do")
                : throw new HearthException(
                    HearthError.InvalidRequest, "Firecracker cannot emulate a processor: leave out '--accel tcg', or use '--vmm qemu'");
        }

        return (vmm, findObstacle()) switch
        {
            (VmmKind.Auto, null) => new MachineChoice(firecracker, "Firecracker is installed, and KVM is usable"),
            (VmmKind.Auto, string obstacle) => new MachineChoice(new QemuDriver(environment, accelerator), $"Firecracker cannot be used: {obstacle}"),
            (_, null) => new MachineChoice(firecracker, "Firecracker was asked for"),
            (_, string obstacle) => throw new HearthException(
                HearthError.HostUnsuitable, $"Firecracker cannot be used: {obstacle}; '--vmm qemu' runs the guest without it"),
        };
    }
}

/// <summary>A VMM and the reason for its choice, as a clause.</summary>
internal sealed record MachineChoice(IMachineDriver Driver, string Reason)
{
    /// <summary>Creates a machine with the driver. If its program is missing, the error also says why this VMM was chosen.</summary>
    public IMachine Configure(MachineConfiguration configuration)
    {
        try
        {
            return Driver.Configure(configuration);
        }
        catch (MachineException missing) when (missing.Error == MachineError.VmmMissing)
        {
            throw new MachineException(MachineError.VmmMissing, $"{missing.Message}; {Reason}", missing);
        }
    }
}
