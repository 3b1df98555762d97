namespace Hearth.Firecracker.Api;

/// <summary>
/// The device that reclaims memory from a guest: the answer of <c>GET /balloon</c> and the body of <c>PUT /balloon</c>.
/// The PUT is legal before the start.
/// </summary>
public sealed record Balloon
{
    /// <summary>The target size of the balloon: the memory to reclaim from the guest.</summary>
    public required int AmountMib { get; init; }

    /// <summary>True to return memory to a guest that runs out of it.</summary>
    public required bool DeflateOnOom { get; init; }

    /// <summary>The interval of statistics in seconds; 0 or null for no statistics.</summary>
    public int? StatsPollingIntervalS { get; init; }
}

/// <summary>A new target size: the body of <c>PATCH /balloon</c>.</summary>
public sealed record BalloonUpdate
{
    public required int AmountMib { get; init; }
}

/// <summary>The body of <c>PATCH /balloon/statistics</c>. Statistics cannot be turned on or off after the start.</summary>
public sealed record BalloonStatisticsUpdate
{
    /// <summary>The interval in seconds.</summary>
    public required int StatsPollingIntervalS { get; init; }
}

/// <summary>
/// The guest's last report, the answer of <c>GET /balloon/statistics</c>. Sizes are in bytes unless the name has a unit.
/// </summary>
public sealed record BalloonStatistics
{
    public required long TargetPages { get; init; }

    public required long ActualPages { get; init; }

    public required long TargetMib { get; init; }

    public required long ActualMib { get; init; }

    public long? SwapIn { get; init; }

    public long? SwapOut { get; init; }

    public long? MajorFaults { get; init; }

    public long? MinorFaults { get; init; }

    public long? FreeMemory { get; init; }

    public long? TotalMemory { get; init; }

    public long? AvailableMemory { get; init; }

    public long? DiskCaches { get; init; }

    public long? HugetlbAllocations { get; init; }

    public long? HugetlbFailures { get; init; }
}
