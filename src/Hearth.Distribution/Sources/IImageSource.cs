using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources;

/// <summary>Where an image is read from: a registry's repository, or a directory or archive of images. Thread-safe.</summary>
public interface IImageSource : IAsyncDisposable
{
    /// <summary>The name shown to users.</summary>
    string Name { get; }

    /// <summary>Reads the manifest or index that the source's reference names.</summary>
    /// <exception cref="ImageException">There is none, or the source cannot be read.</exception>
    Task<Document> ReadNamedAsync(CancellationToken cancellationToken);

    /// <summary>Reads a manifest or index by its digest, and verifies it.</summary>
    /// <exception cref="ImageException">There is none, the source cannot be read, or the bytes differ.</exception>
    Task<Document> ReadManifestAsync(Descriptor descriptor, CancellationToken cancellationToken);

    /// <summary>
    /// Opens a blob's bytes, from an offset to its end. A connection that breaks is resumed. The bytes are not verified, but
    /// never more than the descriptor's size.
    /// </summary>
    /// <exception cref="ImageException">The source cannot be read; also from reads of the stream.</exception>
    Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancellationToken);

    /// <summary>Reads a whole blob into memory, and verifies it.</summary>
    /// <param name="blob">Of a size that the caller has limited.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ImageException">The source cannot be read, or no place has the right bytes.</exception>
    async Task<byte[]> ReadBlobAsync(Descriptor blob, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[blob.Size];
        do
        {
            using Stream stream = await OpenBlobAsync(blob, 0, cancellationToken).ConfigureAwait(false);
            int count = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
            if (count == bytes.Length && blob.Digest.IsOf(bytes))
            {
                return bytes;
            }
        }
        while (TryAvoid(blob));
        throw new ImageException(ImageError.DigestMismatch, $"cannot use the blob {blob.Digest} of '{Name}': the bytes that were read have another digest");
    }

    /// <summary>Reads a part of a blob into the whole destination. The bytes are not verified.</summary>
    /// <exception cref="ImageException">The source cannot be read, or has no ranges.</exception>
    Task ReadRangeAsync(Descriptor blob, long offset, Memory<byte> destination, CancellationToken cancellationToken) =>
        ReadRangeAsync(blob, offset, destination, arrived: null, cancellationToken);

    /// <summary>The same, and reports meanwhile how much has arrived.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="offset">Where the part begins.</param>
    /// <param name="destination">Until the end, the source may write again what has arrived: use copies.</param>
    /// <param name="arrived">Receives how many bytes at the beginning are there, from any thread; after a failed attempt from 0 again. A source without delays need not call it.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="ImageException">The source cannot be read, or has no ranges.</exception>
    Task ReadRangeAsync(Descriptor blob, long offset, Memory<byte> destination, Action<int>? arrived, CancellationToken cancellationToken);

    /// <summary>Says that bytes of a blob were wrong. The place that gave them is not asked any more, if there is another one.</summary>
    /// <returns>Whether there is another place, which may have the right ones.</returns>
    bool TryAvoid(Descriptor blob) => false;

    /// <summary>Lists the manifests whose subject is the given one, such as indexes of its layers.</summary>
    /// <exception cref="ImageException">The source cannot be read.</exception>
    Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, string artifactType, CancellationToken cancellationToken);
}
