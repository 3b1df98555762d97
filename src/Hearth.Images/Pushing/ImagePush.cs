using Hearth.Distribution;
using Hearth.Distribution.Manifests;
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
        await Parallel.ForEachAsync(
            manifest.Layers.Append(manifest.Config!).DistinctBy(blob => blob.Digest),
            new ParallelOptions { MaxDegreeOfParallelism = LayersAtOnce, CancellationToken = cancellationToken },
            async (blob, token) => progress(blob, await target.WriteBlobAsync(blob, image.Reference, (offset, _) => Task.FromResult(Open(blob, offset)), token).ConfigureAwait(false)))
            .ConfigureAwait(false);
        await target.WriteNamedAsync(new Document(image.Manifest.MediaType, image.Manifest.Digest, store.ReadBlob(image.Manifest)), cancellationToken).ConfigureAwait(false);
    }

    private Stream Open(Descriptor blob, long offset)
    {
        Stream stream = store.OpenBlob(blob);
        stream.Seek(offset, SeekOrigin.Begin);
        return stream;
    }
}
