using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.FileTree;
using Hearth.Machines.Kernel;
using Hearth.Rootfs.Cache;

namespace Hearth.Rootfs;

/// <summary>
/// Prepares a container's root disk in the requested mode, or in the first mode that succeeds: lazy, SquashFS, ext4. Modes that
/// failed are reported immediately, and listed in the run's report.
/// </summary>
/// <param name="source">The root.</param>
/// <param name="options">The binds over the root, and the options of its disk.</param>
/// <param name="cache">Stores plans and packed images; null for none.</param>
/// <param name="kernel">The kernel that must mount the disk.</param>
/// <param name="context">The packing programs and the timeline.</param>
/// <param name="diagnose">Receives diagnostics for the waiting user.</param>
public sealed class RootfsPreparation(IRootSource source, RootfsOptions options, ImageCache? cache, KernelEntry kernel, PackingContext context, Action<Diagnostic> diagnose)
{
    private static readonly RootfsMode[] order = [RootfsMode.Lazy, RootfsMode.SquashFs, RootfsMode.Ext4];

    /// <param name="packedPath">Returns the path of a mode's packed image. It records the path before the file is created.</param>
    /// <param name="cancellationToken">Cancels; no file is left.</param>
    /// <exception cref="HearthException">No permitted mode succeeds; the reason is the first mode's, or the only one's.</exception>
    public async Task<IRootfs> PrepareAsync(Func<RootfsMode, string> packedPath, CancellationToken cancellationToken)
    {
        RootfsMode[] modes = options.Mode is RootfsMode asked ? [asked] : order;
        List<ModeFallback> fallbacks = [];
        foreach (RootfsMode mode in modes)
        {
            try
            {
                IRootfs rootfs = await PrepareAsync(mode, packedPath, fallbacks, cancellationToken).ConfigureAwait(false);
                foreach (Diagnostic diagnostic in Diagnostic.Warnings(DiagnosticCode.RootLeftOut, rootfs.LeftOut))
                {
                    diagnose(diagnostic);
                }

                return rootfs;
            }
            catch (HearthException failure) when (mode != modes[^1] && failure.InnerException is not FileTreeException)
            {
                fallbacks.Add(new ModeFallback(NameOf(mode), failure.Message));
                diagnose(Diagnostic.Warning(
                    DiagnosticCode.RootFallback,
                    $"cannot prepare the root as {NameOf(mode)}, so {NameOf(modes[Array.IndexOf(modes, mode) + 1])} is tried: {failure.Message}"));
            }
        }

        throw new InvalidOperationException("the last mode returns or throws");
    }

    /// <summary>The file system that the guest must mount, unless the first mode fails.</summary>
    public string ExpectedFileSystem() => options.Mode is RootfsMode mode and not RootfsMode.Lazy
        ? NameOf(mode)
        : RootfsPlanning.FileSystemOf(RootfsPlanning.Choose(options.Format, kernel));

    private async Task<IRootfs> PrepareAsync(
        RootfsMode mode, Func<RootfsMode, string> packedPath, IReadOnlyList<ModeFallback> fallbacks, CancellationToken cancellationToken)
    {
        if (mode == RootfsMode.Lazy)
        {
            RootfsOptions lazy = options with { Format = RootfsPlanning.Choose(options.Format, kernel) };
            return await Task.Run(() => LazyRootfs.ServeAsync(source, lazy, cache, mountPoint: null, context.Timeline, cancellationToken), cancellationToken).ConfigureAwait(false);
        }

        if (kernel.Mounts(NameOf(mode)) == false)
        {
            throw new HearthException(HearthError.KernelUnavailable,
                $"the kernel '{kernel.Name}' cannot mount {NameOf(mode)}; use another mode, or another kernel ('hearth kernel list')");
        }

        CachedImage? cached = await TryTakeCachedAsync(mode, cancellationToken).ConfigureAwait(false);
        RootfsBuild build = cached?.Build ?? await RootfsBuild.MakeAsync(
            source, mode, options, packedPath(mode), context, progress: null, cancellationToken).ConfigureAwait(false);
        diagnose(Diagnostic.Information(DiagnosticCode.RootPacked, build.Summary + (cached?.Use == CacheUse.Hit ? ", from the cache" : "")));
        return new PackedRootfs(build, fallbacks, cached);
    }

    /// <returns>Null if no cache can be used.</returns>
    private async Task<CachedImage?> TryTakeCachedAsync(RootfsMode mode, CancellationToken cancellationToken)
    {
        if (cache is null || source.FindKey() is not CacheKey name)
        {
            return null;
        }

        try
        {
            return await new PackCaching(cache, name, source, mode, options, context, cancellationToken).TakeOrPackAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (ImageCache.IsFailure(exception))
        {
            cache.DiagnoseFailure(exception);
            return null;
        }
    }

    private static string NameOf(RootfsMode mode) => mode.ToString().ToLowerInvariant();
}
