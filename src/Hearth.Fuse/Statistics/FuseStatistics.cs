using Hearth.Linux.Fuse;

namespace Hearth.Fuse;

/// <summary>What a session has done until now.</summary>
/// <param name="Requests">Requests by what they asked for, those that occurred only.</param>
/// <param name="Reads">READ requests that were answered with bytes.</param>
/// <param name="BytesRead">Bytes they were answered with.</param>
/// <param name="Errors">Reads answered with an error because the file failed, replies that the kernel refused, a thread that could not be had.</param>
/// <param name="Interrupted">Reads whose reader gave up (a signal) before the bytes came.</param>
/// <param name="Malformed">Requests that broke the protocol.</param>
/// <param name="PendingReads">Reads being served at this moment.</param>
/// <param name="ReadLatency">From a READ request's arrival to its answer.</param>
/// <param name="Faults">The newest faults, oldest first; at most 32.</param>
public sealed record FuseStatistics(
    IReadOnlyDictionary<FuseOpcode, long> Requests,
    long Reads,
    long BytesRead,
    long Errors,
    long Interrupted,
    long Malformed,
    int PendingReads,
    LatencySummary ReadLatency,
    IReadOnlyList<FuseFault> Faults);

/// <summary>How long reads took. The times are bounds of buckets: up to an eighth above the truth.</summary>
public sealed record LatencySummary(long Count, TimeSpan Median, TimeSpan Percentile99, TimeSpan Longest);

/// <summary>A read that failed, or another thing that went wrong while serving.</summary>
/// <param name="At">When.</param>
/// <param name="FileName">Null where it was not about a file.</param>
/// <param name="Offset">In bytes.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Message">What the kernel cannot be told: it only hears EIO.</param>
public sealed record FuseFault(DateTimeOffset At, string? FileName, long Offset, int Length, string Message);
