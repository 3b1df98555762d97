namespace Hearth.Guest.Protocol.Messages;

/// <summary>
/// What all processes of the container together may use, beneath what the machine has. A null leaves a limit as it is;
/// <see cref="Unlimited"/> lifts it.
/// </summary>
public sealed record ContainerLimits
{
    public const long Unlimited = -1;

    public long? MemoryInBytes { get; init; }

    /// <summary>Processes and threads.</summary>
    public long? Pids { get; init; }

    /// <summary>Processor time within each period, in microseconds, over all processors.</summary>
    public long? CpuQuotaUs { get; init; }

    /// <summary>1,000 to 1,000,000 microseconds.</summary>
    public long? CpuPeriodUs { get; init; }

    /// <summary>1 to 10,000; 100 unless set. It counts against the guest's init alone.</summary>
    public long? CpuWeight { get; init; }
}
