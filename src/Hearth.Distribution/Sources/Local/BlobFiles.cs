using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Local;

/// <summary>An image in files of this host, one for each blob.</summary>
/// <param name="name">As the user gave it.</param>
/// <param name="files">Has the blobs; it is closed with the image.</param>
internal abstract class BlobFiles(string name, ILocalFiles files) : IImageSource
{
    public string Name => name;

    protected ILocalFiles Files => files;

    public abstract Task<Document> ReadNamedAsync(CancellationToken cancellationToken);

    public Task<Document> ReadManifestAsync(Descriptor descriptor, CancellationToken cancellationToken)
    {
        byte[] bytes = ReadAll(PathOf(descriptor.Digest), ManifestReading.MostManifestBytes);
        return descriptor.Digest.IsOf(bytes)
            ? Task.FromResult(new Document(descriptor.MediaType, descriptor.Digest, bytes))
            : throw new ImageException(ImageError.DigestMismatch, $"cannot read '{name}': the manifest {descriptor.Digest} is damaged");
    }

    public Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancellationToken) => Task.FromResult(LocalReading.Attempt<Stream>(name, () =>
    {
        Stream file = files.Open(PathOf(blob.Digest));
        file.Seek(offset, SeekOrigin.Begin);
        return new LocalStream(name, new BufferedStream(file, 1 << 16));
    }));

    public async Task ReadRangeAsync(Descriptor blob, long offset, Memory<byte> destination, Action<int>? arrived, CancellationToken cancellationToken)
    {
        using Stream stream = await OpenBlobAsync(blob, offset, cancellationToken).ConfigureAwait(false);
        LocalReading.Attempt(name, () =>
        {
            stream.ReadExactly(destination.Span);
            return 0;
        });
    }

    /// <summary>Files know no manifests that belong to others.</summary>
    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, string artifactType, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Descriptor>>([]);

    public ValueTask DisposeAsync()
    {
        files.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The file of a blob.</summary>
    /// <exception cref="ImageException">There is no such blob.</exception>
    protected abstract string PathOf(Digest digest);

    /// <summary>Reads a whole file.</summary>
    /// <exception cref="ImageException">It cannot be read, or is longer than <paramref name="most"/>.</exception>
    protected byte[] ReadAll(string path, int most) => LocalReading.ReadAll(name, files, path, most);
}
