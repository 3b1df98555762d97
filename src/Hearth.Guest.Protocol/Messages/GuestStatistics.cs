namespace Hearth.Guest.Protocol.Messages;

/// <summary>What the container uses. A member that the guest's kernel does not count is null.</summary>
public sealed record GuestStatistics : GuestAnswer
{
    /// <summary>Of the guest, so that two answers give a rate whatever the channel took.</summary>
    public required long UptimeUs { get; init; }

    /// <summary>Processor time of all processes, those that have ended among them.</summary>
    public CpuStatistics? Cpu { get; init; }

    public MemoryStatistics? Memory { get; init; }

    /// <summary>Processes and threads.</summary>
    public PidStatistics? Pids { get; init; }

    /// <summary>The machine's drives, the root among them.</summary>
    public IReadOnlyList<DriveStatistics> Drives { get; init; } = [];

    /// <summary>The network interfaces but for the loopback.</summary>
    public IReadOnlyList<InterfaceStatistics> Interfaces { get; init; } = [];

    /// <summary>What the guest's init itself uses.</summary>
    public required InitStatistics Init { get; init; }
}

/// <summary>Processor time in microseconds.</summary>
public sealed record CpuStatistics
{
    public required long UsageUs { get; init; }

    public required long UserUs { get; init; }

    public required long SystemUs { get; init; }

    /// <summary>Processors that the machine has.</summary>
    public required int Processors { get; init; }

    /// <summary>Periods in which the quota ran out.</summary>
    public long ThrottledPeriods { get; init; }

    public long ThrottledUs { get; init; }
}

/// <summary>Memory in bytes.</summary>
public sealed record MemoryStatistics
{
    /// <summary>Page cache included.</summary>
    public required long CurrentBytes { get; init; }

    /// <summary>The most so far; null where the kernel (before 5.19) does not keep it.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>The limit, or what the machine has where that is less.</summary>
    public required long LimitBytes { get; init; }

    /// <summary>Of the page cache, what the kernel would give back first. Docker subtracts it from the use.</summary>
    public required long InactiveFileBytes { get; init; }

    /// <summary>Processes that the kernel ended for want of memory.</summary>
    public long OutOfMemoryKills { get; init; }
}

/// <param name="Current">How many there are.</param>
/// <param name="Limit">How many there may be; null for no limit.</param>
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
