using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Hearth.Images.Traces;
using Hearth.Layers.Index;

namespace Hearth.Images.Indexes;

/// <summary>Finds indexes of an image's layers that somebody has put beside the image.</summary>
/// <param name="source">Has the image.</param>
internal sealed class IndexSearch(IImageSource source)
{
    /// <summary>An index of 1.5% of a layer: of one with some 20 GiB.</summary>
    private const long MostIndexBytes = 300 << 20;

    private const int BlobsAtOnce = 4;

    /// <summary>The image's trace as the registry has it; null if it has none.</summary>
    public byte[]? Trace { get; private set; }

    /// <param name="manifest">The image.</param>
    /// <param name="layers">Those that are wanted, with the digests of their contents.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>Those that were found. What does not fit its layer is left out.</returns>
    /// <exception cref="ImageException">The source cannot be read.</exception>
    public async Task<IReadOnlyDictionary<Digest, LayerIndex>> RunAsync(Descriptor manifest, IReadOnlyDictionary<Digest, Digest> layers, CancellationToken cancellationToken)
    {
        Dictionary<Digest, LayerIndex> found = [];
        IReadOnlyList<Descriptor> artifacts = await source.ListReferrersAsync(manifest.Digest, IndexArtifact.ArtifactType, cancellationToken).ConfigureAwait(false);

        // Registries list what was pushed last at the end.
        foreach (Descriptor artifact in artifacts.Reverse())
        {
            IReadOnlyList<Descriptor> blobs = await TryReadAsync(async () => ManifestReading.ReadManifest(await source.ReadManifestAsync(artifact, cancellationToken).ConfigureAwait(false)).Layers).ConfigureAwait(false) ?? [];
            (Digest Layer, Descriptor Blob)[] wanted =
            [
                .. from blob in blobs
                   let layer = IndexArtifact.LayerOf(blob)
                   where layer is { } digest && layers.ContainsKey(digest) && !found.ContainsKey(digest)
                   select (layer.Value, blob),
            ];
            await Parallel.ForEachAsync(
                wanted.DistinctBy(blob => blob.Layer),
                new ParallelOptions { MaxDegreeOfParallelism = BlobsAtOnce, CancellationToken = cancellationToken },
                async (blob, token) =>
                {
                    if (await TryReadIndexAsync(blob.Blob, token).ConfigureAwait(false) is { HasSpans: true, Form: IndexForm.Own } index && index.Layer == blob.Layer && index.Content == layers[blob.Layer])
                    {
                        lock (found)
                        {
                            found.Add(blob.Layer, index);
                        }
                    }
                }).ConfigureAwait(false);
            if (Trace is null && blobs.FirstOrDefault(blob => blob.MediaType == IndexArtifact.TraceType) is { Size: > 0 and <= TraceDocument.MostBytes } trace)
            {
                Trace = await TryReadAsync(() => source.ReadBlobAsync(trace, cancellationToken)).ConfigureAwait(false);
            }

            if (found.Count == layers.Count && Trace is not null)
            {
                break;
            }
        }

        return found;
    }

    private async Task<LayerIndex?> TryReadIndexAsync(Descriptor blob, CancellationToken cancellationToken) => blob.Size is <= 0 or > MostIndexBytes
        ? null
        : await TryReadAsync(async () => LayerIndexFile.Read(await source.ReadBlobAsync(blob, cancellationToken).ConfigureAwait(false))).ConfigureAwait(false);

    /// <summary>Whether something beside an image is missing, damaged or malformed, and is left out: an image can be copied without it.</summary>
    public static bool IsLeftOut(ImageException exception) => exception.Error is ImageError.Unknown or ImageError.Malformed or ImageError.DigestMismatch or ImageError.RegistryFault;

    /// <returns>Null if it is left out.</returns>
    /// <exception cref="ImageException">The source cannot be read.</exception>
    private static async Task<T?> TryReadAsync<T>(Func<Task<T>> read)
        where T : class
    {
        try
        {
            return await read().ConfigureAwait(false);
        }
        catch (ImageException exception) when (IsLeftOut(exception))
        {
            return null;
        }
    }
}
