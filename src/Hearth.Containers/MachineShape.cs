using Hearth.Containers.Specification;

namespace Hearth.Containers;

/// <summary>Processors and memory of a machine, derived from a container's description.</summary>
public sealed record MachineShape(int VirtualCpus, int MemoryInMebibytes)
{
    /// <summary>
    /// The annotation that sets the machine's memory if it differs from the limit of the container's processes: <c>512m</c>.
    /// </summary>
    public const string MemoryAnnotation = "org.hearth.machine.memory";

    private const int DefaultMemoryInMebibytes = 512;

    /// <summary>
    /// Processors: quota divided by period, rounded up, at least one. Memory: the annotation, otherwise the limit, rounded up to
    /// a mebibyte.
    /// </summary>
    /// <exception cref="HearthException">The annotation is not a valid size.</exception>
    public static MachineShape Of(ContainerSpec spec)
    {
        CpuSpec? cpu = spec.Linux?.Resources?.Cpu;
        double cpus = cpu?.Quota is > 0 and long quota ? quota / (double)(cpu.Period ?? CpuSpec.DefaultPeriod) : 1;
        return new MachineShape((int)Math.Clamp(Math.Ceiling(cpus), 1, int.MaxValue), MemoryOf(spec));
    }

    /// <summary>
    /// Requires that resources fit into this machine. They may shrink, and grow again up to what the machine was started with.
    /// </summary>
    /// <param name="resources">The requested resources.</param>
    /// <param name="name">The container's name.</param>
    /// <exception cref="HearthException">The machine was started with less.</exception>
    public void RequireFits(ResourcesSpec resources, string name)
    {
        if (resources.Memory?.Limit is > 0 and long memory && new ByteSize(memory).Mebibytes > MemoryInMebibytes)
        {
            throw TooMuch(name, $"{new ByteSize(memory)} of memory", $"{MemoryInMebibytes} MiB");
        }

        if (resources.Cpu?.Quota is > 0 and long quota && (resources.Cpu.Period is > 0 and ulong given ? given : CpuSpec.DefaultPeriod) is var period && quota > (double)period * VirtualCpus)
        {
            throw TooMuch(name, FormattableString.Invariant($"{quota / (double)period} processors"), FormattableString.Invariant($"{VirtualCpus}"));
        }
    }

    private static HearthException TooMuch(string name, string wanted, string has) => new(
        HearthError.InvalidRequest,
        $"cannot give container '{name}' {wanted}: its machine was started with {has}; stop it, update it, and start it again");

    private static int MemoryOf(ContainerSpec spec)
    {
        if (spec.Annotations.TryGetValue(MemoryAnnotation, out string? text))
        {
            return ByteSize.TryParse(text, out ByteSize annotated) && annotated.Bytes > 0
                ? annotated.Mebibytes
                : throw new HearthException(HearthError.InvalidRequest, $"invalid annotation {MemoryAnnotation} '{text}': it must be a size such as 512m");
        }

        return spec.Linux?.Resources?.Memory?.Limit is > 0 and long limit ? new ByteSize(limit).Mebibytes : DefaultMemoryInMebibytes;
    }
}
