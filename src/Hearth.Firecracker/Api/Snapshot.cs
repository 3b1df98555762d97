namespace Hearth.Firecracker.Api;

/// <summary>The target of a snapshot of a paused microVM: the body of <c>PUT /snapshot/create</c>.</summary>
public sealed record SnapshotCreate
{
    public required string MemFilePath { get; init; }

    public required string SnapshotPath { get; init; }

    /// <summary>Null for <c>Full</c>.</summary>
    public SnapshotType? SnapshotType { get; init; }
}

/// <summary>How much of a guest's memory a snapshot holds.</summary>
public enum SnapshotType
{
    Full,

    /// <summary>The memory that changed since the last snapshot; see <see cref="MachineConfig.TrackDirtyPages"/>.</summary>
    Diff,
}

/// <summary>
/// The source of a microVM: the body of <c>PUT /snapshot/load</c>. It is legal in a process where only the logger and the
/// metrics are configured. Either <see cref="MemBackend"/> or <see cref="MemFilePath"/> is required. If the load fails,
/// Firecracker ends.
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

    /// <summary>True to run the virtual processors immediately after the load.</summary>
    public bool? ResumeVm { get; init; }

    public IReadOnlyList<NetworkOverride>? NetworkOverrides { get; init; }
}

/// <summary>The source of a restored guest's memory.</summary>
public sealed record MemoryBackend
{
    public required MemoryBackendType BackendType { get; init; }

    /// <summary>The memory file, or the socket of the process that serves page faults.</summary>
    public required string BackendPath { get; init; }
}

/// <summary>How a restored guest's memory is provided.</summary>
public enum MemoryBackendType
{
    /// <summary>Mapped from a file.</summary>
    File,

    /// <summary>By another process through userfaultfd.</summary>
    Uffd,
}

/// <summary>A different TAP device for a restored network interface.</summary>
public sealed record NetworkOverride
{
    public required string IfaceId { get; init; }

    public required string HostDevName { get; init; }
}
