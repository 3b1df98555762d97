namespace Hearth.ControlGroups;

/// <summary>
/// The limits of a container on the host, for its VMM and its keeper together. A null value means no limit; on an update, it
/// leaves the limit unchanged.
/// </summary>
public sealed record ResourceLimits
{
    /// <summary>The limit for the guest's memory plus the overhead of its VMM and its keeper.</summary>
    public long? MemoryInBytes { get; init; }

    /// <summary>Memory that the kernel takes from the group only after that of others.</summary>
    public long? ReservedMemoryInBytes { get; init; }

    /// <summary>2 to 262144, the scale of v1.</summary>
    public ulong? CpuShares { get; init; }

    /// <summary>The processor time in each period, in microseconds; -1 for no limit.</summary>
    public long? CpuQuota { get; init; }

    /// <summary>The period in microseconds.</summary>
    public ulong? CpuPeriod { get; init; }

    public string? Processors { get; init; }

    public string? MemoryNodes { get; init; }

    public int? Tasks { get; init; }

    /// <summary>10 to 1000, the scale of v1.</summary>
    public ushort? IoWeight { get; init; }

    public IReadOnlyList<IoLimit> IoLimits { get; init; } = [];

    /// <summary>
    /// The controllers that the requested limits require. Memory and tasks are not among them, since the machine limits them too.
    /// </summary>
    internal Controllers Asked =>
        (CpuShares is not null || CpuQuota is > 0 ? Controllers.Cpu : Controllers.None)
        | (Processors is not null || MemoryNodes is not null ? Controllers.Cpuset : Controllers.None)
        | (IoWeight is not null || IoLimits.Count > 0 ? Controllers.Io : Controllers.None);
}
