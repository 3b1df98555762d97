using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.DiskImages;
using Hearth.FileTree;
using Hearth.Linux.Files;
using Hearth.Rootfs.Cache;

namespace Hearth.Rootfs;

/// <summary>
/// Plans a root with the help of a cache. A source that is declared immutable is not walked again, and a known tree is not
/// planned again. New plans are stored in the cache while the machine boots.
/// </summary>
/// <param name="cache">Stores the plans.</param>
/// <param name="name">The source's key, from <see cref="IRootSource.FindKey"/>.</param>
/// <param name="source">The root.</param>
/// <param name="options">The binds over it, and the format.</param>
/// <param name="timeline">Records the phases.</param>
/// <param name="cancellationToken">Cancels a walk, or waiting for another process's.</param>
internal sealed class PlanCaching(
    ImageCache cache, CacheKey name, IRootSource source, RootfsOptions options, Timeline timeline, CancellationToken cancellationToken)
{
    private readonly ImageFormat format = options.Format ?? ImageFormat.Erofs;

    /// <exception cref="HearthException">The source cannot be read, or does not fit the format.</exception>
    public async Task<RootfsPlan> PlanAsync()
    {
        if (!source.IsImmutable)
        {
            return await PlanTreeAsync(Walk(), gate: null).ConfigureAwait(false);
        }

        if (options.Binds.Count > 0)
        {
            return await PlanOverAsync().ConfigureAwait(false);
        }

        using (timeline.Measure(PhaseNames.Cache))
        {
            if (TryTakeNamed() is { } known)
            {
                return known;
            }
        }

        DirectoryLock gate = await cache.EnterNameAsync(name, cancellationToken).ConfigureAwait(false);
        try
        {
            return TryTakeNamed() is { } made ? Release(gate, made) : await PlanTreeAsync(Walk(), gate).ConfigureAwait(false);
        }
        catch
        {
            gate.Dispose();
            throw;
        }
    }

    /// <summary>The source's tree, taken from its own plan. The binds are walked, since they are not declared immutable.</summary>
    private async Task<RootfsPlan> PlanOverAsync()
    {
        await using RootfsPlan beneath = await new PlanCaching(cache, name, source, options with { Binds = [] }, timeline, cancellationToken)
            .PlanAsync().ConfigureAwait(false);
        WalkedTree tree;
        using (timeline.Measure(PhaseNames.Walk))
        {
            tree = RootfsSources.ApplyBinds(beneath.Plan.Tree, source, options.Binds, cancellationToken);
        }

        return await PlanTreeAsync(tree, gate: null).ConfigureAwait(false);
    }

    private WalkedTree Walk() => RootfsPlanning.Walk(source, options, timeline, cancellationToken);

    private RootfsPlan? TryTakeNamed() => cache.Recall(name) is CacheKey tree ? TryTake(RootName.OfPlan(tree, format)) : null;

    private RootfsPlan? TryTake(CacheKey key)
    {
        if (cache.TryTake(key) is not { } lease)
        {
            return null;
        }

        try
        {
            return new RootfsPlan(StoredPlan.Open(lease.DataPath), CacheUse.Hit, lease);
        }
        catch (Exception exception) when (exception is DiskImageException or IOException)
        {
            lease.Dispose();
            cache.Remove(key);
            return null;
        }
    }

    /// <param name="tree">The walked tree.</param>
    /// <param name="gate">The name's gate, left when the plan is in the cache; null for none.</param>
    private async Task<RootfsPlan> PlanTreeAsync(WalkedTree tree, DirectoryLock? gate)
    {
        CacheKey treeKey;
        CacheKey key;
        using (timeline.Measure(PhaseNames.Cache))
        {
            treeKey = new CacheKey(Convert.ToHexStringLower(tree.Digest()));
            key = RootName.OfPlan(treeKey, format);
            if (TryTake(key) is { } known)
            {
                cache.Remember(name, treeKey);
                return Release(gate, known);
            }
        }

        DirectoryLock making = await cache.EnterAsync(key, cancellationToken).ConfigureAwait(false);
        try
        {
            if (TryTake(key) is { } made)
            {
                return Release(gate, Release(making, made));
            }

            WalkedPlan plan = RootfsPlanning.PlanTree(tree, format, timeline, cancellationToken);

            // A tree that changed since the last time will probably change again, so its plan would be written for nothing.
            bool isSteady = source.IsImmutable || cache.Recall(name) is not CacheKey before || before == treeKey;
            cache.Remember(name, treeKey);
            if (!isSteady)
            {
                making.Dispose();
                return new RootfsPlan(plan, CacheUse.Miss);
            }

            return new RootfsPlan(plan, CacheUse.Miss, keeping: Task.Run(() => Keep(key, plan, making, gate), CancellationToken.None));
        }
        catch
        {
            making.Dispose();
            throw;
        }
    }

    private void Keep(CacheKey key, WalkedPlan plan, DirectoryLock making, DirectoryLock? gate)
    {
        using (gate)
        using (making)
        {
            cache.TryKeep(key, source.Name, "plan", stream => StoredPlan.Write(plan, stream));
        }
    }

    private static RootfsPlan Release(DirectoryLock? gate, RootfsPlan plan)
    {
        gate?.Dispose();
        return plan;
    }
}
