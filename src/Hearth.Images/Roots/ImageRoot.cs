using Hearth.Containers;
using Hearth.DiskImages;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.FileTree;
using Hearth.FileTree.Programs;
using Hearth.Images.Lazy;
using Hearth.Images.Store;
using Hearth.Images.Traces;
using Hearth.Layers;
using Hearth.Layers.Index;
using Hearth.Layers.Merging;
using Hearth.Linux;
using Hearth.Rootfs;
using Hearth.Rootfs.Cache;

namespace Hearth.Images.Roots;

/// <summary>An image of the store as a root: its layers, merged into one tree.</summary>
public sealed class ImageRoot : IRootSource
{
    /// <summary>Raise it when the same layers merge into another tree.</summary>
    private const string MergeVersion = "1";

    private readonly ImageStore store;
    private readonly ImageFetching? fetching;
    private readonly StoredTrace? trace;
    private readonly TraceRecorder? recorder;
    private readonly ProgramCall? call;
    private readonly Digest[] layers;

    /// <param name="store">Has the image; the caller holds a lease.</param>
    /// <param name="name">As the user gave it.</param>
    /// <param name="manifest">The image's manifest.</param>
    /// <param name="fetching">Has the layers that the store has only in parts; null if there are none. The caller keeps its ownership.</param>
    /// <param name="trace">What to fetch of them in advance; null if that is not known.</param>
    /// <param name="recorder">Records what is read; null for nothing. The caller keeps its ownership.</param>
    /// <param name="call">The command that will run: without a trace, its program is fetched in advance. Null if it is not known.</param>
    public ImageRoot(
        ImageStore store, string name, ImageManifest manifest, ImageFetching? fetching = null, StoredTrace? trace = null, TraceRecorder? recorder = null, ProgramCall? call = null)
    {
        this.call = call;
        this.trace = trace;
        this.recorder = recorder;
        this.store = store;
        this.fetching = fetching;
        Name = name;
        layers = [.. manifest.Layers.Select(layer => layer.Digest)];
    }

    public string Name { get; }

    /// <summary>Digests name the layers, so the tree never changes.</summary>
    public bool IsImmutable => true;

    /// <summary>In a layer that is read by somebody else's index, files have other places.</summary>
    public CacheKey? FindKey() => CacheKey.Of(
        ["image", MergeVersion, .. layers.Select(layer => fetching?.FindIndex(layer) is { Form: not IndexForm.Own } index ? $"{layer} {Digest.Of(index.Entries.Span)}" : layer.ToString())]);

    public WalkedTree Walk(CancellationToken cancellationToken)
    {
        try
        {
            return Merge(cancellationToken).Build();
        }
        catch (ImageException exception)
        {
            throw Unavailable(exception);
        }
    }

    public IContentSource Open(WalkedTree tree, IReadOnlyList<ContentRoot> over)
    {
        List<ILayerContent> contents = [];
        try
        {
            foreach (Digest layer in layers)
            {
                contents.Add(fetching?.Find(layer) ?? new StoredContent(layer, store.OpenContent(layer)));
            }

            recorder?.Begin(tree, DigestsOf(tree));
            if (fetching is not null && trace is not null)
            {
                fetching.Prefetch(trace, () => TracePlaces.Find(trace.Trace, tree, DigestsOf(tree)), layers);
            }
            else if (fetching is not null && call is not null)
            {
                fetching.Prefetch(call, tree, layers, contents);
            }

            DirectoryContent? directories = over.Count == 0 ? null : new DirectoryContent(tree, [null, .. over]);
            return new ImageContent(tree, contents, () => Merge(CancellationToken.None).Sparse, directories, recorder);
        }
        catch (Exception exception) when (exception is ImageException or LinuxException)
        {
            contents.ForEach(content => content.Dispose());
            throw exception is ImageException failure ? Unavailable(failure) : exception;
        }
    }

    /// <summary>Layers are no directory.</summary>
    public string? FindPlainDirectory() => null;

    /// <summary>Puts the bytes that a trace names beside it; the store has all layers.</summary>
    /// <returns>The trace as far as it fits the image, and the blob of its pack; no blob if it is empty.</returns>
    /// <exception cref="ImageException">A layer cannot be read.</exception>
    internal async Task<(ImageTrace Trace, byte[] Blob)> PackAsync(ImageTrace trace, CancellationToken cancellationToken)
    {
        WalkedTree tree = Merge(cancellationToken).Build();
        List<ILayerContent> contents = [];
        try
        {
            contents.AddRange(layers.Select(layer => new StoredContent(layer, store.OpenContent(layer))));
            return await TracePacking.RunAsync(trace, tree, DigestsOf(tree), contents, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            contents.ForEach(content => content.Dispose());
        }
    }

    private LayerMerge Merge(CancellationToken cancellationToken)
    {
        LayerMerge merge = new();
        for (int i = 0; i < layers.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            merge.Add(i, IndexOf(layers[i]).ReadEntries());
        }

        return merge;
    }

    private ContentDigests DigestsOf(WalkedTree tree) => new(tree, layer => IndexOf(layers[layer]));

    private static HearthException Unavailable(ImageException exception) => new(HearthError.RootUnavailable, exception.Message, exception);

    private LayerIndex IndexOf(Digest layer) => fetching?.FindIndex(layer) ?? store.TryReadIndex(layer) ?? throw new ImageException(
        ImageError.StorageFailed, $"cannot use the image '{Name}': its layer {layer} is not in the image store '{store.Directory}', or damaged; 'hearth pull' fetches it again");
}
