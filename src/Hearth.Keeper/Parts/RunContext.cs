using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Images.Lazy;
using Hearth.Linux.Processes;
using Hearth.Records.Disks;
using Hearth.Rootfs.Cache;

namespace Hearth.Keeper.Parts;

/// <summary>What a run needs besides the container's description: directories and live objects.</summary>
/// <param name="Directories">Where Hearth stores its data.</param>
/// <param name="Clock">The source of the current time.</param>
/// <param name="StartTimestamp">The clock's timestamp of the run's start: the zero of all phases.</param>
public sealed record RunContext(HearthDirectories Directories, TimeProvider Clock, long StartTimestamp)
{
    /// <summary>The environment variables of this program.</summary>
    public HostEnvironment Environment { get; init; } = HostEnvironment.Empty;

    /// <summary>The cache of plans and packed images; null for none.</summary>
    public ImageCache? Cache { get; init; }

    /// <summary>Receives the diagnostics for the client that waits for the start.</summary>
    public Action<Diagnostic> Diagnose { get; init; } = _ => { };

    /// <summary>Receives destinations that the container is denied.</summary>
    public Action<DeniedConnection> Denied { get; init; } = _ => { };

    /// <summary>How registries are reached, for layers that the image store has only in parts.</summary>
    public RegistrySettings Registries { get; init; } = new();

    /// <summary>Receives messages about the fetching of such layers, from any thread.</summary>
    public Action<FetchNotice> Fetched { get; init; } = _ => { };

    /// <summary>The path of a scratch disk that is kept for the next start; null for one that is removed after the run.</summary>
    public string? ScratchPath { get; init; }

    /// <summary>What the container changed of its root, kept for the next start; null if nothing is kept, or a scratch disk keeps it.</summary>
    public KeptLayer? Layer { get; init; }
}
