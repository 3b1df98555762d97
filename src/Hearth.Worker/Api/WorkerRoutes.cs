using Hearth.Admission;
using Hearth.Containers;
using Hearth.Rootfs.Cache;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Hearth.Worker.Api;

/// <summary>The worker as a whole: probes, capacity, draining, the cache of prepared disks.</summary>
internal static class WorkerRoutes
{
    /// <summary>A month, as the longest time for containers to end.</summary>
    private const double MostGraceSeconds = 31 * 24 * 3600;

    /// <summary>A hundred years: no disk is older.</summary>
    private const double MostUnusedSeconds = 100.0 * 366 * 24 * 3600;

    public static void Map(IEndpointRouteBuilder routes, Engine engine)
    {
        routes.MapGet($"{HearthApi.Prefix}/live", context => Answers.JsonAsync(context, new HealthAnswer("live"), HearthJson.Default.HealthAnswer));
        routes.MapGet($"{HearthApi.Prefix}/ready", context => ReadyAsync(context, engine));
        routes.MapGet($"{HearthApi.Prefix}/capacity", context => Answers.JsonAsync(context, CapacityAnswer.Of(engine.Admission), HearthJson.Default.CapacityAnswer));
        routes.MapGet($"{HearthApi.Prefix}/drain", context => DrainStateAsync(context, engine));
        routes.MapPost($"{HearthApi.Prefix}/drain", context => DrainAsync(context, engine));
        routes.MapDelete($"{HearthApi.Prefix}/drain", context =>
        {
            engine.Draining.End();
            return DrainStateAsync(context, engine);
        });
        routes.MapGet($"{HearthApi.Prefix}/cache", context => Answers.JsonAsync(context, CacheAnswer.Of(OpenCache(engine)), HearthJson.Default.CacheAnswer));
        routes.MapPost($"{HearthApi.Prefix}/cache/prune", context => PruneAsync(context, engine));
    }

    /// <summary>A worker that drains is alive, and not ready.</summary>
    private static Task ReadyAsync(HttpContext context, Engine engine) => engine.Admission.IsDraining
        ? Answers.JsonAsync(context, new HealthAnswer("draining"), HearthJson.Default.HealthAnswer, StatusCodes.Status503ServiceUnavailable)
        : Answers.JsonAsync(context, new HealthAnswer("ready"), HearthJson.Default.HealthAnswer);

    private static Task DrainStateAsync(HttpContext context, Engine engine) =>
        Answers.JsonAsync(context, DrainAnswer.Of(engine), HearthJson.Default.DrainAnswer);

    private static async Task DrainAsync(HttpContext context, Engine engine)
    {
        DrainRequest request = await Answers.TryReadAsync(context, HearthJson.Default.DrainRequest) ?? new DrainRequest(null);
        double seconds = request.GraceSeconds ?? engine.Options.Grace.TotalSeconds;
        if (seconds is not (>= 0 and <= MostGraceSeconds))
        {
            throw ApiException.BadRequest($"invalid graceSeconds {seconds}: it must be a number of seconds from 0 to {MostGraceSeconds}");
        }

        engine.Draining.Begin(TimeSpan.FromSeconds(seconds));
        await Answers.JsonAsync(context, DrainAnswer.Of(engine), HearthJson.Default.DrainAnswer, StatusCodes.Status202Accepted);
    }

    private static async Task PruneAsync(HttpContext context, Engine engine)
    {
        CachePruneRequest request = await Answers.TryReadAsync(context, HearthJson.Default.CachePruneRequest) ?? new CachePruneRequest(null, null);
        if (request is { KeepBytes: < 0 } or { UnusedForSeconds: not (null or (>= 0 and <= MostUnusedSeconds)) })
        {
            throw ApiException.BadRequest($"keepBytes must not be negative, and unusedForSeconds must be from 0 to {MostUnusedSeconds}");
        }

        long keep = request.KeepBytes ?? (request.UnusedForSeconds is null ? 0 : long.MaxValue);
        DateTimeOffset? before = request.UnusedForSeconds is { } seconds ? engine.Clock.GetUtcNow() - TimeSpan.FromSeconds(seconds) : null;
        ImageCache cache = OpenCache(engine);
        IReadOnlyList<CacheEntry> removed = await Task.Run(() => cache.Prune(new ByteSize(keep), before), context.RequestAborted);
        await Answers.JsonAsync(context, CacheAnswer.Of(cache, removed), HearthJson.Default.CacheAnswer);
    }

    private static ImageCache OpenCache(Engine engine) => new(engine.Options.Cache.Path, engine.Options.Cache.Limit, engine.Clock);
}

/// <param name="Status">One word.</param>
internal sealed record HealthAnswer(string Status);

/// <param name="GraceSeconds">How long containers may go on; null for the daemon's setting.</param>
internal sealed record DrainRequest(double? GraceSeconds);

/// <param name="State"><c>open</c>, <c>draining</c> or <c>drained</c>.</param>
/// <param name="Deadline">When containers that still run are left to the next daemon.</param>
/// <param name="Containers">Those that still run.</param>
internal sealed record DrainAnswer(string State, DateTimeOffset? Deadline, int Containers)
{
    public static DrainAnswer Of(Engine engine) =>
        new(engine.Draining.State.ToString().ToLowerInvariant(), engine.Draining.Deadline, engine.Admission.Occupancy.Containers);
}

/// <summary>What the worker has and what is in use; sizes in bytes.</summary>
internal sealed record CapacityAnswer
{
    public required long MemoryBytes { get; init; }

    public required long MemoryBytesUsed { get; init; }

    /// <summary>What each container takes besides its machine's memory.</summary>
    public required long OverheadBytes { get; init; }

    /// <summary>Missing for any number.</summary>
    public int? Cpus { get; init; }

    public required int CpusUsed { get; init; }

    public required int Containers { get; init; }

    public required int Boots { get; init; }

    public required int Booting { get; init; }

    public required int Queued { get; init; }

    public required double QueueDeadlineSeconds { get; init; }

    public static CapacityAnswer Of(AdmissionQueue admission)
    {
        Occupancy used = admission.Occupancy;
        return new CapacityAnswer
        {
            MemoryBytes = admission.Limits.Memory.Bytes,
            MemoryBytesUsed = used.Memory,
            OverheadBytes = admission.Limits.Overhead.Bytes,
            Cpus = admission.Limits.Processors == 0 ? null : admission.Limits.Processors,
            CpusUsed = used.Processors,
            Containers = used.Containers,
            Boots = admission.MostBoots,
            Booting = used.Booting,
            Queued = used.Waiting,
            QueueDeadlineSeconds = admission.Limits.Deadline.TotalSeconds,
        };
    }
}

/// <param name="KeepBytes">Keep the last used, up to this size.</param>
/// <param name="UnusedForSeconds">Remove only what was not used for so long.</param>
internal sealed record CachePruneRequest(long? KeepBytes, double? UnusedForSeconds);

/// <param name="LimitBytes">What the cache may take.</param>
/// <param name="Bytes">What it takes.</param>
/// <param name="Entries">The last used first.</param>
internal sealed record CacheAnswer(long LimitBytes, long Bytes, IReadOnlyList<CacheEntry> Entries)
{
    /// <summary>What was just removed.</summary>
    public IReadOnlyList<CacheEntry>? Removed { get; init; }

    public static CacheAnswer Of(ImageCache cache, IReadOnlyList<CacheEntry>? removed = null)
    {
        IReadOnlyList<CacheEntry> entries = cache.List();
        return new CacheAnswer(cache.Limit.Bytes, entries.Sum(entry => entry.Bytes), entries) { Removed = removed };
    }
}
