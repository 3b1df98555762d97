using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Linux.Processes;
using Hearth.Rootfs.Cache;

namespace Hearth.Keeper.Parts;

/// <summary>What a run needs besides the container's description: where things are, and live objects.</summary>
/// <param name="Directories">Where Hearth keeps things.</param>
/// <param name="Clock">Where the time comes from.</param>
/// <param name="StartTimestamp">When the run began, by the clock: the zero of all phases.</param>
public sealed record RunContext(HearthDirectories Directories, TimeProvider Clock, long StartTimestamp)
{
    /// <summary>The variables of the program that runs it.</summary>
    public HostEnvironment Environment { get; init; } = HostEnvironment.Empty;

    /// <summary>Takes and keeps plans and packed images; null for none.</summary>
    public ImageCache? Cache { get; init; }

    /// <summary>Gets what whoever waits for the start should know.</summary>
    public Action<Diagnostic> Diagnose { get; init; } = _ => { };

    /// <summary>A scratch disk that stays for the container's next start; null for one that goes with the run.</summary>
    public string? ScratchPath { get; init; }
}
