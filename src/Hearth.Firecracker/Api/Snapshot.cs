namespace Hearth.Firecracker.Api;

/// <summary>Where <c>PUT /snapshot/create</c> puts a paused microVM.</summary>
public sealed record SnapshotCreate
{
    public required string MemFilePath { get; init; }

    public required string SnapshotPath { get; init; }

    /// <summary>Full when absent.</summary>
    public SnapshotType? SnapshotType { get; init; }
}

/// <summary>How much of a guest's memory a snapshot holds.</summary>
public enum SnapshotType
{
    Full,

    /// <summary>What changed since the last one; see <see cref="MachineConfig.TrackDirtyPages"/>.</summary>
    Diff,
}

/// <summary>
/// From where <c>PUT /snapshot/load</c> takes a microVM; in a process for which nothing but log and metrics is configured.
/// Either <see cref="MemBackend"/> or <see cref="MemFilePath"/> has to be there. A load that fails ends the process.
/// </summary>
public sealed record SnapshotLoad
{
    public required string SnapshotPath { get; init; }

    public MemoryBackend? MemBackend { get; init; }

    /// <summary>Deprecated by Firecracker in favour of <see cref="MemBackend"/>.</summary>
    public string? MemFilePath { get; init; }

    public bool? TrackDirtyPages { get; init; }

    /// <summary>Deprecated by Firecracker in favour of <see cref="TrackDirtyPages"/>.</summary>
    public bool? EnableDiffSnapshots { get; init; }

    /// <summary>True to let the virtual processors run at once.</summary>
    public bool? ResumeVm { get; init; }

    public IReadOnlyList<NetworkOverride>? NetworkOverrides { get; init; }
}

/// <summary>Who gives a restored guest its memory.</summary>
public sealed record MemoryBackend
{
    public required MemoryBackendType BackendType { get; init; }

    /// <summary>The memory's file, or the socket of the process that serves page faults.</summary>
    public required string BackendPath { get; init; }
}

/// <summary>How memory is given.</summary>
public enum MemoryBackendType
{
    /// <summary>Mapped from a file.</summary>
    File,

    /// <summary>By another process through userfaultfd.</summary>
    Uffd,
}

/// <summary>Another TAP device for a restored interface.</summary>
public sealed record NetworkOverride
{
    public required string IfaceId { get; init; }

    public required string HostDevName { get; init; }
}
