namespace Hearth.Guest.Protocol.Messages;

/// <summary>
/// Limits for all processes of the container together, within what the machine has. Null leaves a limit unchanged;
/// <see cref="Unlimited"/> removes it.
/// </summary>
public sealed record ContainerLimits
{
    public const long Unlimited = -1;

    public long? MemoryInBytes { get; init; }

    /// <summary>The number of processes and threads.</summary>
    public long? Pids { get; init; }

    /// <summary>Processor time in each period, in microseconds, summed over all processors.</summary>
    public long? CpuQuotaUs { get; init; }

    /// <summary>The period, 1,000 to 1,000,000 microseconds.</summary>
    public long? CpuPeriodUs { get; init; }

    /// <summary>The processor share, 1 to 10,000; 100 unless set. The container competes with the guest's init only.</summary>
    public long? CpuWeight { get; init; }
}
