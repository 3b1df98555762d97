using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Images.Lazy;
using Hearth.Images.Store;
using Hearth.Layers;
using Hearth.Layers.Index;
using Hearth.Tar;

namespace Hearth.Images.Pulling;

/// <summary>
/// Fetches one layer: it is verified, decompressed and indexed in one pass while it arrives. What an earlier pull left of it is
/// used. If another process fetches it, this one waits for its result.
/// </summary>
internal sealed class LayerPull(ImageStore store, IImageSource source, StoreBudget budget, Action<LayerProgress> progress)
{
    /// <summary>A step that can be seen, without a report for each packet.</summary>
    private const long ReportedBytes = 256 << 10;

    /// <param name="layer">The layer.</param>
    /// <param name="content">The digest that its content must have.</param>
    /// <param name="cancellationToken">Stops; what was fetched stays for the next pull.</param>
    /// <exception cref="ImageException">The layer cannot be fetched or stored, or is not what its digests say.</exception>
    public async Task RunAsync(Descriptor layer, Digest content, CancellationToken cancellationToken)
    {
        // What cannot be a layer is refused before anything is fetched.
        _ = CompressionOf(layer);
        try
        {
            if (IsThere(layer, content))
            {
                progress(new LayerProgress(layer.Digest, LayerState.Present, layer.Size, layer.Size));
                return;
            }

            progress(new LayerProgress(layer.Digest, LayerState.Waiting, 0, layer.Size));
            using BlobDraft blob = await BlobDraft.BeginAsync(store.Paths, layer, cancellationToken).ConfigureAwait(false);
            if (IsThere(layer, content))
            {
                File.Delete(store.Paths.IngestOf(layer.Digest));
                progress(new LayerProgress(layer.Digest, LayerState.Present, layer.Size, layer.Size));
                return;
            }

            await FetchAsync(layer, content, blob, cancellationToken).ConfigureAwait(false);
            LazyFiles.RemoveParts(store.Paths, layer.Digest);
            progress(new LayerProgress(layer.Digest, LayerState.Complete, layer.Size, layer.Size));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or Linux.LinuxException)
        {
            throw store.StorageFailure("store", $"the layer {layer.Digest}", exception);
        }
    }

    private bool IsThere(Descriptor layer, Digest content) => store.HasWhole(layer, content);

    private async Task FetchAsync(Descriptor layer, Digest content, BlobDraft blob, CancellationToken cancellationToken, bool usesParts = true)
    {
        bool isStored = store.HasBlob(layer);
        using PartialLayer? parts = isStored || blob.Length > 0 || !usesParts ? null : PartialLayer.TryOpen(store, source, layer, content, cancellationToken);
        bool isLeft = isStored || blob.Length > 0 || parts is not null;
        if (blob.Length > layer.Size)
        {
            blob.Restart();
        }

        try
        {
            using Stream rest = isStored
                ? store.OpenBlob(layer)
                : parts ?? await source.OpenBlobAsync(layer, blob.Length, cancellationToken).ConfigureAwait(false);
            using LayerDraft draft = new(store.Paths, layer, budget);
            (LayerIndex index, LayerCompression compression) = await ScanAsync(isStored ? rest : blob.Read(rest), layer, content, isStored, draft, cancellationToken).ConfigureAwait(false);
            if (index.Content != content)
            {
                throw new ImageException(
                    ImageError.DigestMismatch, $"cannot use the layer {layer.Digest}: its content has the digest {index.Content}, and the image's configuration says {content}");
            }

            draft.Commit(index);
            if (isStored)
            {
                File.Delete(store.Paths.IngestOf(layer.Digest));
            }
            else
            {
                blob.Commit(compression == LayerCompression.None ? store.Paths.ContentOf(layer.Digest) : null);
            }
        }
        catch (ImageException exception) when (exception.Error == ImageError.LimitExceeded)
        {
            blob.Restart();
            throw;
        }
        catch (ImageException exception) when (exception.Error is ImageError.DigestMismatch or ImageError.Malformed or ImageError.RegistryFault || (exception.Error == ImageError.Unsupported && parts is not null))
        {
            // The bytes are wrong: the next pull begins anew. If an earlier pull left them, the disk damaged them, or another place has them, this one does.
            blob.Restart();
            if (!source.TryAvoid(layer) && !isLeft)
            {
                throw;
            }

            File.Delete(store.Paths.BlobOf(layer.Digest));
            await FetchAsync(layer, content, blob, cancellationToken, usesParts: false).ConfigureAwait(false);
        }
    }

    /// <summary>Runs on a thread of its own, since it decompresses and waits for the network by turns.</summary>
    private Task<(LayerIndex Index, LayerCompression Compression)> ScanAsync(Stream input, Descriptor layer, Digest content, bool isStored, LayerDraft draft, CancellationToken cancellationToken)
    {
        long reported = -ReportedBytes;
        long count = 0;
        TappedStream counted = new(input, bytes =>
        {
            count += bytes.Length;
            if (count - reported >= ReportedBytes)
            {
                reported = count;
                progress(new LayerProgress(layer.Digest, LayerState.Fetching, count, layer.Size));
            }
        });
        return Task.Factory.StartNew(
            () =>
            {
                using LayerBeginning beginning = new(counted);

                // An uncompressed blob takes no room of its own.
                budget.Take(isStored || beginning.Compression == LayerCompression.None ? 0 : layer.Size);
                return (LayerScan.Run(beginning, layer.Digest, content, beginning.Compression, draft.Writer, draft.Windows, new ArchiveWarnings(), cancellationToken), beginning.Compression);
            },
            cancellationToken,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
    }

    /// <exception cref="ImageException">The layer is of a type that is not supported.</exception>
    internal static LayerCompression CompressionOf(Descriptor layer) => layer.MediaType switch
    {
        _ when MediaTypes.IsForeign(layer.MediaType) => throw new ImageException(
            ImageError.Unsupported, $"cannot use the layer {layer.Digest}: it is a foreign layer ({layer.MediaType}), which registries do not store"),
        MediaTypes.OciLayer or MediaTypes.DockerLayer => LayerCompression.None,
        MediaTypes.OciLayerGzip or MediaTypes.DockerLayerGzip => LayerCompression.Gzip,
        MediaTypes.OciLayerZstd or MediaTypes.DockerLayerZstd => LayerCompression.Zstd,
        _ => throw new ImageException(ImageError.Unsupported, $"cannot use the layer {layer.Digest}: its type {layer.MediaType} is not supported; it is no layer of a container image"),
    };
}
