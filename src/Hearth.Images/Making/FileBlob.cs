using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;

namespace Hearth.Images.Making;

/// <summary>A source that has one layer, in a file.</summary>
internal sealed class FileBlob(string path) : IImageSource
{
    public string Name => path;

    public Task<Document> ReadNamedAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Document> ReadManifestAsync(Descriptor descriptor, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancellationToken)
    {
        FileStream file = File.OpenRead(path);
        file.Position = offset;
        return Task.FromResult<Stream>(file);
    }

    public Task ReadRangeAsync(Descriptor blob, long offset, Memory<byte> destination, Action<int>? arrived, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, string artifactType, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
