using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry;
using Hearth.FileTree.Programs;
using Hearth.Images.Lazy;
using Hearth.Images.Roots;
using Hearth.Images.Store;
using Hearth.Images.Traces;
using Hearth.Records.Events;
using Hearth.Rootfs;

namespace Hearth.Keeper.Parts.Root;

/// <summary>An image as a container's root. It stays in the store until the run ends; what the store lacks of it is fetched meanwhile.</summary>
internal sealed class RootImage
{
    private const string SearchPath = "PATH=";

    private readonly ImageOrigin image;
    private readonly ImageFetching? fetching;
    private readonly TraceRecorder? recorder;

    private RootImage(ImageOrigin image, IRootSource source, ImageFetching? fetching, TraceRecorder? recorder)
    {
        this.image = image;
        this.fetching = fetching;
        this.recorder = recorder;
        Source = source;
    }

    public IRootSource Source { get; }

    public ImageReport Report => fetching?.Figures is { } figures
        ? new ImageReport
        {
            Name = image.Name,
            Way = ImageWay.Lazy,
            LazyLayers = figures.Layers,
            LazyBytes = figures.Bytes,
            MissingBytes = figures.MissingBytes,
            FetchedBytes = figures.FetchedBytes,
            Fetches = figures.Fetches,
            FetchesMs = figures.FetchTime.TotalMilliseconds,
            FetchTimes = new DurationCounts(FetchFigures.BoundsInSeconds, figures.FetchCounts, figures.FetchTime.TotalSeconds),
            FailedFetches = figures.FailedFetches,
            Waits = figures.Waits,
            WaitedMs = figures.Waited.TotalMilliseconds,
            IsHurried = figures.IsHurried,
        }
        : new ImageReport { Name = image.Name, Way = ImageWay.Cached };

    /// <exception cref="HearthException">The image is not in the store, or damaged.</exception>
    public static RootImage Open(ImageOrigin image, RunSetup setup)
    {
        try
        {
            ImageStore store = new(setup.Context.Directories.Images, setup.Context.Clock);
            Digest digest = Digest.Parse(image.Manifest);
            ImageLease lease = ImageLease.Take(store, digest);
            setup.Undo.Push("release the image", lease.Dispose);
            ImageManifest manifest = store.ReadManifest(digest);
            FetchOptions options = new(image.Fetch.InBackground, image.Fetch.MayHurry, image.Fetch.Deadline);
            Lazy<RegistryClient> client = new(() => OpenRegistries(setup));
            ImageFetching? fetching = ImageFetching.TryOpen(
                store, manifest, image.Name, layer => client.Value.Open(ReferenceOf(store, layer, digest)), options, setup.Context.Clock, setup.Context.Fetched);
            if (fetching is not null)
            {
                setup.Undo.Own("stop fetching the image", fetching);
            }

            TraceRecorder? recorder = image.Fetch.RecordsTrace ? new TraceRecorder(store, digest, setup.Context.Clock, ReportTrace(setup)) : null;
            if (recorder is not null)
            {
                setup.Undo.Push("store the trace", recorder.Dispose);
            }

            StoredTrace? trace = fetching is null ? null : TryReadTrace(store, digest, ReportTrace(setup));
            return new RootImage(image, new ImageRoot(store, image.Name, manifest, fetching, trace, recorder, CallOf(setup.Description.Spec.Process)), fetching, recorder);
        }
        catch (ImageException exception)
        {
            throw new HearthException(HearthError.RootUnavailable, exception.Message, exception);
        }
    }

    /// <summary>Begins to fetch what nobody reads; called when the process starts, whose reads come first.</summary>
    public void BeginFetching() => fetching?.Begin();

    /// <summary>The process runs.</summary>
    public void BeginProcess() => recorder?.BeginProcess();

    /// <summary>The process has written something.</summary>
    public void BeginOutput() => recorder?.BeginOutput();

    /// <summary>What is read is not what the process needs.</summary>
    public void RefuseTrace(string cause) => recorder?.Discard(cause);

    public static string ActionOf(FetchNoticeKind kind) => kind switch
    {
        FetchNoticeKind.Stalled => EventAction.FetchStalled,
        FetchNoticeKind.Resumed => EventAction.FetchResumed,
        FetchNoticeKind.Hurried => EventAction.FetchHurried,
        FetchNoticeKind.Complete => EventAction.FetchComplete,
        FetchNoticeKind.TraceFailed => EventAction.TraceFailed,
        _ => EventAction.FetchFailed,
    };

    private static Action<ImageException> ReportTrace(RunSetup setup) => exception => setup.Context.Fetched(new FetchNotice(FetchNoticeKind.TraceFailed, exception.Message));

    private static ProgramCall? CallOf(ProcessSpec? process) => process is { Args: [{ Length: > 0 } command, ..] }
        ? new ProgramCall(command, (process.Env.LastOrDefault(variable => variable.StartsWith(SearchPath, StringComparison.Ordinal)) ?? ProcessSpec.UsualPath)[SearchPath.Length..], process.Cwd)
        : null;

    /// <summary>A trace is a hint: without it, the container starts later.</summary>
    private static StoredTrace? TryReadTrace(ImageStore store, Digest manifest, Action<ImageException> failed)
    {
        try
        {
            return new TraceStore(store).TryOpen(manifest);
        }
        catch (ImageException exception)
        {
            failed(exception);
            return null;
        }
    }

    private static RegistryClient OpenRegistries(RunSetup setup)
    {
        RegistryClient client = new(setup.Context.Registries, setup.Context.Clock);
        setup.Undo.Push("close the connections to registries", client.Dispose);
        return client;
    }

    private static ImageReference ReferenceOf(ImageStore store, Digest layer, Digest manifest) => store.FindOrigin(layer) is { } origin
        ? ImageReference.Parse($"{origin.Repository}@{manifest}")
        : throw new ImageException(
            ImageError.StorageFailed, $"cannot fetch the layer {layer}: the image store '{store.Directory}' has only parts of it, and not its repository; 'hearth pull' fetches it");
}
