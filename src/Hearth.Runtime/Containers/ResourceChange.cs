using Hearth.Guest.Protocol.Messages;
using Hearth.Runtime.Specification;

namespace Hearth.Runtime.Containers;

/// <summary>New limits of a container; null members leave what is.</summary>
public sealed record ResourceChange
{
    private const long PeriodUs = 100_000;

    public ByteSize? Memory { get; init; }

    /// <summary>Processors, a fraction allowed.</summary>
    public double? Cpus { get; init; }

    /// <summary>What can be changed of a machine that runs: less than it was started with, and up to that again.</summary>
    /// <exception cref="RuntimeException">It was started with less.</exception>
    internal ContainerLimits LimitsIn(Container container)
    {
        Machines.MachineShape shape = Machines.MachineShape.Of(container.Config.Request.Spec);
        if (Memory is { } memory && memory.Mebibytes > shape.MemoryInMebibytes)
        {
            throw TooMuch(container, $"{memory} of memory", $"{shape.MemoryInMebibytes} MiB");
        }

        if (Cpus is { } cpus && cpus > shape.VirtualCpus)
        {
            throw TooMuch(container, FormattableString.Invariant($"{cpus} processors"), FormattableString.Invariant($"{shape.VirtualCpus}"));
        }

        return new ContainerLimits
        {
            MemoryInBytes = Memory?.Bytes,
            CpuQuotaUs = Cpus is { } quota ? (long)(quota * PeriodUs) : null,
            CpuPeriodUs = Cpus is null ? null : PeriodUs,
        };
    }

    internal ContainerConfig Apply(ContainerConfig config)
    {
        ResourcesSpec resources = config.Request.Spec.Linux?.Resources ?? new ResourcesSpec();
        ResourcesSpec changed = resources with
        {
            Memory = Memory is { } memory ? new MemorySpec { Limit = memory.Bytes } : resources.Memory,
            Cpu = Cpus is { } cpus ? new CpuSpec { Period = (ulong)PeriodUs, Quota = (long)(cpus * PeriodUs) } : resources.Cpu,
        };
        LinuxSpec linux = (config.Request.Spec.Linux ?? new LinuxSpec()) with { Resources = changed };
        return config with { Request = config.Request with { Spec = config.Request.Spec with { Linux = linux } } };
    }

    private static RuntimeException TooMuch(Container container, string wanted, string has) => new(
        RuntimeError.InvalidRequest,
        $"cannot give container '{container.Name}' {wanted}: its machine was started with {has}; stop it, update it, and start it again");
}
