using Hearth.Containers.Health;

namespace Hearth.Containers;

/// <summary>
/// The part of a container that changes, stored in its <c>state.json</c>. The container's keeper writes it; if the keeper was
/// killed, the process that detects this does. The file is always written completely.
/// </summary>
public sealed record ContainerState
{
    public ContainerStatus Status { get; init; }

    /// <summary>The process that holds the container; null if there is none.</summary>
    public ProcessIdentity? Keeper { get; init; }

    /// <summary>The host's boot in which <see cref="Keeper"/> was written. After another boot, the same pid is another process.</summary>
    public string? Boot { get; init; }

    /// <summary>The VMM; null if it does not run.</summary>
    public ProcessIdentity? Machine { get; init; }

    /// <summary>The VMM's name and accelerator, of the last start.</summary>
    public string? Vmm { get; init; }

    public string? Accelerator { get; init; }

    /// <summary>0 to 255; of the last run.</summary>
    public int ExitCode { get; init; }

    /// <summary>The signal that ended the process, or 0.</summary>
    public int Signal { get; init; }

    /// <summary>Whether the guest's kernel killed the process because memory ran out.</summary>
    public bool OutOfMemory { get; init; }

    /// <summary>Whether a user asked for the end of the last run.</summary>
    public bool StoppedByUser { get; init; }

    /// <summary>Why the last run failed for a reason other than its process, and what it could not release of the host; null if neither is so.</summary>
    public string? Error { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>What the checks of the last run found; null if there are none.</summary>
    public ContainerHealth? Health { get; init; }

    /// <summary>How often the container was started.</summary>
    public int Starts { get; init; }

    /// <summary>Whether the process that holds the container lives.</summary>
    public bool IsHeld => Keeper is { IsAlive: true } && Boot == HostBoot.Current;
}
