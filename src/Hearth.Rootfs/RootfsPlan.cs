using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.Rootfs.Cache;

namespace Hearth.Rootfs;

/// <summary>A root's plan, and the cache entry that it comes from, if any.</summary>
/// <param name="plan">The plan.</param>
/// <param name="cache">What the cache did for it.</param>
/// <param name="lease">Holds the entry that the plan comes from; may be null.</param>
/// <param name="keeping">Stores a new plan in the cache in the background; never fails.</param>
internal sealed class RootfsPlan(WalkedPlan plan, CacheUse cache, CacheLease? lease = null, Task? keeping = null) : IAsyncDisposable
{
    public WalkedPlan Plan => plan;

    /// <summary>Plans a root, with the help of the cache if there is one. A cache that fails is reported and not used.</summary>
    /// <exception cref="HearthException">The source cannot be taken, or does not fit the format.</exception>
    public static async Task<RootfsPlan> MakeAsync(IRootSource source, RootfsOptions options, ImageCache? cache, Timeline timeline, CancellationToken cancellationToken)
    {
        if (cache is not null && source.FindKey() is CacheKey name)
        {
            try
            {
                return await new PlanCaching(cache, name, source, options, timeline, cancellationToken).PlanAsync().ConfigureAwait(false);
            }
            catch (Exception exception) when (ImageCache.IsFailure(exception))
            {
                cache.DiagnoseFailure(exception);
            }
        }

        return new RootfsPlan(RootfsPlanning.Plan(source, options, timeline, cancellationToken), CacheUse.Off);
    }

    public CacheUse Cache => cache;

    public async ValueTask DisposeAsync()
    {
        await (keeping ?? Task.CompletedTask).ConfigureAwait(false);
        lease?.Dispose();
    }
}
