using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Statistics;

/// <summary>The running counters of a session. Thread-safe.</summary>
internal sealed class FuseCounters(TimeProvider clock)
{
    /// <summary>Number of faults kept: enough to diagnose a problem, however many reads fail.</summary>
    public const int MaxFaults = 32;

    /// <summary>Opcodes from this number on are counted as <see cref="FuseOpcode.None"/>.</summary>
    private const int OpcodeLimit = 64;

    private readonly long[] requests = new long[OpcodeLimit];
    private readonly LatencyHistogram latency = new();
    private readonly Queue<FuseFault> faults = new(MaxFaults);
    private long reads;
    private long bytesRead;
    private long errors;
    private long interrupted;
    private long malformed;

    public void CountRequest(FuseOpcode opcode) => Interlocked.Increment(ref requests[(uint)opcode < OpcodeLimit ? (int)opcode : 0]);

    /// <summary>Call it before the bytes are sent, so that a reader that has received them finds them counted.</summary>
    public void CountRead(int bytes)
    {
        Interlocked.Increment(ref reads);
        Interlocked.Add(ref bytesRead, bytes);
    }

    public void AddLatency(long startedAt) => latency.Add(clock.GetElapsedTime(startedAt));

    public void CountInterrupted() => Interlocked.Increment(ref interrupted);

    public void CountMalformed() => Interlocked.Increment(ref malformed);

    /// <summary>Counts an error and records its details.</summary>
    public void AddFault(string? fileName, long offset, int length, string message)
    {
        Interlocked.Increment(ref errors);
        var fault = new FuseFault(clock.GetUtcNow(), fileName, offset, length, message);
        lock (faults)
        {
            if (faults.Count == MaxFaults)
            {
                faults.Dequeue();
            }

            faults.Enqueue(fault);
        }
    }

    public FuseStatistics Snapshot(int pendingReads)
    {
        var byOpcode = new Dictionary<FuseOpcode, long>();
        for (int opcode = 0; opcode < OpcodeLimit; opcode++)
        {
            if (Volatile.Read(ref requests[opcode]) is > 0 and long count)
            {
                byOpcode[(FuseOpcode)opcode] = count;
            }
        }

        FuseFault[] newest;
        lock (faults)
        {
            newest = [.. faults];
        }

        return new FuseStatistics(
            byOpcode,
            Volatile.Read(ref reads),
            Volatile.Read(ref bytesRead),
            Volatile.Read(ref errors),
            Volatile.Read(ref interrupted),
            Volatile.Read(ref malformed),
            pendingReads,
            latency.Summarize(),
            newest);
    }
}
