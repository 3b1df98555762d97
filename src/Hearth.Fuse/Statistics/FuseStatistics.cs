using Hearth.Linux.Fuse;

namespace Hearth.Fuse;

/// <summary>What a session has done so far.</summary>
/// <param name="Requests">Number of requests by opcode; only opcodes that occurred.</param>
/// <param name="Reads">READ requests that were answered with bytes.</param>
/// <param name="BytesRead">Total bytes of those answers.</param>
/// <param name="Errors">
/// Reads that failed because of the file, replies that the kernel refused, and threads that could not be started.
/// </param>
/// <param name="Interrupted">Reads whose process was killed before the bytes arrived.</param>
/// <param name="Malformed">Requests that violated the protocol.</param>
/// <param name="PendingReads">Reads being served now.</param>
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

/// <summary>How long reads took. The times are bucket bounds: up to an eighth above the actual value.</summary>
public sealed record LatencySummary(long Count, TimeSpan Median, TimeSpan Percentile99, TimeSpan Longest);

/// <summary>A read that failed, or another fault while serving.</summary>
/// <param name="At">When.</param>
/// <param name="FileName">Null if the fault does not concern a file.</param>
/// <param name="Offset">In bytes.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Message">The cause, which the kernel does not receive: it only gets EIO.</param>
public sealed record FuseFault(DateTimeOffset At, string? FileName, long Offset, int Length, string Message);
