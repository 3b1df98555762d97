using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.FileTree;
using Hearth.FileTree.Programs;
using Hearth.Images.Store;
using Hearth.Images.Traces;
using Hearth.Layers;
using Hearth.Layers.Index;

namespace Hearth.Images.Lazy;

/// <summary>
/// The layers of an image that the store has only in parts, while a run uses them: what is read is fetched, then the rest.
/// </summary>
public sealed class ImageFetching : IAsyncDisposable
{
    /// <summary>How long no reader must have waited before something is fetched that nobody reads.</summary>
    private static readonly TimeSpan calm = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan pauseOfFailures = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan watchInterval = TimeSpan.FromMilliseconds(200);

    /// <summary>Fetching is hurried when reads have waited this part of the time that the rest takes, or so long if the rest takes little.</summary>
    private const double MostWaitedPart = 0.25;
    private const double MostWaitedSeconds = 0.5;
    private const double LittleSeconds = 20;

    private readonly string name;
    private readonly FetchOptions options;
    private readonly TimeProvider clock;
    private readonly Action<FetchNotice> report;
    private readonly FetchPace pace;
    private readonly LazyStatistics statistics = new();
    private readonly Dictionary<Digest, LazyContent> contents = [];
    private readonly CancellationTokenSource lifetime = new();
    private readonly List<Task> tasks = [];
    private Task prefetch = Task.CompletedTask;
    private PackFetch? pack;
    private int isStalled;
    private FetchFigures? last;

    private ImageFetching(string name, FetchOptions options, TimeProvider clock, Action<FetchNotice> report)
    {
        this.name = name;
        this.options = options;
        this.clock = clock;
        this.report = report;
        pace = new FetchPace(calm, clock);
    }

    /// <summary>Those of the end, once this is disposed of.</summary>
    public FetchFigures Figures => last ?? Count();

    /// <summary>Ends when what a start reads first is there, or was attempted.</summary>
    internal Task Prefetched => prefetch;

    /// <summary>Opens the layers of an image that the store has in parts.</summary>
    /// <param name="store">Has the image's manifest and configuration; the caller holds a lease.</param>
    /// <param name="manifest">The image's.</param>
    /// <param name="name">The image, for messages.</param>
    /// <param name="open">Opens where a layer can be fetched; owned by the result.</param>
    /// <param name="options">How to fetch.</param>
    /// <param name="clock">The time of pauses and deadlines.</param>
    /// <param name="report">Receives notices, from any thread.</param>
    /// <returns>Null if the store has the contents and indexes of all layers; only a push needs them as the registry has them.</returns>
    /// <exception cref="ImageException">The store is damaged, or a layer is not there at all.</exception>
    public static ImageFetching? TryOpen(
        ImageStore store, ImageManifest manifest, string name, Func<Digest, IImageSource> open, FetchOptions options, TimeProvider clock, Action<FetchNotice> report)
    {
        Digest[] contents = [.. store.ReadConfiguration(manifest, name).Rootfs?.DiffIds.Select(Digest.Parse) ?? []];
        (Descriptor Layer, Digest Content)[] missing =
        [
            .. manifest.Layers.Zip(contents).DistinctBy(layer => layer.First.Digest).Where(layer => !store.HasLayer(layer.First.Digest)),
        ];
        if (missing.Length == 0)
        {
            return null;
        }

        LayerIndex[] indexes =
        [
            .. missing.Select(layer => store.TryReadLazyIndex(layer.Layer.Digest) ?? throw new ImageException(
                ImageError.StorageFailed, $"cannot use the image '{name}': its layer {layer.Layer.Digest} is not in the image store '{store.Directory}'; 'hearth pull' fetches it")),
        ];
        ImageFetching fetching = new(name, options, clock, report);
        try
        {
            foreach (((Descriptor layer, Digest content), LayerIndex index) in missing.Zip(indexes))
            {
                fetching.Open(store, layer, content, index, open);
            }
        }
        catch
        {
            fetching.Close();
            throw;
        }

        if (fetching.contents.Count > 0)
        {
            return fetching;
        }

        fetching.Close();
        return null;
    }

