using Hearth.Containers;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Local;
using Hearth.Distribution.Sources.Registry;
using Hearth.Distribution.Sources.Registry.Settings;
using Hearth.Images.Checking;
using Hearth.Images.Indexes;
using Hearth.Images.Making;
using Hearth.Images.Pulling;
using Hearth.Images.Pushing;
using Hearth.Images.Store;
using Hearth.Images.Traces;
using Hearth.Records;
using Hearth.Records.Events;

namespace Hearth.Client.Images;

/// <summary>The operations on images. It keeps no state between calls, so any number of processes may use it at the same time.</summary>
/// <param name="directories">Where images and containers are stored.</param>
/// <param name="registries">How registries are reached.</param>
/// <param name="clock">The source of the time.</param>
/// <param name="limit">How large the store may become by a pull; null for no limit.</param>
public sealed partial class ImageService(HearthDirectories directories, RegistrySettings registries, TimeProvider clock, ByteSize? limit = null)
{
    private readonly ImageStore store = new(directories.Images, clock);

    /// <summary>The store for what adds images. If its limit is reached, images without a name that no container uses are removed.</summary>
    internal ImageStore LimitedStore => new(directories.Images, clock) { Limit = limit is { } most ? new StoreLimit(most, () => Prune(all: false, image => image.Reference is null)) : null };

    /// <summary>Receives each request of a pull to a registry when it ends, from any thread.</summary>
    public Action<SourceRequest>? Fetched { get; init; }

    internal RegistrySettings Registries => registries;

    internal ImageEvents Events { get; } = new(directories, clock);

    /// <summary>Fetches an image.</summary>
    /// <param name="text">A name, or a place by skopeo's words.</param>
    /// <param name="platform">Null for this host's.</param>
    /// <param name="lazy">Whether layers may be left out that a run can fetch when they are read.</param>
    /// <param name="progress">Receives what happens to each layer, from several threads.</param>
    /// <param name="cancellationToken">Stops; the next pull goes on where this one was.</param>
    /// <exception cref="HearthException">The image cannot be fetched or stored.</exception>
    public Task<PulledImage> PullAsync(string text, Platform? platform, LazyMode lazy, Action<LayerProgress> progress, CancellationToken cancellationToken = default) => ImageFailures.AttemptAsync(async () =>
    {
        ImageLocation location = ImageLocation.Parse(text);
        using RegistryClient client = new(registries, clock);
        LocalImage opened = await OpenAsync(client, location, cancellationToken).ConfigureAwait(false);
        await using IImageSource source = opened.Source;
        PulledImage pulled = await new ImagePull(LimitedStore, source, progress).RunAsync(
            opened.Name ?? NameOf(location), platform ?? PlatformChoice.Host, lazy, location.Reference?.WithDefaultTag(), cancellationToken).ConfigureAwait(false);
        (Digest id, IReadOnlyDictionary<string, string>? labels) = Identify(pulled.Manifest);
        if ((pulled.Name ?? location.Reference?.WithDefaultTag()) is { } name)
        {
            Events.Report(EventAction.Pull, name, labels);
        }
        else
        {
            Events.Report(EventAction.Pull, id, labels);
        }

        return pulled;
    });

    /// <summary>Lists the names that a repository has at its registry.</summary>
    /// <param name="repository">A name without a tag and a digest.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="HearthException">The name has a tag or a digest, or the registry cannot be read.</exception>
    public Task<IReadOnlyList<string>> ListTagsAsync(string repository, CancellationToken cancellationToken = default) => ImageFailures.AttemptAsync<IReadOnlyList<string>>(async () =>
    {
        ImageReference reference = ImageReference.Parse(repository);
        if (reference.Tag is not null || reference.Digest is not null)
        {
            throw new ImageException(ImageError.InvalidRequest, $"cannot use all tags of '{repository}': it names one; leave out the tag and the digest");
        }

        using RegistryClient client = new(registries, clock);
        return [.. (await client.ListTagsAsync(reference, cancellationToken).ConfigureAwait(false)).Select(tag => reference.WithTag(tag).Familiar)];
    });

