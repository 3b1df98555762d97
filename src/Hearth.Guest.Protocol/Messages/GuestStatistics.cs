namespace Hearth.Guest.Protocol.Messages;

/// <summary>The container's resource usage. A member that the guest's kernel does not count is null.</summary>
public sealed record GuestStatistics : GuestAnswer
{
    /// <summary>The guest's uptime, so that two answers give a rate regardless of the channel's delay.</summary>
    public required long UptimeUs { get; init; }

    /// <summary>Processor time of all processes, with those that have ended.</summary>
    public CpuStatistics? Cpu { get; init; }

    public MemoryStatistics? Memory { get; init; }

    /// <summary>Processes and threads.</summary>
    public PidStatistics? Pids { get; init; }

    /// <summary>The machine's drives, with the root.</summary>
    public IReadOnlyList<DriveStatistics> Drives { get; init; } = [];

    /// <summary>The network interfaces, without the loopback.</summary>
    public IReadOnlyList<InterfaceStatistics> Interfaces { get; init; } = [];

    /// <summary>The resource usage of the guest's init itself.</summary>
    public required InitStatistics Init { get; init; }
}

/// <summary>Processor time in microseconds.</summary>
public sealed record CpuStatistics
{
    public required long UsageUs { get; init; }

    public required long UserUs { get; init; }

    public required long SystemUs { get; init; }

    /// <summary>The machine's processors.</summary>
    public required int Processors { get; init; }

    /// <summary>The number of periods in which the quota ran out.</summary>
    public long ThrottledPeriods { get; init; }

    public long ThrottledUs { get; init; }
}

/// <summary>Memory in bytes.</summary>
public sealed record MemoryStatistics
{
    /// <summary>Memory in use, with the page cache.</summary>
    public required long CurrentBytes { get; init; }

    /// <summary>The highest usage so far; null if the kernel (before 5.19) does not record it.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>The limit, or the machine's memory if that is less.</summary>
    public required long LimitBytes { get; init; }

    /// <summary>The part of the page cache that the kernel reclaims first. Docker subtracts it from the usage.</summary>
    public required long InactiveFileBytes { get; init; }

    /// <summary>The number of processes that the kernel's out-of-memory killer ended.</summary>
    public long OutOfMemoryKills { get; init; }
}

/// <param name="Current">The current number.</param>
/// <param name="Limit">The maximum number; null for no limit.</param>
public sealed record PidStatistics(long Current, long? Limit);

public sealed record DriveStatistics(string Name, long ReadBytes, long WrittenBytes, long Reads, long Writes);

public sealed record InterfaceStatistics
{
    public required string Name { get; init; }

    public required long ReceivedBytes { get; init; }

    public required long ReceivedPackets { get; init; }

    public required long ReceivedErrors { get; init; }

    public required long ReceivedDropped { get; init; }

    public required long SentBytes { get; init; }

    public required long SentPackets { get; init; }

    public required long SentErrors { get; init; }

    public required long SentDropped { get; init; }
}

public sealed record InitStatistics(long ResidentBytes, int Descriptors, int Threads);
