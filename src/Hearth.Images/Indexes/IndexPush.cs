using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Images.Roots;
using Hearth.Images.Store;
using Hearth.Images.Traces;

namespace Hearth.Images.Indexes;

/// <summary>Puts the indexes of an image's layers beside the image, and its trace.</summary>
/// <param name="store">Has the image.</param>
/// <param name="target">The image's repository.</param>
public sealed class IndexPush(ImageStore store, IImageTarget target)
{
    /// <param name="image">All of it is in the store.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>The digest of the artifact.</returns>
    /// <exception cref="ImageException">The image has no layer that can be read in parts, or the target cannot be written.</exception>
    public async Task<Digest> RunAsync(StoredImage image, CancellationToken cancellationToken)
    {
        using ImageLease lease = ImageLease.Take(store, image.Manifest.Digest);
        List<Descriptor> blobs = [];
        foreach (IndexedLayer layer in ImageIndexes.List(store, store.ReadManifest(image.Manifest)).Where(layer => layer.IsUseful))
        {
            blobs.Add(await WriteAsync(IndexArtifact.IndexType, layer.Index.Layer, layer.File, cancellationToken).ConfigureAwait(false));
            if (layer.Windows.Length > 0)
            {
                blobs.Add(await WriteAsync(IndexArtifact.WindowsType, layer.Index.Layer, layer.Windows, cancellationToken).ConfigureAwait(false));
            }
        }

        if (blobs.Count == 0)
        {
            throw new ImageException(
                ImageError.Unsupported, $"cannot push an index of '{target.Name}': its layers are small, or compressed as a whole; images of gzip layers of at least {ImageIndexes.LeastLayerBytes >> 20} MiB can have one");
        }

        if (new TraceStore(store).TryRead(image.Manifest.Digest) is { } trace)
        {
            blobs.AddRange(await WriteTraceAsync(image, trace, cancellationToken).ConfigureAwait(false));
        }

        await target.WriteBlobAsync(
            IndexArtifact.Configuration, null, (_, _) => Task.FromResult<Stream>(new MemoryStream(IndexArtifact.EmptyConfiguration.ToArray())), cancellationToken).ConfigureAwait(false);
        Document artifact = IndexArtifact.Compose(image.Manifest, blobs);
        await target.WriteManifestAsync(artifact, cancellationToken).ConfigureAwait(false);
        return artifact.Digest;
    }

    private async Task<IReadOnlyList<Descriptor>> WriteTraceAsync(StoredImage image, ImageTrace trace, CancellationToken cancellationToken)
    {
        (ImageTrace packed, byte[] pack) = await new ImageRoot(store, target.Name, store.ReadManifest(image.Manifest)).PackAsync(trace, cancellationToken).ConfigureAwait(false);
        if (packed.Files.Count == 0)
        {
            // It is of an earlier build, and nothing of it is left.
            return [];
        }

        Descriptor document = await WriteAsync(IndexArtifact.TraceType, null, TraceDocument.Write(packed), cancellationToken).ConfigureAwait(false);
        return packed.Pack is null ? [document] : [document, await WriteAsync(IndexArtifact.PackType, null, pack, cancellationToken).ConfigureAwait(false)];
    }

    private async Task<Descriptor> WriteAsync(string type, Digest? layer, byte[] bytes, CancellationToken cancellationToken)
    {
        Descriptor blob = IndexArtifact.Describe(type, layer, bytes);
        await target.WriteBlobAsync(blob, null, (offset, _) => Task.FromResult<Stream>(new MemoryStream(bytes, (int)offset, bytes.Length - (int)offset)), cancellationToken).ConfigureAwait(false);
        return blob;
    }
}
