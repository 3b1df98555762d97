using System.Text.Json;
using Hearth.Distribution;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;

namespace Hearth.Images.Indexes;

/// <summary>
/// The indexes of an image's layers beside the image in a registry: an artifact of the OCI distribution specification whose
/// subject is the image's manifest, with two blobs for each layer, and two for the image's trace.
/// </summary>
internal static class IndexArtifact
{
    public const string ArtifactType = "application/vnd.hearth.index.v1";

    /// <summary>The type of a layer's index; the number is the version of its format.</summary>
    public const string IndexType = "application/vnd.hearth.layer.index.v2";

    /// <summary>The type of the windows of a layer's spans, which the index names by their digest.</summary>
    public const string WindowsType = "application/vnd.hearth.layer.windows.v2";

    /// <summary>The type of the image's trace, which belongs to no layer.</summary>
    public const string TraceType = "application/vnd.hearth.image.trace.v1+json";

    /// <summary>The type of the bytes that the trace names.</summary>
    public const string PackType = "application/vnd.hearth.image.trace.pack.v1";

    /// <summary>The digest of the layer that a blob describes.</summary>
    public const string LayerAnnotation = "org.hearth.layer";

    /// <summary>The configuration of an artifact that has none (image-spec, manifest.md).</summary>
    public static ReadOnlyMemory<byte> EmptyConfiguration { get; } = "{}"u8.ToArray();

    public static Descriptor Configuration { get; } = new() { MediaType = MediaTypes.OciEmpty, DigestText = Digest.Of(EmptyConfiguration.Span).ToString(), Size = EmptyConfiguration.Length };

    /// <summary>Composes the manifest. The same indexes give the same bytes.</summary>
    public static Document Compose(Descriptor subject, IReadOnlyList<Descriptor> blobs)
    {
        byte[] bytes = JsonSerializer.SerializeToUtf8Bytes(
            new ImageManifest
            {
                SchemaVersion = 2,
                MediaType = MediaTypes.OciManifest,
                ArtifactType = ArtifactType,
                Config = Configuration,
                Layers = blobs,
                Subject = new Descriptor { MediaType = subject.MediaType, DigestText = subject.DigestText, Size = subject.Size },
            },
            ImageJson.Default.ImageManifest);
        return new Document(MediaTypes.OciManifest, Digest.Of(bytes), bytes);
    }

    /// <param name="type">Of the blob.</param>
    /// <param name="layer">The layer that it describes; null for none.</param>
    /// <param name="bytes">The blob.</param>
    public static Descriptor Describe(string type, Digest? layer, ReadOnlySpan<byte> bytes) => new()
    {
        MediaType = type,
        DigestText = Digest.Of(bytes).ToString(),
        Size = bytes.Length,
        Annotations = layer is null ? null : new Dictionary<string, string> { [LayerAnnotation] = $"{layer}" },
    };

    /// <summary>The layer whose index a blob is; null if it is none.</summary>
    public static Digest? LayerOf(Descriptor blob) =>
        blob.MediaType == IndexType && blob.Annotations is { } annotations && annotations.TryGetValue(LayerAnnotation, out string? text) ? TryParse(text) : null;

    private static Digest? TryParse(string text)
    {
        try
        {
            return Digest.Parse(text);
        }
        catch (ImageException)
        {
            return null;
        }
    }
}
