using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Local;

/// <summary>An image in files of this host, one for each blob.</summary>
/// <param name="name">As the user gave it.</param>
/// <param name="pathOf">The file of a blob.</param>
internal abstract class BlobFiles(string name, Func<Digest, string> pathOf) : IImageSource
{
    public string Name => name;

    public bool HasRanges => true;

    public abstract Task<Document> ReadNamedAsync(CancellationToken cancellationToken);

    public Task<Document> ReadManifestAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        byte[] bytes = ReadAll(pathOf(descriptor.Digest), ManifestReading.MostManifestBytes);
        return descriptor.Digest.IsOf(bytes)
            ? Task.FromResult(new Document(descriptor.MediaType, descriptor.Digest, bytes))
            : throw new ImageException(ImageError.DigestMismatch, $"cannot read '{name}': the manifest {descriptor.Digest} is damaged");
    }

    public Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancellationToken) => Task.FromResult(Attempt<Stream>(() =>
    {
        FileStream file = File.OpenRead(pathOf(blob.Digest));
        file.Seek(offset, SeekOrigin.Begin);
        return new BufferedStream(file, 1 << 16);
    }));

    public async Task ReadRangeAsync(Descriptor blob, long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        using Stream stream = await OpenBlobAsync(blob, offset, cancellationToken).ConfigureAwait(false);
        Attempt(() =>
        {
            stream.ReadExactly(destination.Span);
            return 0;
        });
    }

    /// <summary>Files know no manifests that belong to others.</summary>
    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, string artifactType, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Descriptor>>([]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="ImageException">It cannot be read, or is longer than <paramref name="most"/>.</exception>
    protected byte[] ReadAll(string path, int most) => Attempt(() =>
    {
        using FileStream file = File.OpenRead(path);
        if (file.Length > most)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read '{name}': '{path}' has {file.Length} bytes, and at most {most} are supported");
        }

        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    });

    private T Attempt<T>(Func<T> act)
    {
        try
        {
            return act();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(
                exception is FileNotFoundException or DirectoryNotFoundException ? ImageError.Unknown : ImageError.StorageFailed, $"cannot read '{name}': {exception.Message}", exception);
        }
    }
}
