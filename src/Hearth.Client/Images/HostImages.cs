using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Distribution.Sources.Registry;
using Hearth.Guest.Protocol.Messages;
using Hearth.Images.Making;
using Hearth.Images.Pulling;
using Hearth.Images.Saving;
using Hearth.Images.Traces;

namespace Hearth.Client.Images;

/// <summary>The images of this host.</summary>
/// <param name="service">Has the store.</param>
/// <param name="clock">The source of the time.</param>
public sealed class HostImages(ImageService service, TimeProvider clock) : IImages
{
    public Platform? HostPlatform => PlatformChoice.Host;

    private ImageArchives Archives => new(service, clock);

    public Task<IReadOnlyList<ImageSummary>> ListAsync(CancellationToken cancellationToken = default) => Task.FromResult(service.List());

    public Task<IReadOnlyList<ImageSummary>> ListAsync(Action<string> damaged, CancellationToken cancellationToken = default) => Task.FromResult(service.List(damaged));

    public Task<ImageSummary?> TryFindAsync(string text, CancellationToken cancellationToken = default) => Task.FromResult(service.TryFind(text));

    public Task<IDisposable?> HoldAsync(ImageSummary image, CancellationToken cancellationToken = default) => Task.FromResult<IDisposable?>(service.TryHold(image.Manifest.Digest));

    public Task<ImageDetail> ReadAsync(string text, CancellationToken cancellationToken = default)
    {
        ImageSummary image = service.Find(text);
        return Task.FromResult(new ImageDetail(image, service.ReadManifest(image), service.ListLayers(image)));
    }

    public Task TagAsync(string text, string name, CancellationToken cancellationToken = default)
    {
        service.Tag(text, name);
        return Task.CompletedTask;
    }

    public Task<RemovedImage> RemoveAsync(string text, bool force, CancellationToken cancellationToken = default) => Task.FromResult(service.Remove(text, force));

    public Task<RemovedImage> PruneAsync(bool all, Func<ImageSummary, bool> selected, CancellationToken cancellationToken = default) => Task.FromResult(service.Prune(all, selected));

    public Task<PulledImage> PullAsync(string text, Platform? platform, LazyMode lazy, Action<LayerProgress> progress, CancellationToken cancellationToken = default) =>
        service.PullAsync(text, platform, lazy, progress, cancellationToken);

    public Task<IReadOnlyList<string>> ListTagsAsync(string repository, CancellationToken cancellationToken = default) => service.ListTagsAsync(repository, cancellationToken);

    public Task<PushedImage> PushAsync(string text, Action<Descriptor, BlobWriting> progress, CancellationToken cancellationToken = default) => service.PushAsync(text, progress, cancellationToken);

    public async Task<CommittedImage> CommitAsync(IContainers containers, Container container, string? name, CommitOptions options, bool pauses, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<Diagnostic> diagnostics = [];
        RootForm form = container.Description.Image is null ? RootForm.Tree : RootForm.Layer;
        Digest id = await service.CommitAsync(
            container, name, options, async layer => diagnostics = await containers.ReadRootAsync(container.Id, form, pauses, layer, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
        return new CommittedImage(id, diagnostics);
    }

    public Task<IReadOnlyList<LayerIndexEntry>> ListIndexesAsync(string text, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<LayerIndexEntry>>([.. service.ListIndexes(text).Select(LayerIndexEntry.Of)]);

    public async Task<PushedIndex> PushIndexAsync(string text, CancellationToken cancellationToken = default) => new(await service.PushIndexAsync(text, cancellationToken).ConfigureAwait(false));

    public Task<ImageTrace> ReadTraceAsync(string text, CancellationToken cancellationToken = default) => Task.FromResult(service.FindTrace(text) ?? throw NoTrace(text));

    public Task RemoveTraceAsync(string text, CancellationToken cancellationToken = default) => service.RemoveTrace(text) ? Task.CompletedTask : throw NoTrace(text);

    private static HearthException NoTrace(string image) =>
        new(HearthError.ImageUnknown, $"no trace of the image {image}; 'hearth run --record-trace {image}' records one");

    public Task SaveAsync(IReadOnlyList<string> texts, ArchiveFormat format, Platform? platform, Stream target, CancellationToken cancellationToken = default)
    {
        Archives.Save(texts, format, platform, target, cancellationToken);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<LoadedImage>> LoadAsync(string? path, Stream input, Platform? platform, Action<LayerProgress> progress, CancellationToken cancellationToken = default) =>
        Archives.LoadAsync(path, input, platform, progress, cancellationToken);

    public async Task<Digest> ImportAsync(
        string origin, Stream archive, string? name, IReadOnlyList<string> changes, string? message, Platform? platform, CancellationToken cancellationToken = default)
    {
        if (!FileDownload.IsAddress(origin))
        {
            return await Archives.ImportAsync(origin, archive, name, changes, message, platform, cancellationToken).ConfigureAwait(false);
        }

        await using Stream fetched = await Archives.FetchAsync(origin, cancellationToken).ConfigureAwait(false);
        return await Archives.ImportAsync(origin, fetched, name, changes, message, platform, cancellationToken).ConfigureAwait(false);
    }
}
