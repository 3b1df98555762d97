using Hearth.Linux.Fuse;

namespace Hearth.Fuse.Statistics;

/// <summary>The running counts of a session, for any number of threads.</summary>
internal sealed class FuseCounters(TimeProvider clock)
{
    /// <summary>Faults kept: enough to see what is wrong, whatever the number of failing reads.</summary>
    public const int MaxFaults = 32;

    /// <summary>Opcodes above are counted as <see cref="FuseOpcode.None"/>.</summary>
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

    /// <summary>To be called before the bytes are sent: a reader that has them finds them counted.</summary>
    public void CountRead(int bytes)
    {
        Interlocked.Increment(ref reads);
        Interlocked.Add(ref bytesRead, bytes);
    }

    public void AddLatency(long startedAt) => latency.Add(clock.GetElapsedTime(startedAt));

    public void CountInterrupted() => Interlocked.Increment(ref interrupted);

    public void CountMalformed() => Interlocked.Increment(ref malformed);

    /// <summary>Counts an error and keeps what is known of it.</summary>
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
