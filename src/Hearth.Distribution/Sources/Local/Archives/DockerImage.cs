using System.Security.Cryptography;
using System.Text.Json;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Sources.Local.Archives;

/// <summary>
/// An image of an archive that <c>docker save</c> writes. It has no manifest in the registry's sense, so one is made: the
/// configuration as it is, and layers by the digests of their files. Layers are uncompressed in most archives; then their
/// digests are those of the configuration.
/// </summary>
internal sealed class DockerImage(string name, ILocalFiles files, DockerArchiveEntry entry) : BlobFiles(name, files)
{
    public const string ManifestFile = "manifest.json";

    private const int MostImages = 1000;

    private readonly Dictionary<Digest, string> paths = [];

    /// <summary>Reads the archive's list of images.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="files">The archive.</param>
    /// <exception cref="ImageException">It cannot be read.</exception>
    public static IReadOnlyList<DockerArchiveEntry> ReadEntries(string name, ILocalFiles files)
    {
        byte[] bytes = LocalReading.ReadAll(name, files, ManifestFile, ManifestReading.MostManifestBytes);
        try
        {
            IReadOnlyList<DockerArchiveEntry> entries = JsonSerializer.Deserialize(bytes, ImageJson.Default.IReadOnlyListDockerArchiveEntry) ?? [];
            bool isSound = entries.Count <= MostImages && entries.All(one =>
                one is { Config.Length: > 0, Layers.Count: <= ManifestReading.MostLayers } && one.Layers.All(layer => layer is { Length: > 0 }) && one.RepoTags?.Contains(null!) != true);
            return isSound
                ? entries
                : throw new ImageException(ImageError.Malformed, $"cannot read '{name}': its {ManifestFile} names an image without a configuration or with a layer without a name, or too many");
        }
        catch (JsonException exception)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read '{name}': its {ManifestFile} is malformed: {exception.Message}", exception);
        }
    }

    /// <summary>The names of an image; what is no name is left out.</summary>
    public static IReadOnlyList<ImageReference> NamesOf(DockerArchiveEntry entry) =>
        [.. (entry.RepoTags ?? []).Select(tag => ImageReference.TryParse(tag, out ImageReference? reference) && reference.Digest is null ? reference.WithDefaultTag() : null).OfType<ImageReference>()];

    public override async Task<Document> ReadNamedAsync(CancellationToken cancellationToken)
    {
        byte[] bytes = ReadAll(entry.Config, ManifestReading.MostConfigurationBytes);
        Digest configuration = Digest.Of(bytes);
        IReadOnlyList<string> contents = ReadContents(bytes);
        if (contents.Count != entry.Layers.Count)
        {
            throw new ImageException(
                ImageError.Malformed, $"cannot read '{Name}': its {ManifestFile} has {entry.Layers.Count} layers, and its configuration {contents.Count} digests of contents");
        }

        paths[configuration] = entry.Config;
        List<Descriptor> layers = [];
        foreach ((string path, string content) in entry.Layers.Zip(contents))
        {
            layers.Add(await DescribeAsync(path, content, cancellationToken).ConfigureAwait(false));
        }

        byte[] manifest = JsonSerializer.SerializeToUtf8Bytes(
            new ImageManifest
            {
                SchemaVersion = 2,
                MediaType = MediaTypes.OciManifest,
                Config = new Descriptor { MediaType = MediaTypes.OciConfiguration, DigestText = configuration.ToString(), Size = bytes.Length },
                Layers = layers,
            },
            ImageJson.Default.ImageManifest);
        return new Document(MediaTypes.OciManifest, Digest.Of(manifest), manifest);
    }

    protected override string PathOf(Digest digest) => paths.TryGetValue(digest, out string? path)
        ? path
        : throw new ImageException(ImageError.Unknown, $"cannot read '{Name}': the archive has no blob {digest}");

    private IReadOnlyList<string> ReadContents(byte[] configuration)
    {
        try
        {
            return JsonSerializer.Deserialize(configuration, ImageJson.Default.ImageConfiguration)?.Rootfs?.DiffIds ?? [];
        }
        catch (JsonException exception)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read '{Name}': its configuration '{entry.Config}' is malformed: {exception.Message}", exception);
        }
    }

    private async Task<Descriptor> DescribeAsync(string path, string content, CancellationToken cancellationToken)
    {
        using Stream layer = LocalReading.Attempt(Name, () => Files.Open(path));
        byte[] head = new byte[4];
        int count = LocalReading.Attempt(Name, () => layer.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        string type = head.AsSpan(0, count) switch
        {
            [0x1f, 0x8b, ..] => MediaTypes.OciLayerGzip,
            [0x28, 0xb5, 0x2f, 0xfd] => MediaTypes.OciLayerZstd,
            _ => MediaTypes.OciLayer,
        };
        Digest digest = type == MediaTypes.OciLayer ? Digest.Parse(content)
            : path.Split('/') is [.., "sha256", { } hex] && Digest.TryParse($"sha256:{hex}", out Digest named) ? named
            : await HashAsync(layer, cancellationToken).ConfigureAwait(false);
        paths[digest] = path;
        return new Descriptor { MediaType = type, DigestText = digest.ToString(), Size = layer.Length };
    }

    private async Task<Digest> HashAsync(Stream layer, CancellationToken cancellationToken)
    {
        try
        {
            layer.Seek(0, SeekOrigin.Begin);
            return Digest.FromSha256(await SHA256.HashDataAsync(layer, cancellationToken).ConfigureAwait(false));
        }
        catch (IOException exception)
        {
            throw LocalReading.Failure(Name, exception);
        }
    }
}
