using Hearth.Runtime.Specification;

namespace Hearth.Runtime.Machines;

/// <summary>Processors and memory of a machine, as a container's description implies them.</summary>
internal sealed record MachineShape(int VirtualCpus, int MemoryInMebibytes)
{
    private const int DefaultMemoryInMebibytes = 512;

    /// <summary>Docker's and the kernel's default, in microseconds.</summary>
    private const ulong DefaultCpuPeriod = 100_000;

    /// <summary>Processors: quota divided by period, rounded up, at least one. Memory: the limit, rounded up to a mebibyte.</summary>
    public static MachineShape Of(ContainerSpec spec)
    {
        CpuSpec? cpu = spec.Linux?.Resources?.Cpu;
        double cpus = cpu?.Quota is > 0 and long quota ? quota / (double)(cpu.Period ?? DefaultCpuPeriod) : 1;
        int memory = spec.Linux?.Resources?.Memory?.Limit is > 0 and long limit
            ? new ByteSize(limit).Mebibytes
            : DefaultMemoryInMebibytes;
        return new MachineShape((int)Math.Clamp(Math.Ceiling(cpus), 1, int.MaxValue), memory);
    }
}
