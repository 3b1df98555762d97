namespace Hearth.Firecracker.Api;

/// <summary>The device that takes memory back from a guest: the answer of <c>GET /balloon</c>, the body of its PUT, before the start.</summary>
public sealed record Balloon
{
    /// <summary>How much shall be taken.</summary>
    public required int AmountMib { get; init; }

    /// <summary>True to give memory back to a guest that has none left.</summary>
    public required bool DeflateOnOom { get; init; }

    /// <summary>Seconds; 0 or absent for no statistics.</summary>
    public int? StatsPollingIntervalS { get; init; }
}

/// <summary>A new size for <c>PATCH /balloon</c>.</summary>
public sealed record BalloonUpdate
{
    public required int AmountMib { get; init; }
}

/// <summary>For <c>PATCH /balloon/statistics</c>; statistics cannot be turned on or off after the start.</summary>
public sealed record BalloonStatisticsUpdate
{
    /// <summary>Seconds.</summary>
    public required int StatsPollingIntervalS { get; init; }
}

/// <summary>What the guest last reported, the answer of <c>GET /balloon/statistics</c>; sizes in bytes where no unit is named.</summary>
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
