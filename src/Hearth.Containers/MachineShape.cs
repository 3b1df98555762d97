using Hearth.Containers.Specification;

namespace Hearth.Containers;

/// <summary>Processors and memory of a machine, as a container's description implies them.</summary>
public sealed record MachineShape(int VirtualCpus, int MemoryInMebibytes)
{
    /// <summary>An annotation with the machine's memory, where that is not the limit of the container's processes: <c>512m</c>.</summary>
    public const string MemoryAnnotation = "org.hearth.machine.memory";

    private const int DefaultMemoryInMebibytes = 512;

    /// <summary>Docker's and the kernel's default, in microseconds.</summary>
    private const ulong DefaultCpuPeriod = 100_000;

    /// <summary>
    /// Processors: quota divided by period, rounded up, at least one. Memory: the annotation, or else the limit, rounded up to a
    /// mebibyte.
    /// </summary>
    /// <exception cref="HearthException">The annotation is no size.</exception>
    public static MachineShape Of(ContainerSpec spec)
    {
        CpuSpec? cpu = spec.Linux?.Resources?.Cpu;
        double cpus = cpu?.Quota is > 0 and long quota ? quota / (double)(cpu.Period ?? DefaultCpuPeriod) : 1;
        return new MachineShape((int)Math.Clamp(Math.Ceiling(cpus), 1, int.MaxValue), MemoryOf(spec));
    }

    /// <summary>Requires that a machine of this shape can have resources: less than it was started with, and up to that again.</summary>
    /// <param name="resources">What was asked for.</param>
    /// <param name="name">The container's.</param>
    /// <exception cref="HearthException">It was started with less.</exception>
    public void RequireFits(ResourcesSpec resources, string name)
    {
        if (resources.Memory?.Limit is > 0 and long memory && new ByteSize(memory).Mebibytes > MemoryInMebibytes)
        {
            throw TooMuch(name, $"{new ByteSize(memory)} of memory", $"{MemoryInMebibytes} MiB");
        }

        if (resources.Cpu?.Quota is > 0 and long quota && (resources.Cpu.Period is > 0 and ulong given ? given : DefaultCpuPeriod) is var period && quota > (double)period * VirtualCpus)
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
                : throw new HearthException(HearthError.InvalidRequest, $"the annotation {MemoryAnnotation} is '{text}', which is no size such as 512m");
        }

        return spec.Linux?.Resources?.Memory?.Limit is > 0 and long limit ? new ByteSize(limit).Mebibytes : DefaultMemoryInMebibytes;
    }
}
