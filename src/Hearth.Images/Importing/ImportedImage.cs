using System.Text.Json;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources;
using Microsoft.Win32.SafeHandles;

namespace Hearth.Images.Importing;

/// <summary>An image of one layer that nobody has yet: a configuration in memory, and the layer in a file.</summary>
internal sealed class ImportedImage : IImageSource
{
    private readonly byte[] configuration;
    private readonly Descriptor layer;
    private readonly SafeFileHandle file;
    private readonly Document manifest;

    /// <param name="name">For messages.</param>
    /// <param name="configuration">JSON.</param>
    /// <param name="layer">Describes the layer.</param>
    /// <param name="file">The layer; the caller keeps its ownership.</param>
    public ImportedImage(string name, byte[] configuration, Descriptor layer, SafeFileHandle file)
    {
        Name = name;
        this.configuration = configuration;
        this.layer = layer;
        this.file = file;
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(
            new ImageManifest
            {
                SchemaVersion = 2,
                MediaType = MediaTypes.OciManifest,
                Config = new Descriptor { MediaType = MediaTypes.OciConfiguration, DigestText = Digest.Of(configuration).ToString(), Size = configuration.Length },
                Layers = [layer],
            },
            ImageJson.Default.ImageManifest);
        manifest = new Document(MediaTypes.OciManifest, Digest.Of(bytes), bytes);
    }

    public string Name { get; }

    public Task<Document> ReadNamedAsync(CancellationToken cancellationToken) => Task.FromResult(manifest);

    public Task<Document> ReadManifestAsync(Descriptor descriptor, CancellationToken cancellationToken) => Task.FromResult(manifest);

    public Task<Stream> OpenBlobAsync(Descriptor blob, long offset, CancellationToken cancellationToken)
    {
        Stream stream = blob.Digest == layer.Digest ? new PartStream(file, 0, layer.Size) : new MemoryStream(configuration, writable: false);
        stream.Seek(offset, SeekOrigin.Begin);
        return Task.FromResult(stream);
    }

    public async Task ReadRangeAsync(Descriptor blob, long offset, Memory<byte> destination, Action<int>? arrived, CancellationToken cancellationToken)
    {
        using Stream stream = await OpenBlobAsync(blob, offset, cancellationToken).ConfigureAwait(false);
        await stream.ReadExactlyAsync(destination, cancellationToken).ConfigureAwait(false);
    }

    public Task<IReadOnlyList<Descriptor>> ListReferrersAsync(Digest subject, string artifactType, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Descriptor>>([]);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