    /// <summary>Begins to watch how long reads wait, and to fetch the rest: what the first process reads at its start comes before that.</summary>
    public void Begin()
    {
        pace.Restart();
        if (options.MayHurry)
        {
            tasks.Add(WatchAsync());
        }

        if (options.InBackground)
        {
            tasks.Add(CompleteAsync());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await lifetime.CancelAsync().ConfigureAwait(false);
        foreach (LazyContent content in contents.Values)
        {
            content.Stop();
        }

        await Task.WhenAll(tasks).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        last = Count();
        Close();
        foreach (LazyContent content in contents.Values)
        {
            await content.Source.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The content of a layer that the store has in parts; null for any other. It belongs to this.</summary>
    internal ILayerContent? Find(Digest layer) => contents.TryGetValue(layer, out LazyContent? content) ? new Borrowed(content) : null;

    /// <summary>The index by which a layer is read that the store has in parts; null for any other. It says where in <see cref="Find"/> files are.</summary>
    internal LayerIndex? FindIndex(Digest layer) => contents.TryGetValue(layer, out LazyContent? content) ? content.Files.Index : null;

    /// <summary>Begins to fetch what a trace names: it will be read soon.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="find">Finds its places in the layers; called on another thread.</param>
    /// <param name="layers">The image's, by their numbers.</param>
    internal void Prefetch(StoredTrace trace, Func<IReadOnlyList<TracePlace>> find, IReadOnlyList<Digest> layers)
    {
        prefetch = Task.Run(async () =>
        {
            IReadOnlyList<TracePlace> places = find();
            if (places.Count == 0)
            {
                report(new FetchNotice(FetchNoticeKind.TraceFailed, $"the trace of '{name}' names no file of it, and is not used; 'hearth image trace --rm' removes it"));
            }

            List<(LazyContent Content, TracePlace Place)> wanted = [];
            foreach (TracePlace place in places)
            {
                if (contents.TryGetValue(layers[place.Layer], out LazyContent? content) && !content.HasBytes(place.Offset, place.Length))
                {
                    wanted.Add((content, place));
                }
            }

            if (trace.Trace.Pack is not null && wanted.Count > 0)
            {
                pack = PackFetch.TryOpen(trace, [.. contents.Values], wanted, statistics, clock, lifetime.Token);
                await (pack?.RunAsync(pace) ?? Task.CompletedTask).ConfigureAwait(false);
                ReportPack();
            }

            // What the pack gave is fetched again with the rest of its layer.
            await TracePrefetch.RunAsync(wanted.Where(item => pack?.Has(item.Place) != true), pace, lifetime.Token).ConfigureAwait(false);
        });
        tasks.Add(prefetch);
    }

    /// <summary>Begins to fetch what a command reads first.</summary>
    /// <param name="call">The command.</param>
    /// <param name="walked">The image's files, and others over them.</param>
    /// <param name="layers">The image's, by their numbers.</param>
    /// <param name="opened">The same layers, open.</param>
    internal void Prefetch(ProgramCall call, WalkedTree walked, IReadOnlyList<Digest> layers, IReadOnlyList<ILayerContent> opened)
    {
        prefetch = Task.Run(() => new ProgramPrefetch(walked, opened, layer => contents.GetValueOrDefault(layers[layer]), pace, lifetime.Token).RunAsync(call));
        tasks.Add(prefetch);
    }

    private void Open(ImageStore store, Descriptor layer, Digest content, LayerIndex index, Func<Digest, IImageSource> open)
    {
        if (LazyFiles.TryOpen(store.Paths, layer, content, index) is { } files)
        {
            contents.Add(layer.Digest, new LazyContent(files, open(layer.Digest), new LazyPolicy(options.Deadline, ReportStall, ReportFetch), pace, statistics, clock));
        }
    }

    private void Close()
    {
        foreach (LazyContent content in contents.Values)
        {
            content.Dispose();
        }

        pack?.Dispose();
        pace.Dispose();
    }

    private FetchFigures Count() => new(
        contents.Count,
        contents.Values.Sum(content => content.Files.Layer.Size),
        contents.Values.Sum(content => content.MissingBytes),
        statistics.FetchedBytes,
        statistics.Misses,
        statistics.Waited,
        pace.IsHurried)
    {
        Fetches = statistics.Fetches,
        FetchCounts = statistics.FetchCounts,
        FetchTime = statistics.FetchTime,
        FailedFetches = statistics.FailedFetches,
    };

    private void ReportStall(ImageException failure)
    {
        if (!lifetime.IsCancellationRequested && Interlocked.Exchange(ref isStalled, 1) == 0)
        {
            report(new FetchNotice(FetchNoticeKind.Stalled, failure.Message));
        }
    }

    /// <summary>A registry that cannot be reached is reported by the reads of the layers.</summary>
    private void ReportPack()
    {
        if (pack?.Failure is { } failure && !lifetime.IsCancellationRequested)
        {
            report(new FetchNotice(FetchNoticeKind.TraceFailed, $"the bytes of the trace of '{name}' are fetched with its layers: {failure.Message}"));
        }
    }

    private void ReportFetch()
    {
        if (Volatile.Read(ref isStalled) == 1 && Interlocked.Exchange(ref isStalled, 0) == 1)
        {
            report(new FetchNotice(FetchNoticeKind.Resumed, $"'{name}' can be read again"));
        }
    }

    /// <summary>Hurries when waits become more expensive than fetching all.</summary>
    private async Task WatchAsync()
    {
        using PeriodicTimer timer = new(watchInterval, clock);
        for (TimeSpan waited = TimeSpan.Zero; ; waited = statistics.Waited)
        {
            await timer.WaitForNextTickAsync(lifetime.Token).ConfigureAwait(false);
            if (statistics.Waited > waited && IsSlowerThanEager())
            {
                break;
            }
        }

        pace.Hurry();
        report(new FetchNotice(FetchNoticeKind.Hurried, $"reads of '{name}' waited {statistics.Waited.TotalSeconds:0.0} s, so the rest is fetched as fast as possible"));
        if (!options.InBackground)
        {
            await CompleteAsync().ConfigureAwait(false);
        }
    }

    private bool IsSlowerThanEager() => statistics.Throughput is { } throughput
        && Figures.MissingBytes is > 0 and long missing
        && missing / throughput is double rest
        && statistics.Waited.TotalSeconds > (rest < LittleSeconds ? MostWaitedSeconds : MostWaitedPart * rest);

    private async Task CompleteAsync()
    {
        await prefetch.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        int completed = 0;
        await Task.WhenAll(contents.Values.Select(content => new BackgroundFetch(content, pace, pauseOfFailures, clock).RunAsync(
            () => Interlocked.Increment(ref completed),
            ReportFailure,
            lifetime.Token))).ConfigureAwait(false);
        // Also if the run ends at this moment: the next one finds nothing to fetch, and would not report it.
        if (completed == contents.Count)
        {
            if (pack is not null && await pack.FindWrongAsync(lifetime.Token).ConfigureAwait(false) is { } wrong)
            {
                report(new FetchNotice(FetchNoticeKind.Failed, wrong));
            }

            report(new FetchNotice(FetchNoticeKind.Complete, $"all of '{name}' is in the image store"));
        }
    }

    private void ReportFailure(ImageException failure)
    {
        if (!lifetime.IsCancellationRequested)
        {
            report(new FetchNotice(FetchNoticeKind.Failed, failure.Message));
        }
    }

    /// <summary>Leaves the content to its owner.</summary>
    private sealed class Borrowed(LazyContent content) : ILayerContent
    {
        public ValueTask ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) => content.ReadAsync(offset, destination, cancellationToken);

        public void Dispose()
        {
            // It is used again by the next reader of the run.
        }
    }
}
