using System.Text.Json;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.FileTree;
using Hearth.Linux.Files;
using Hearth.Rootfs.Cache;

namespace Hearth.Rootfs;

/// <summary>
/// Packed images from a cache. It packs an image that is not in the cache: one process at a time, while the others wait for
/// it.
/// </summary>
/// <param name="cache">Stores the images.</param>
/// <param name="name">The source's key, from <see cref="IRootSource.FindKey"/>.</param>
/// <param name="source">The root.</param>
/// <param name="mode">Not <see cref="RootfsMode.Lazy"/>.</param>
/// <param name="options">The binds over it, and the compression.</param>
/// <param name="context">Locates the programs, and measures the phases.</param>
/// <param name="cancellationToken">Cancels packing, or waiting for another process's packing.</param>
internal sealed class PackCaching(
    ImageCache cache, CacheKey name, IRootSource source, RootfsMode mode, RootfsOptions options, PackingContext context, CancellationToken cancellationToken)
{
    /// <returns>The image, and its lease in the cache.</returns>
    /// <exception cref="HearthException">The source cannot be read or packed.</exception>
    public async Task<CachedImage> TakeOrPackAsync()
    {
        if (source.IsImmutable && options.Binds.Count == 0 && TryTakeNamed() is { } named)
        {
            return named;
        }

        WalkedTree tree = RootfsPlanning.Walk(source, options, context.Timeline, cancellationToken);
        CacheKey treeKey;
        using (context.Timeline.Measure(PhaseNames.Cache))
        {
            treeKey = new CacheKey(Convert.ToHexStringLower(tree.Digest()));
            cache.Remember(name, treeKey);
        }

        CacheKey key = KeyOf(treeKey);
        using DirectoryLock gate = await cache.EnterAsync(key, cancellationToken).ConfigureAwait(false);
        return TryTake(key, CacheUse.Hit) ?? await PackAsync(tree, key).ConfigureAwait(false);
    }

    private CacheKey KeyOf(CacheKey tree) => RootName.OfImage(tree, mode, options.Packing);

    private CachedImage? TryTakeNamed()
    {
        using Timeline.Measurement looking = context.Timeline.Measure(PhaseNames.Cache);
        return cache.Recall(name) is CacheKey tree ? TryTake(KeyOf(tree), CacheUse.Hit) : null;
    }

    private CachedImage? TryTake(CacheKey key, CacheUse use)
    {
        if (cache.TryTake(key) is not { } lease)
        {
            return null;
        }

        try
        {
            if (lease.Describe().Image is { } image && new FileInfo(lease.DataPath).Length == image.ImageBytes)
            {
                return new CachedImage(image with { Path = lease.DataPath }, lease, use);
            }
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            cache.DiagnoseFailure(exception);
        }

        lease.Dispose();
        cache.Remove(key);
        return null;
    }

    private async Task<CachedImage> PackAsync(WalkedTree tree, CacheKey key)
    {
        using (CacheDraft draft = cache.Begin(key))
        {
            RootfsBuild build = await RootfsBuild.PackAsync(
                tree, source, mode, options, draft.DataPath, context, progress: null, cancellationToken).ConfigureAwait(false);
            draft.Commit(new CacheDescription { Kind = build.Mode, Source = source.Name, Created = cache.Now, Image = build with { Phases = [] } });
        }

        CachedImage made = TryTake(key, CacheUse.Miss) ?? throw new IOException($"the image of '{source.Name}' was removed as soon as it was packed");
        cache.Evict();
        return made;
    }
}

/// <summary>A packed image in a cache.</summary>
/// <param name="Build">The image's properties.</param>
/// <param name="Lease">Holds the entry.</param>
/// <param name="Use">Whether it was in the cache.</param>
internal sealed record CachedImage(RootfsBuild Build, CacheLease Lease, CacheUse Use);
