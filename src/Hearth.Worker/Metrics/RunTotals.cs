using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Distribution.Sources;
using Hearth.Images.Lazy;
using Hearth.Rendering.Metrics;

namespace Hearth.Worker.Metrics;

/// <summary>
/// What all runs have added up to since hearthd started. Each run is counted by what its reports say more than its last one, so
/// nothing goes backwards when a container ends.
/// </summary>
internal sealed class RunTotals
{
    private static readonly double[] phaseBounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
    private static readonly double[] readBounds = [0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30];

    private static readonly string[] phases =
    [
        PhaseNames.Queue, PhaseNames.Walk, PhaseNames.Plan, PhaseNames.Cache, PhaseNames.Serve, PhaseNames.Pack, PhaseNames.Machine, PhaseNames.Kernel, PhaseNames.Init, PhaseNames.Process,
        PhaseNames.FirstOutput, PhaseNames.Exit,
    ];

    private readonly Lock gate = new();
    private readonly MetricHistogram start = new(MetricList.StartSeconds, phaseBounds, "");
    private readonly MetricHistogram phase = new(MetricList.PhaseSeconds, phaseBounds, phases);
    private readonly MetricHistogram fetches = new(MetricList.FetchSeconds, [.. FetchFigures.BoundsInSeconds], "");
    private readonly MetricHistogram reads = new(MetricList.ReadSeconds, readBounds, "");
    private readonly MetricCounter roots = new(MetricList.Roots, Way.Cached, Way.Lazy, Way.Eager, Way.Directory, Way.Packed);
    private readonly MetricCounter cache = new(MetricList.RootCache, "off", "miss", "hit");
    private readonly MetricCounter rootSize = new(MetricList.RootSize);
    private readonly MetricCounter rootRead = new(MetricList.RootRead);
    private readonly MetricCounter rootFaults = new(MetricList.RootFaults);
    private readonly MetricCounter fetched = new(MetricList.Fetched);
    private readonly MetricCounter fetchErrors = new(MetricList.FetchErrors);
    private double waits;
    private double waitSeconds;

    public MetricCounter Starts { get; } = new(MetricList.Starts, "started", "failed", "refused");

    public MetricCounter Exits { get; } = new(MetricList.Exits, "zero", "nonzero");

    public MetricCounter OutOfMemory { get; } = new(MetricList.OutOfMemory);

    public MetricCounter Denied { get; } = new(MetricList.Denied);

    public MetricCounter Errors { get; } = new(MetricList.Errors, Enum.GetValues<HearthError>().Select(LabelOf));

    public MetricCounter Fallbacks { get; } = new(MetricList.Fallbacks, Fallback.LazyRoot, Fallback.SquashFsRoot, Fallback.Hurried, Fallback.Trace, Fallback.Emulation);

    public IEnumerable<MetricFamily> Families
    {
        get
        {
            lock (gate)
            {
                return
                [
                    Starts.Family, start.Family, phase.Family, Exits.Family, OutOfMemory.Family, Errors.Family,
                    roots.Family, cache.Family, Fallbacks.Family, rootSize.Family, rootRead.Family, rootFaults.Family, reads.Family,
                    fetched.Family,
                    fetches.Family,
                    fetchErrors.Family,
                    new MetricFamily(MetricList.FetchWaits, [new MetricSample([], waitSeconds) { Count = waits }]),
                    Denied.Family,
                ];
            }
        }
    }

    public static string LabelOf(HearthError error) => JsonNamingPolicy.SnakeCaseLower.ConvertName(error.ToString());

    /// <summary>Counts a request of a pull, whether it has succeeded or not.</summary>
    public void Count(SourceRequest request)
    {
        if (request.HasFailed)
        {
            fetchErrors.Add(1);
            return;
        }

        fetched.Add(request.Bytes);
        fetches.Observe("", request.Took.TotalSeconds);
    }

    /// <summary>Counts what a run's report says more than the one before.</summary>
    /// <param name="now">The newer report.</param>
    /// <param name="before">The run's last report; null if this is the first, and the run was not there before hearthd.</param>
    public void Count(RunReport now, RunReport? before)
    {
        lock (gate)
        {
            CountPhases(now, before);
            if (now.Rootfs is { } root)
            {
                CountRoot(root, before?.Rootfs);
            }

            if (before?.Accelerator is null && now.Accelerator == "tcg")
            {
                Fallbacks.Add(Fallback.Emulation, 1);
            }
        }
    }

    private void CountPhases(RunReport now, RunReport? before)
    {
        foreach (Phase ended in now.Phases.Where(ended => before is null || !before.Phases.Contains(ended)))
        {
            phase.Observe(ended.Name, ended.DurationMs / 1000);
            if (ended.Name == PhaseNames.Process)
            {
                start.Observe("", ended.EndMs / 1000);
            }
        }
    }

    private void CountRoot(RootfsReport now, RootfsReport? before)
    {
        if (before is null)
        {
            roots.Add(Way.Of(now), 1);
            cache.Add(now.Cache.ToString().ToLowerInvariant(), 1);
            rootSize.Add(now.ContentBytes);
            foreach (ModeFallback fallback in now.Fallbacks)
            {
                Fallbacks.Add(fallback.Mode == "lazy" ? Fallback.LazyRoot : Fallback.SquashFsRoot, 1);
            }
        }

        rootRead.Add(now.BytesRead - (before?.BytesRead ?? 0));
        rootFaults.Add(now.SourceFaults - (before?.SourceFaults ?? 0));
        if (now.ReadTimes is { } times)
        {
            reads.Add(times, before?.ReadTimes);
        }

        if (now.Image is { } image)
        {
            CountFetches(image, before?.Image);
        }
    }

    private void CountFetches(ImageReport now, ImageReport? before)
    {
        fetched.Add(now.FetchedBytes - (before?.FetchedBytes ?? 0));
        fetchErrors.Add(now.FailedFetches - (before?.FailedFetches ?? 0));
        if (now.FetchTimes is { } times)
        {
            fetches.Add(times, before?.FetchTimes);
        }

        waits += Math.Max(0, now.Waits - (before?.Waits ?? 0));
        waitSeconds += Math.Max(0, now.WaitedMs - (before?.WaitedMs ?? 0)) / 1000;
    }
}

/// <summary>How a root came to its machine: the values of a label.</summary>
internal static class Way
{
    public const string Cached = "cached";
    public const string Lazy = "lazy";
    public const string Eager = "eager";
    public const string Directory = "directory";
    public const string Packed = "packed";

    public static string Of(RootfsReport root) => root switch
    {
        { Mode: not "lazy" } => Packed,
        { Image: null } => Directory,
        { Image.Way: ImageWay.Lazy } => Lazy,
        { Image.Way: ImageWay.Eager } => Eager,
        _ => Cached,
    };
}

/// <summary>Why a slower way was taken: the values of a label.</summary>
internal static class Fallback
{
    /// <summary>The root could not be served lazily, and was packed.</summary>
    public const string LazyRoot = "lazy_root";

    /// <summary>The root could not be packed as SquashFS either, and was copied.</summary>
    public const string SquashFsRoot = "squashfs_root";

    /// <summary>Reads waited so long for a registry that the whole image was fetched.</summary>
    public const string Hurried = "hurried";

    /// <summary>An image's trace could not be used.</summary>
    public const string Trace = "trace";

    /// <summary>The machine's processors were emulated, because KVM cannot be used.</summary>
    public const string Emulation = "emulation";
}
