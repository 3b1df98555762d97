using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources;

/// <summary>
/// Where an image is written to. Blobs come first, then the manifests that name them, the one with the target's name last.
/// Thread-safe.
/// </summary>
public interface IImageTarget : IAsyncDisposable
{
    /// <summary>The name shown to users.</summary>
    string Name { get; }

    /// <summary>Writes a blob, if the target does not have it yet.</summary>
    /// <param name="blob">Its digest and size, which the target verifies.</param>
    /// <param name="origin">An image whose repository probably has the blob, if it is in the same registry; null for none.</param>
    /// <param name="open">Opens the blob's bytes at an offset. It is called again after a failure.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ImageException">The target cannot be written, or the bytes have another digest.</exception>
    Task<BlobWriting> WriteBlobAsync(Descriptor blob, ImageReference? origin, Func<long, CancellationToken, Task<Stream>> open, CancellationToken cancellationToken);

    /// <summary>Writes a manifest or index under its digest, and lists it as a referrer if it has a subject.</summary>
    /// <exception cref="ImageException">The target cannot be written.</exception>
    Task WriteManifestAsync(Document manifest, CancellationToken cancellationToken);

    /// <summary>Writes a manifest or index under the target's own name.</summary>
    /// <exception cref="ImageException">The target cannot be written.</exception>
    Task WriteNamedAsync(Document manifest, CancellationToken cancellationToken);
}
