using Hearth.Machines;
using Hearth.Machines.Qemu;

namespace Hearth.Runtime.Machines;

/// <summary>The VMMs that there are.</summary>
internal static class MachineDrivers
{
    public static IMachineDriver Choose(Accelerator accelerator) => new QemuDriver(accelerator);
}