    /// <summary>Sends an image to the registry that its name has.</summary>
    /// <param name="text">A name of the store.</param>
    /// <param name="progress">Receives how each blob came to the registry, from several threads.</param>
    /// <param name="cancellationToken">Stops; what the registry has stays there.</param>
    /// <exception cref="HearthException">There is no such image, or the registry does not take it.</exception>
    public Task<PushedImage> PushAsync(string text, Action<Descriptor, BlobWriting> progress, CancellationToken cancellationToken = default) => ImageFailures.AttemptAsync(async () =>
    {
        ImageReference reference = ImageReference.Parse(text).WithDefaultTag();
        StoredImage image = store.Find(reference) is { } found && reference.Digest is null
            ? found
            : throw new ImageException(ImageError.Unknown, $"cannot push '{text}': the image store has no such name; 'hearth tag' gives an image one");
        using RegistryClient client = new(registries, clock);
        await using IImageTarget target = client.OpenTarget(reference);
        await new ImagePush(store, target, progress).RunAsync(image, cancellationToken).ConfigureAwait(false);
        Events.Report(EventAction.Push, reference, Identify(image.Manifest).Labels);
        return new PushedImage(reference, image.Manifest);
    });

    /// <summary>Puts the indexes of an image's layers beside the image in the registry that its name has.</summary>
    /// <param name="text">A name of the store.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The digest of the artifact with the indexes.</returns>
    /// <exception cref="HearthException">There is no such image, not all of it is here, it can have no index, or the registry does not take it.</exception>
    public Task<string> PushIndexAsync(string text, CancellationToken cancellationToken = default) => ImageFailures.AttemptAsync(async () =>
    {
        ImageReference reference = ImageReference.Parse(text).WithDefaultTag();
        StoredImage image = store.Find(reference) ?? throw new ImageException(ImageError.Unknown, $"cannot index '{text}': the image store has no such name; 'hearth pull' fetches it");
        using RegistryClient client = new(registries, clock);
        await using IImageTarget target = client.OpenTarget(reference);
        return (await new IndexPush(store, target).RunAsync(image, cancellationToken).ConfigureAwait(false)).ToString();
    });

    /// <summary>The indexes of an image's layers, the lowest layer first.</summary>
    /// <exception cref="HearthException">There is no such image, or not all of it is here.</exception>
    public IReadOnlyList<IndexedLayer> ListIndexes(string text) => ImageFailures.Attempt(() => ImageIndexes.List(store, store.ReadManifest(Find(text).Manifest)));

    /// <summary>What a start of an image reads, as a container with a recording found it; null if there is none.</summary>
    /// <exception cref="HearthException">There is no such image, or its trace is damaged.</exception>
    public ImageTrace? FindTrace(string text) => ImageFailures.Attempt(() => new TraceStore(store).TryRead(Find(text).Manifest.Digest));

    /// <summary>Removes an image's trace.</summary>
    /// <returns>False if there was none.</returns>
    /// <exception cref="HearthException">There is no such image, or its trace cannot be removed.</exception>
    public bool RemoveTrace(string text) => ImageFailures.Attempt(() => new TraceStore(store).Remove(Find(text).Manifest.Digest));

    /// <summary>Makes an image of a container.</summary>
    /// <param name="container">The container.</param>
    /// <param name="name">The image's name, without a tag latest; null for none.</param>
    /// <param name="options">What the user says about the image.</param>
    /// <param name="write">Writes the container's changes as a tar archive; for a container of a directory, all of its root.</param>
    /// <param name="cancellationToken">Stops; no image is made.</param>
    /// <returns>The image's id.</returns>
    /// <exception cref="HearthException">The name or a change is malformed, or the store cannot be written.</exception>
    public Task<Digest> CommitAsync(Container container, string? name, CommitOptions options, Func<Stream, Task> write, CancellationToken cancellationToken = default) => ImageFailures.AttemptAsync(async () =>
    {
        ImageReference? reference = name is null ? null : ImageReference.Parse(name).WithDefaultTag();
        if (reference?.Digest is not null)
        {
            throw new ImageException(ImageError.InvalidRequest, $"cannot give an image the name '{name}': a name with a digest cannot be given");
        }

        Digest id = await new ContainerCommit(LimitedStore, clock).RunAsync(container.Description, reference, options, write, cancellationToken).ConfigureAwait(false);
        new ContainerEvents(directories, clock).Report(
            container.Description,
            EventAction.Commit,
            (EventAttribute.Comment, options.Message ?? ""),
            (EventAttribute.ImageId, id.ToString()),
            (EventAttribute.ImageReference, reference?.Familiar ?? ""));
        return id;
    });

    /// <summary>Gives an image another name.</summary>
    /// <param name="text">The image.</param>
    /// <param name="name">The name; without a tag, latest.</param>
    /// <exception cref="HearthException">There is no such image, or the name is malformed.</exception>
    public void Tag(string text, string name) => ImageFailures.Attempt(() =>
    {
        ImageSummary image = Find(text);
        ImageReference reference = ReadNewName(name);
        StoredImage named = store.Name(reference, image.Manifest, image.Source);
        Events.Report(EventAction.Tag, image.Id, image.Configuration.Config?.Labels, reference.Familiar);
        return named;
    });

