using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry;
using Hearth.Images.Lazy;
using Hearth.Images.Roots;
using Hearth.Images.Store;
using Hearth.Records.Events;
using Hearth.Rootfs;

namespace Hearth.Keeper.Parts.Root;

/// <summary>An image as a container's root. It stays in the store until the run ends; what the store lacks of it is fetched meanwhile.</summary>
internal sealed class RootImage
{
    private readonly ImageOrigin image;
    private readonly ImageFetching? fetching;

    private RootImage(ImageOrigin image, IRootSource source, ImageFetching? fetching)
    {
        this.image = image;
        this.fetching = fetching;
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

            return new RootImage(image, new ImageRoot(store, image.Name, manifest, fetching), fetching);
        }
        catch (ImageException exception)
        {
            throw new HearthException(HearthError.RootUnavailable, exception.Message, exception);
        }
    }

    /// <summary>Begins to fetch what nobody reads; called when the process starts, whose reads come first.</summary>
    public void BeginFetching() => fetching?.Begin();

    public static string ActionOf(FetchNoticeKind kind) => kind switch
    {
        FetchNoticeKind.Stalled => EventAction.FetchStalled,
        FetchNoticeKind.Resumed => EventAction.FetchResumed,
        FetchNoticeKind.Hurried => EventAction.FetchHurried,
        FetchNoticeKind.Complete => EventAction.FetchComplete,
        _ => EventAction.FetchFailed,
    };

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
