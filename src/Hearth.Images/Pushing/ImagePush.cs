using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Images.Store;

namespace Hearth.Images.Pushing;

/// <summary>Sends an image of the store to a target: the bytes are those of the store, so that digests stay.</summary>
/// <param name="store">Has the image.</param>
/// <param name="target">Receives it.</param>
/// <param name="progress">Receives how each blob came to the target, from several threads.</param>
public sealed class ImagePush(ImageStore store, IImageTarget target, Action<Descriptor, BlobWriting> progress)
{
    /// <summary>As in docker.</summary>
    private const int LayersAtOnce = 5;

    /// <param name="image">The image.</param>
    /// <param name="cancellationToken">Stops; what the target has stays there.</param>
    /// <exception cref="ImageException">The image is damaged, or the target cannot be written.</exception>
    public async Task RunAsync(StoredImage image, CancellationToken cancellationToken)
    {
        using ImageLease lease = ImageLease.Take(store, image.Manifest.Digest);
        ImageManifest manifest = store.ReadManifest(image.Manifest);
        store.RequireLayers("push", target.Name, manifest);
        IReadOnlyDictionary<Digest, ImageReference> origins = FindOrigins(image);
        await Parallel.ForEachAsync(
            manifest.Layers.Append(manifest.Config!).DistinctBy(blob => blob.Digest),
            new ParallelOptions { MaxDegreeOfParallelism = LayersAtOnce, CancellationToken = cancellationToken },
            async (blob, token) => progress(blob, await target.WriteBlobAsync(blob, origins.GetValueOrDefault(blob.Digest), (offset, _) => Task.FromResult(Open(blob, offset)), token).ConfigureAwait(false)))
            .ConfigureAwait(false);
        await target.WriteNamedAsync(new Document(image.Manifest.MediaType, image.Manifest.Digest, store.ReadBlob(image.Manifest)), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>For each blob another repository of the same registry that has it, as far as names of the store say so. Those that were pulled are surer.</summary>
    private Dictionary<Digest, ImageReference> FindOrigins(StoredImage image)
    {
        Dictionary<Digest, ImageReference> origins = [];
        foreach (StoredImage other in store.List().Where(other => other.Reference is { } name && name.Host == image.Reference?.Host && name.Path != image.Reference.Path).OrderBy(other => other.Source is null))
        {
            // A damaged one has nothing to offer.
            foreach (Descriptor layer in store.TryReadBlob(other.Manifest) is null ? [] : store.ReadManifest(other.Manifest).Layers)
            {
                origins.TryAdd(layer.Digest, other.Reference!);
            }
        }

        return origins;
    }

    private Stream Open(Descriptor blob, long offset)
    {
        Stream stream = store.OpenBlob(blob);
        stream.Seek(offset, SeekOrigin.Begin);
        return stream;
    }
}