    /// <summary>Removes a name of an image, and the image with its last name.</summary>
    /// <param name="text">A name, or an id: then all names of the image, if <paramref name="force"/> or it has only one tag and digests of its repository.</param>
    /// <param name="force">Whether to remove it even if containers use it that do not run.</param>
    /// <returns>What was removed, the images first by name and then by digest.</returns>
    /// <exception cref="HearthException">There is no such image, or a container uses it.</exception>
    public RemovedImage Remove(string text, bool force) => ImageFailures.Attempt(() =>
    {
        ImageSummary image = Find(text);
        StoredImage[] names = [.. store.List().Where(other => other.Manifest.Digest == image.Manifest.Digest)];
        StoredImage[]? removed = ImageNames.Choose(text, names) ?? (force || ImageNames.AreOne(names) ? names : null);
        if (removed is null)
        {
            throw new ImageException(ImageError.InUse, $"cannot remove the image {text}: it has {names.Length} names; remove them by name, or all with --force");
        }

        if (removed.Length == names.Length)
        {
            RefuseUsed(image, text, force);
        }

        store.Remove(name => removed.Any(other => other.Reference == name.Reference && other.Manifest.Digest == name.Manifest.Digest));
        CollectedBytes? collected = removed.Length == names.Length ? Collect() : null;
        ReportRemoval(image.Id, removed, isLast: removed.Length == names.Length);
        return new RemovedImage([.. removed.Select(name => name.Reference?.Familiar).OfType<string>()], removed.Length == names.Length ? image.Id : null, collected?.Bytes ?? 0);
    });

    /// <summary>Removes images without a tag that no container uses; with <paramref name="all"/>, also those with tags.</summary>
    /// <param name="all">Whether tags are no reason to stay.</param>
    /// <param name="selected">Which of them; null for all.</param>
    /// <exception cref="HearthException">The store cannot be changed.</exception>
    public RemovedImage Prune(bool all, Func<ImageSummary, bool>? selected = null) => ImageFailures.Attempt(() =>
    {
        HashSet<Digest> tagged = [.. store.List().Where(image => image.Reference is { Tag: not null, Digest: null }).Select(image => image.Manifest.Digest)];
        (IReadOnlyList<StoredImage> removed, IReadOnlyList<StoredImage> before) = store.Release(
            image => (all || !tagged.Contains(image.Manifest.Digest)) && (selected is null || (TrySummarize(image, _ => { }) is { } summary && selected(summary))),
            () => Containers().Select(container => container.Description.Image?.Manifest).OfType<string>().ToHashSet());
        (Digest Id, StoredImage[] Names, bool IsLast)[] images =
        [
            .. removed.GroupBy(image => image.Manifest.Digest).Select(group =>
                (Identify(group.First().Manifest).Id, group.ToArray(), group.Count() == before.Count(image => image.Manifest.Digest == group.Key))),
        ];
        CollectedBytes? collected = new StoreCollection(store).Run(withUnfinished: true);
        foreach ((Digest id, StoredImage[] names, bool isLast) in images)
        {
            ReportRemoval(id, names, isLast);
        }

        return new RemovedImage([.. removed.Select(name => name.Reference?.Familiar ?? name.Manifest.Digest.ToString())], null, collected?.Bytes ?? 0);
    });

    /// <summary>Reads all images, and finds what the disk has damaged.</summary>
    /// <param name="repairs">Whether damaged layers are made again from what is not damaged, or removed so that a pull fetches them.</param>
    /// <param name="found">Receives what is damaged.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The layers and bytes that were read.</returns>
    /// <exception cref="HearthException">The store cannot be read, or a repair cannot be written.</exception>
    public Task<(int Layers, long Bytes)> CheckAsync(bool repairs, Action<StoreDamage> found, CancellationToken cancellationToken = default) => ImageFailures.AttemptAsync(async () =>
    {
        StoreCheck check = new(store, repairs);
        await foreach (StoreDamage damage in check.RunAsync(cancellationToken).ConfigureAwait(false))
        {
            found(damage);
        }

        return check.Read;
    });

    /// <summary>Reads an image's manifest.</summary>
    /// <exception cref="HearthException">The store is damaged.</exception>
    public ImageManifest ReadManifest(ImageSummary image) => ImageFailures.Attempt(() => store.ReadManifest(image.Manifest));

