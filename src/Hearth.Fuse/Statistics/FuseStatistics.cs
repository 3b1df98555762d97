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
/// <param name="Count">The number of reads.</param>
/// <param name="Median">Half of the reads took at most this.</param>
/// <param name="Percentile99">All but a hundredth took at most this.</param>
/// <param name="Longest">All took at most this.</param>
/// <param name="Total">The sum of the durations.</param>
/// <param name="Counts">The reads that took at most each of <see cref="Bounds"/> and longer than the one before, then all longer ones.</param>
public sealed record LatencySummary(long Count, TimeSpan Median, TimeSpan Percentile99, TimeSpan Longest, TimeSpan Total, IReadOnlyList<long> Counts)
{
    /// <summary>From a read out of memory to one that waits for a slow registry.</summary>
    public static IReadOnlyList<TimeSpan> Bounds { get; } =
    [
        TimeSpan.FromMicroseconds(100), TimeSpan.FromMicroseconds(500), TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(10),
        TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30),
    ];
}

/// <summary>A read that failed, or another fault while serving.</summary>
/// <param name="At">When.</param>
/// <param name="FileName">Null if the fault does not concern a file.</param>
/// <param name="Offset">In bytes.</param>
/// <param name="Length">In bytes.</param>
/// <param name="Message">The cause, which the kernel does not receive: it only gets EIO.</param>
public sealed record FuseFault(DateTimeOffset At, string? FileName, long Offset, int Length, string Message);
