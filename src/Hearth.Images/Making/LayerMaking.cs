using System.IO.Compression;
using System.Security.Cryptography;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Images.Pulling;
using Hearth.Images.Store;
using Hearth.Tar;

namespace Hearth.Images.Making;

/// <summary>
/// Stores a tar archive as a layer. It is compressed to a file beside its place first, since a layer's name is its digest; from there
/// it is stored and indexed as a pulled layer is. The same archive becomes the same layer.
/// </summary>
/// <param name="store">Receives it.</param>
/// <param name="image">The image that it is made for, for messages.</param>
internal sealed class LayerMaking(ImageStore store, string image)
{
    private static readonly Digest emptyArchive = Digest.Of(new byte[TarWriter.EndBytes]);

    /// <param name="write">Writes the archive.</param>
    /// <param name="mediaType">A type of layers compressed by gzip.</param>
    /// <param name="cancellationToken">Stops; nothing is left.</param>
    /// <returns>Null if the archive has no entries.</returns>
    /// <exception cref="Distribution.ImageException">The store cannot be written, or the archive is none.</exception>
    public async Task<MadeLayer?> RunAsync(Func<Stream, Task> write, string mediaType, CancellationToken cancellationToken)
    {
        string path = Path.Combine(store.Paths.Ingest, $"making-{Guid.NewGuid():n}");
        try
        {
            MadeLayer layer = await CompressAsync(path, write, mediaType, cancellationToken).ConfigureAwait(false);
            if (layer.Content == emptyArchive)
            {
                return null;
            }

            await using FileBlob source = new(path);
            StoreBudget budget = StoreBudget.Reserve(store, image, layer.Blob.Size);
            await new LayerPull(store, source, budget, _ => { }).RunAsync(layer.Blob, layer.Content, cancellationToken).ConfigureAwait(false);
            return layer;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw store.StorageFailure("store", "a new layer", exception);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static async Task<MadeLayer> CompressAsync(string path, Func<Stream, Task> write, string mediaType, CancellationToken cancellationToken)
    {
        using SHA256 blobHash = SHA256.Create();
        using SHA256 contentHash = SHA256.Create();
        FileStream file = new(path, FileMode.CreateNew, FileAccess.Write);
        await using (file.ConfigureAwait(false))
        {
            using (CryptoStream blob = new(file, blobHash, CryptoStreamMode.Write, leaveOpen: true))
            using (GZipStream gzip = new(blob, CompressionLevel.Optimal, leaveOpen: true))
            using (CryptoStream content = new(gzip, contentHash, CryptoStreamMode.Write, leaveOpen: true))
            {
                await write(content).ConfigureAwait(false);
            }

            cancellationToken.ThrowIfCancellationRequested();
            Descriptor descriptor = new() { MediaType = mediaType, DigestText = Digest.FromSha256(blobHash.Hash).ToString(), Size = file.Length };
            return new MadeLayer(descriptor, Digest.FromSha256(contentHash.Hash));
        }
    }
}
