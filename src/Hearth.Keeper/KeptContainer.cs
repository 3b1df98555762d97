using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Keeper.Parts;
using Hearth.Records.Disks;
using Hearth.Rootfs.Cache;

namespace Hearth.Keeper;

/// <summary>What a container with a record keeps from one run to the next.</summary>
internal static class KeptContainer
{
    /// <summary>The context of a run of the container, with its scratch disk or its layer.</summary>
    public static RunContext ContextOf(Container container, HearthDirectories directories, TimeProvider clock, long startTimestamp) => new(directories, clock, startTimestamp)
    {
        ScratchPath = container.Description.ScratchSize is null ? null : ScratchDisk.PathIn(container.RecordDirectory),
        Layer = container.Description is { ScratchSize: null, Engine: null } ? new KeptLayer(container.RecordDirectory) : null,
    };

    /// <summary>The cache of prepared roots; null if the container uses none.</summary>
    public static ImageCache? CacheOf(Container container, TimeProvider clock, Action<Diagnostic> diagnose) =>
        container.Description.Cache is { } settings ? new ImageCache(settings.Path, settings.Limit, clock) { Diagnose = diagnose } : null;
}
