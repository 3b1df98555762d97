using Hearth.Containers;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Images.Making;
using Hearth.Images.Pulling;
using Hearth.Images.Saving;
using Hearth.Images.Traces;

namespace Hearth.Client.Images;

/// <summary>
/// The images of a host: this one (<see cref="HostImages"/>), or one that is reached through its worker. Names of directories and
/// files are that host's, streams are the caller's.
/// </summary>
public interface IImages
{
    /// <summary>The platform of the host's containers; null if it is not known here.</summary>
    Platform? HostPlatform { get; }

    /// <summary>All names, the newest images first.</summary>
    Task<IReadOnlyList<ImageSummary>> ListAsync(CancellationToken cancellationToken = default);

    /// <summary>The same.</summary>
    /// <param name="damaged">Receives why names are not in the list: a sentence for each damaged image, as far as this is known here.</param>
    /// <param name="cancellationToken">Stops.</param>
    Task<IReadOnlyList<ImageSummary>> ListAsync(Action<string> damaged, CancellationToken cancellationToken = default) => ListAsync(cancellationToken);

    /// <summary>Finds an image by its name, its digest, its id, or the beginning of its id; null if there is none.</summary>
    /// <exception cref="HearthException">There are several.</exception>
    Task<ImageSummary?> TryFindAsync(string text, CancellationToken cancellationToken = default);

    /// <summary>Keeps an image from being pruned until a container is created of it, as far as this is possible from here.</summary>
    /// <returns>Ends that; null if the image has been removed.</returns>
    Task<IDisposable?> HoldAsync(ImageSummary image, CancellationToken cancellationToken = default);

    /// <summary>The same with what its manifest says.</summary>
    /// <exception cref="HearthException">There is none, or several.</exception>
    Task<ImageDetail> ReadAsync(string text, CancellationToken cancellationToken = default);

    Task TagAsync(string text, string name, CancellationToken cancellationToken = default);

    Task<RemovedImage> RemoveAsync(string text, bool force, CancellationToken cancellationToken = default);

    Task<RemovedImage> PruneAsync(bool all, Func<ImageSummary, bool> selected, CancellationToken cancellationToken = default);

    Task<PulledImage> PullAsync(string text, Platform? platform, LazyMode lazy, Action<LayerProgress> progress, CancellationToken cancellationToken = default);

    /// <summary>Lists the names that a repository has at its registry.</summary>
    /// <exception cref="HearthException">It is no repository, or its registry cannot be read.</exception>
    Task<IReadOnlyList<string>> ListTagsAsync(string repository, CancellationToken cancellationToken = default);

    Task<PushedImage> PushAsync(string text, Action<Descriptor, BlobWriting> progress, CancellationToken cancellationToken = default);

    /// <summary>Makes an image of a container.</summary>
    /// <param name="containers">The containers of the same host.</param>
    /// <param name="container">One of them.</param>
    /// <param name="name">The image's name; null for none.</param>
    /// <param name="options">What the user says about the image.</param>
    /// <param name="pauses">Whether the container's processes are suspended meanwhile.</param>
    /// <param name="cancellationToken">Stops; no image is made.</param>
    Task<CommittedImage> CommitAsync(IContainers containers, Container container, string? name, CommitOptions options, bool pauses, CancellationToken cancellationToken = default);

    /// <summary>Lists the indexes of an image's layers, the lowest layer first.</summary>
    Task<IReadOnlyList<LayerIndexEntry>> ListIndexesAsync(string text, CancellationToken cancellationToken = default);

    /// <summary>Puts the indexes of an image's layers beside the image in the registry that its name has.</summary>
    Task<PushedIndex> PushIndexAsync(string text, CancellationToken cancellationToken = default);

    /// <summary>Reads what a start of an image reads, as a container with a recording found it.</summary>
    /// <exception cref="HearthException">There is no such image, or it has no trace.</exception>
    Task<ImageTrace> ReadTraceAsync(string text, CancellationToken cancellationToken = default);

    /// <exception cref="HearthException">There is no such image, or it has no trace.</exception>
    Task RemoveTraceAsync(string text, CancellationToken cancellationToken = default);

    Task SaveAsync(IReadOnlyList<string> texts, ArchiveFormat format, Platform? platform, Stream target, CancellationToken cancellationToken = default);

    Task<IReadOnlyList<LoadedImage>> LoadAsync(string? path, Stream input, Platform? platform, Action<LayerProgress> progress, CancellationToken cancellationToken = default);

    /// <param name="origin">What the image's history calls the archive; an address of the web is fetched by the host.</param>
    /// <param name="archive">Read to its end; not for an address.</param>
    /// <param name="name">Null for an image without a name.</param>
    /// <param name="changes">Instructions of a Dockerfile.</param>
    /// <param name="message">The comment in the history; null for a usual one.</param>
    /// <param name="platform">Null for the host's.</param>
    /// <param name="cancellationToken">Stops.</param>
    Task<Digest> ImportAsync(string origin, Stream archive, string? name, IReadOnlyList<string> changes, string? message, Platform? platform, CancellationToken cancellationToken = default);
}
