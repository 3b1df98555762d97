namespace Hearth.Containers;

/// <summary>
/// What changes of a container, as it stands in its <c>state.json</c>. Written whole by the container's keeper, or, where that
/// was killed, by whoever finds it.
/// </summary>
public sealed record ContainerState
{
    public ContainerStatus Status { get; init; }

    /// <summary>The process that holds the container; null while none does.</summary>
    public ProcessIdentity? Keeper { get; init; }

    /// <summary>The host's boot in which <see cref="Keeper"/> was written: a later one has other processes of the same numbers.</summary>
    public string? Boot { get; init; }

    /// <summary>The VMM; null while there is none.</summary>
    public ProcessIdentity? Machine { get; init; }

    /// <summary>The VMM's name and accelerator, of the last start.</summary>
    public string? Vmm { get; init; }

    public string? Accelerator { get; init; }

    /// <summary>0 to 255; of the last run.</summary>
    public int ExitCode { get; init; }

    /// <summary>The signal that ended the process, or 0.</summary>
    public int Signal { get; init; }

    /// <summary>Whether the guest's kernel ended the process for want of memory.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>Why the last run failed by no fault of its process; null where it did not.</summary>
    public string? Error { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>How often it was started.</summary>
    public int Starts { get; init; }

    /// <summary>Whether the process that holds the container lives.</summary>
    public bool IsHeld => Keeper is { IsAlive: true } && Boot == HostBoot.Current;
}
