namespace Hearth.ControlGroups;

/// <summary>
/// What a container may use of the host, all of it together: the VMM and the process that keeps it. What is null is not
/// limited, or on an update left as it is.
/// </summary>
public sealed record ResourceLimits
{
    /// <summary>The guest's memory and what its VMM and keeper take besides.</summary>
    public long? MemoryInBytes { get; init; }

    /// <summary>2 to 262144, as v1 has it.</summary>
    public ulong? CpuShares { get; init; }

    /// <summary>Microseconds in each period; -1 for no limit.</summary>
    public long? CpuQuota { get; init; }

    /// <summary>Microseconds.</summary>
    public ulong? CpuPeriod { get; init; }

    public string? Processors { get; init; }

    public string? MemoryNodes { get; init; }

    public int? Tasks { get; init; }

    /// <summary>10 to 1000, as v1 has it.</summary>
    public ushort? IoWeight { get; init; }

    public IReadOnlyList<IoLimit> IoLimits { get; init; } = [];

    /// <summary>The controllers without which what was asked for cannot be had. Memory and tasks are not among them: the machine bounds them too.</summary>
    internal Controllers Asked =>
        (CpuShares is not null || CpuQuota is > 0 ? Controllers.Cpu : Controllers.None)
        | (Processors is not null || MemoryNodes is not null ? Controllers.Cpuset : Controllers.None)
        | (IoWeight is not null || IoLimits.Count > 0 ? Controllers.Io : Controllers.None);
}
