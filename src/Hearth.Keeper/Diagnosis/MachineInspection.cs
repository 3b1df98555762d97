using Hearth.Linux.Processes;
using Hearth.Machines;
using Hearth.Machines.Firecracker;
using Hearth.Machines.Qemu;

namespace Hearth.Keeper.Diagnosis;

/// <summary>Checks the host's VMMs and its processor virtualisation.</summary>
internal static class MachineInspection
{
    /// <param name="environment">The environment variables of this program.</param>
    public static IReadOnlyList<HostNeed> Inspect(HostEnvironment environment)
    {
        ReleaseProgram firecracker = ReleaseProgram.InspectFirecracker(environment);
        return [Vmm(environment), Firecracker(firecracker), .. firecracker is { Fault: null, Path: { } path } ? (HostNeed[])[Jailer(ReleaseProgram.InspectJailer(environment, path), firecracker)] : [], Virtualisation()];
    }

    private static HostNeed Vmm(HostEnvironment environment) => QemuDriver.FindProgram(environment) is string program
        ? new HostNeed("VMM", NeedState.Met, program)
        : new HostNeed("VMM", NeedState.Unmet, "QEMU is not in PATH", "install the package qemu-system-x86");

    private static HostNeed Firecracker(ReleaseProgram program)
    {
        const string Name = "Firecracker";
        if (program.Fault is { } fault)
        {
            return new HostNeed(
                Name, NeedState.Limited, $"{fault}: QEMU runs the guests",
                $"'./dev firecracker setup' downloads it; or put it into PATH, or name it in {FirecrackerDriver.Variable}; tried were {string.Join(" (the default) and ", ReleaseProgram.Tried)}");
        }

        string finding = $"{program.Path}, version {program.Version}; tried were {string.Join(" (the default) and ", ReleaseProgram.Tried)}";
        return program.Warnings is [{ } warning, ..]
            ? new HostNeed(Name, NeedState.Limited, finding, $"{warning}; if something fails, use one of these")
            : KvmSupport.Inspect().IsUsable
                ? new HostNeed(Name, NeedState.Met, finding)
                : new HostNeed(Name, NeedState.Limited, $"{finding}; it needs KVM: QEMU runs the guests", "see KVM");
    }

    private static HostNeed Jailer(ReleaseProgram jailer, ReleaseProgram firecracker)
    {
        const string Name = "jailer";
        if (jailer.Fault is { } fault)
        {
            return new HostNeed(
                Name, NeedState.Limited, $"{fault}: Firecracker runs only with --no-jailer",
                $"put the jailer of the same release beside {firecracker.Path}, or name it in {FirecrackerJailOptions.Variable}");
        }

        string finding = $"{jailer.Path}, version {jailer.Version}";
        return jailer.Warnings is [{ } hole, ..] ? new HostNeed(Name, NeedState.Limited, finding, hole.TrimEnd('.'))
            : jailer.Version != firecracker.Version
                ? new HostNeed(Name, NeedState.Limited, $"{finding}, and Firecracker is {firecracker.Version}", "use both programs of one release")
                : new HostNeed(Name, NeedState.Met, finding);
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
