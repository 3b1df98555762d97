using Hearth.Guest.Protocol.Messages;
using Hearth.Runtime.Machines;
using Hearth.Runtime.Specification;

namespace Hearth.Runtime.Containers;

/// <summary>New limits of a container; null members leave what is.</summary>
public sealed record ResourceChange
{
    private const long PeriodUs = 100_000;

    public ByteSize? Memory { get; init; }

    /// <summary>Processors, a fraction allowed.</summary>
    public double? Cpus { get; init; }

    internal ContainerLimits ToLimits() => new()
    {
        MemoryInBytes = Memory?.Bytes,
        CpuQuotaUs = Cpus is { } quota ? (long)(quota * PeriodUs) : null,
        CpuPeriodUs = Cpus is null ? null : PeriodUs,
    };

    /// <summary>What can be changed of a machine that runs: less than it was started with, and up to that again.</summary>
    /// <param name="limits">What was asked for.</param>
    /// <param name="shape">What the machine was started with.</param>
    /// <param name="name">The container's.</param>
    /// <exception cref="RuntimeException">It was started with less.</exception>
    internal static void RequireWithin(ContainerLimits limits, MachineShape shape, string name)
    {
        if (limits.MemoryInBytes is > 0 and long memory && new ByteSize(memory).Mebibytes > shape.MemoryInMebibytes)
        {
            throw TooMuch(name, $"{new ByteSize(memory)} of memory", $"{shape.MemoryInMebibytes} MiB");
        }

        if (limits is { CpuQuotaUs: > 0 and long quota, CpuPeriodUs: > 0 and long period } && quota > period * shape.VirtualCpus)
        {
            throw TooMuch(name, FormattableString.Invariant($"{(double)quota / period} processors"), FormattableString.Invariant($"{shape.VirtualCpus}"));
        }
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

    private static RuntimeException TooMuch(string name, string wanted, string has) => new(
        RuntimeError.InvalidRequest,
        $"cannot give container '{name}' {wanted}: its machine was started with {has}; stop it, update it, and start it again");
}
