using Hearth.Machines;
using Hearth.Machines.Firecracker;
using Hearth.Machines.Qemu;

namespace Hearth.Runtime.Diagnosis;

/// <summary>What a host has of VMMs and processor virtualisation.</summary>
internal static class MachineInspection
{
    public static IReadOnlyList<HostNeed> Inspect() => [Vmm(), Firecracker(), Virtualisation()];

    private static HostNeed Vmm() => QemuDriver.FindProgram() is string program
        ? new HostNeed("VMM", NeedState.Met, program)
        : new HostNeed("VMM", NeedState.Unmet, "QEMU is not in PATH", "install the package qemu-system-x86");

    private static HostNeed Firecracker()
    {
        const string Name = "Firecracker";
        return FirecrackerDriver.FindProgram() is not string program
            ? new HostNeed(
                Name, NeedState.Limited, $"there is no firecracker in PATH, and {FirecrackerDriver.Variable} names none: QEMU runs the guests",
                "'./dev firecracker setup' gets it; or put it into PATH")
            : KvmSupport.Inspect().IsUsable
                ? new HostNeed(Name, NeedState.Met, program)
                : new HostNeed(Name, NeedState.Limited, $"{program}, which needs KVM: QEMU runs the guests", "see KVM");
    }

    private static HostNeed Virtualisation()
    {
        const string Name = "KVM";
        KvmSupport kvm = KvmSupport.Inspect();
        return kvm.IsUsable
            ? new HostNeed(Name, NeedState.Met, kvm.Finding)
            : new HostNeed(Name, NeedState.Limited, $"{kvm.Finding}; guests are emulated (tcg), which is several times slower", "use a host with hardware virtualisation, or turn on nested virtualisation");
    }
}