    /// <summary>The layers of an image, the lowest first.</summary>
    /// <exception cref="HearthException">The store is damaged.</exception>
    public IReadOnlyList<ImageLayer> ListLayers(ImageSummary image) => ImageFailures.Attempt(() =>
    {
        (string Name, HashSet<string> Layers)[] others =
        [
            .. from other in store.List()
               where other.Manifest.Digest != image.Manifest.Digest
               let manifest = store.ReadManifest(other.Manifest)
               select (other.Reference?.Familiar ?? manifest.Config!.Digest.Short, manifest.Layers.Select(layer => layer.DigestText).ToHashSet()),
        ];
        HistoryEntry[] steps = [.. (image.Configuration.History ?? []).Where(step => !step.EmptyLayer)];
        return (IReadOnlyList<ImageLayer>)
        [
            .. store.ReadManifest(image.Manifest).Layers.Select((layer, i) => new ImageLayer(
                layer, i < steps.Length ? steps[i] : null, SizeOfLayer(layer), [.. others.Where(other => other.Layers.Contains(layer.DigestText)).Select(other => other.Name)])),
        ];
    });

    /// <summary>Reads a name that an image is to get; without a tag, latest.</summary>
    /// <exception cref="ImageException">It is malformed, or has a digest.</exception>
    internal static ImageReference ReadNewName(string text) => ImageReference.Parse(text) is { Digest: null } reference
        ? reference.WithDefaultTag()
        : throw new ImageException(ImageError.InvalidRequest, $"cannot give an image the name '{text}': a name with a digest cannot be given");

    /// <summary>Keeps an image in the store with its names, until the result is disposed of or a container uses the image.</summary>
    /// <returns>Null if the store has no name of it any more.</returns>
    /// <exception cref="HearthException">The store cannot be read or written.</exception>
    internal ImageLease? TryHold(Digest manifest) => ImageFailures.Attempt(() => ImageLease.TryTakeListed(store, manifest));

    private async Task<LocalImage> OpenAsync(RegistryClient client, ImageLocation location, CancellationToken cancellationToken) => location.Transport switch
    {
        ImageTransport.Registry => new LocalImage([], Fetched is null ? client.Open(location.Reference!) : new CountedSource(client.Open(location.Reference!), Fetched, clock)),
        _ => await LocalImages.OpenAsync(location, registries.ProgramPath, store.PrepareDrafts(), cancellationToken).ConfigureAwait(false),
    };

    /// <summary>The name in the store. An image of a directory that names itself keeps its name; any other gets the directory's, with podman's host. What was named by its id in another store gets none.</summary>
    private static ImageReference? NameOf(ImageLocation location)
    {
        if (location.Transport == ImageTransport.Registry)
        {
            return location.Reference!.WithDefaultTag();
        }

        if (location.Transport >= ImageTransport.ContainersStorage)
        {
            return null;
        }

        string own = location.Name ?? "latest";
        string path = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(location.Path)));
        string text = own.Contains('/', StringComparison.Ordinal) ? own : $"localhost/{path.ToLowerInvariant()}:{own}";
        return ImageReference.TryParse(text, out ImageReference? reference) && reference.Digest is null ? reference.WithDefaultTag() : null;
    }

    private void ReportRemoval(Digest id, IEnumerable<StoredImage> names, bool isLast)
    {
        foreach (StoredImage _ in names.Where(name => name.Reference is not null))
        {
            Events.Report(EventAction.Untag, id);
        }

        if (isLast)
        {
            Events.Report(EventAction.Delete, id);
        }
    }

    /// <summary>The id and the labels of an image. One that is damaged has its manifest's digest, and no labels.</summary>
    internal (Digest Id, IReadOnlyDictionary<string, string>? Labels) Identify(Descriptor manifest)
    {
        try
        {
            ImageManifest read = store.ReadManifest(manifest);
            return (read.Config!.Digest, store.ReadConfiguration(read, manifest.Digest.ToString()).Config?.Labels);
        }
        catch (ImageException)
        {
            return (manifest.Digest, null);
        }
    }

    /// <summary>A damaged image may need any blob, so nothing is collected until it is repaired or removed; its check and a prune say so.</summary>
    private CollectedBytes? Collect()
    {
        try
        {
            return new StoreCollection(store).Run(withUnfinished: false);
        }
        catch (ImageException failure) when (IsDamage(failure))
        {
            return null;
        }
    }

    private void RefuseUsed(ImageSummary image, string text, bool force)
    {
        foreach (Container container in Containers().Where(container => container.Description.Image?.Manifest == image.Manifest.Digest.ToString()))
        {
            if (!force || container.State.IsHeld)
            {
                string next = container.State.IsHeld ? $"'hearth stop {container.Name}' stops it" : "--force removes the image nevertheless";
                throw new ImageException(ImageError.InUse, $"cannot remove the image {text}: the {(container.State.IsHeld ? "running" : "stopped")} container '{container.Name}' uses it; {next}");
            }
        }
    }

    private IReadOnlyList<Container> Containers() => new ContainerStore(directories, clock).List();
}
