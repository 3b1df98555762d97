using Hearth.Client.Images;
using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Images.Making;
using Hearth.Images.Pulling;
using Hearth.Images.Saving;
using Hearth.Images.Traces;

namespace Hearth.Client.Tests.Support;

/// <summary>Images of which finds can say something else, and between whose find and lease something happens once.</summary>
/// <param name="inner">The images.</param>
internal sealed class MeetingImages(IImages inner) : IImages
{
    public Platform? HostPlatform { get; set; } = inner.HostPlatform;

    /// <summary>Done once before a lease is taken.</summary>
    public Action? After { get; set; }

    /// <summary>Changes what is found.</summary>
    public Func<ImageSummary, ImageSummary> Change { get; set; } = image => image;

    public Task<IDisposable?> HoldAsync(ImageSummary image, CancellationToken cancellationToken = default)
    {
        Action? after = After;
        After = null;
        after?.Invoke();
        return inner.HoldAsync(image, cancellationToken);
    }

    public Task<IReadOnlyList<ImageSummary>> ListAsync(CancellationToken cancellationToken = default) => inner.ListAsync(cancellationToken);

    public async Task<ImageSummary?> TryFindAsync(string text, CancellationToken cancellationToken = default) =>
        await inner.TryFindAsync(text, cancellationToken) is { } found ? Change(found) : null;

    public Task<ImageDetail> ReadAsync(string text, CancellationToken cancellationToken = default) => inner.ReadAsync(text, cancellationToken);

    public Task TagAsync(string text, string name, CancellationToken cancellationToken = default) => inner.TagAsync(text, name, cancellationToken);

    public Task<RemovedImage> RemoveAsync(string text, bool force, CancellationToken cancellationToken = default) => inner.RemoveAsync(text, force, cancellationToken);

    public Task<RemovedImage> PruneAsync(bool all, Func<ImageSummary, bool> selected, CancellationToken cancellationToken = default) => inner.PruneAsync(all, selected, cancellationToken);

    public Task<PulledImage> PullAsync(string text, Platform? platform, LazyMode lazy, Action<LayerProgress> progress, CancellationToken cancellationToken = default) =>
        inner.PullAsync(text, platform, lazy, progress, cancellationToken);

    public Task<IReadOnlyList<string>> ListTagsAsync(string repository, CancellationToken cancellationToken = default) => inner.ListTagsAsync(repository, cancellationToken);

    public Task<PushedImage> PushAsync(string text, Action<Descriptor, BlobWriting> progress, CancellationToken cancellationToken = default) => inner.PushAsync(text, progress, cancellationToken);

    public Task<CommittedImage> CommitAsync(IContainers containers, Container container, string? name, CommitOptions options, bool pauses, CancellationToken cancellationToken = default) =>
        inner.CommitAsync(containers, container, name, options, pauses, cancellationToken);

    public Task<IReadOnlyList<LayerIndexEntry>> ListIndexesAsync(string text, CancellationToken cancellationToken = default) => inner.ListIndexesAsync(text, cancellationToken);

    public Task<PushedIndex> PushIndexAsync(string text, CancellationToken cancellationToken = default) => inner.PushIndexAsync(text, cancellationToken);

    public Task<ImageTrace> ReadTraceAsync(string text, CancellationToken cancellationToken = default) => inner.ReadTraceAsync(text, cancellationToken);

    public Task RemoveTraceAsync(string text, CancellationToken cancellationToken = default) => inner.RemoveTraceAsync(text, cancellationToken);

    public Task SaveAsync(IReadOnlyList<string> texts, ArchiveFormat format, Platform? platform, Stream target, CancellationToken cancellationToken = default) =>
        inner.SaveAsync(texts, format, platform, target, cancellationToken);

    public Task<IReadOnlyList<LoadedImage>> LoadAsync(string? path, Stream input, Platform? platform, Action<LayerProgress> progress, CancellationToken cancellationToken = default) =>
        inner.LoadAsync(path, input, platform, progress, cancellationToken);

    public Task<Digest> ImportAsync(string origin, Stream archive, string? name, IReadOnlyList<string> changes, string? message, Platform? platform, CancellationToken cancellationToken = default) =>
        inner.ImportAsync(origin, archive, name, changes, message, platform, cancellationToken);
}
