using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Hearth.Distribution.References;

namespace Hearth.Distribution.Manifests;

/// <summary>
/// Reads manifests, indexes and configurations from bytes that nobody has checked. What it returns has valid digests and
/// sizes, and stays within the limits below. Unknown fields are ignored, as the specification demands.
/// </summary>
public static class ManifestReading
{
    /// <summary>The distribution specification names this size as the least that a registry must accept.</summary>
    public const int MostManifestBytes = 4 << 20;

    /// <summary>A configuration repeats its history and labels; real ones have some kilobytes.</summary>
    public const int MostConfigurationBytes = 8 << 20;

    /// <summary>overlayfs takes 500 lower directories, docker 127 layers.</summary>
    public const int MostLayers = 500;

    /// <summary>The most manifests of an index.</summary>
    public const int MostManifests = 10_000;

    /// <summary>Larger than any disk; smaller ones cannot overflow sums.</summary>
    private const long MostBlobBytes = 1L << 45;

    /// <summary>The media type that a manifest or index names itself. One without a name is an OCI manifest.</summary>
    /// <param name="bytes">JSON.</param>
    /// <param name="name">What it is of, for messages.</param>
    /// <exception cref="ImageException">The bytes are no JSON object.</exception>
    public static string TypeOf(ReadOnlyMemory<byte> bytes, string name)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(bytes);
            return json.RootElement.TryGetProperty("mediaType", out JsonElement type) && type.GetString() is { Length: > 0 } text ? text : MediaTypes.OciManifest;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read '{name}': it is no manifest: {exception.Message}", exception);
        }
    }

    /// <exception cref="ImageException">The document is not an index, or exceeds a limit.</exception>
    public static ImageIndex ReadIndex(Document document)
    {
        ImageIndex index = Parse(document.Bytes, ImageJson.Default.ImageIndex, MostManifestBytes, $"the index {document.Digest}");
        RefuseAmbiguous(document, "layers");
        RefuseWrongType(document, index.MediaType, index.SchemaVersion);
        Limit(document, index.Manifests.Count, MostManifests, "manifests");
        foreach (Descriptor manifest in index.Manifests)
        {
            Check(document, manifest, MostManifestBytes);
        }

        return index;
    }

    /// <exception cref="ImageException">The document is not a manifest, or exceeds a limit.</exception>
    public static ImageManifest ReadManifest(Document document)
    {
        ImageManifest manifest = Parse(document.Bytes, ImageJson.Default.ImageManifest, MostManifestBytes, $"the manifest {document.Digest}");
        RefuseAmbiguous(document, "manifests");
        RefuseWrongType(document, manifest.MediaType, manifest.SchemaVersion);
        if (manifest.Config is null)
        {
            throw Malformed(document, "it names no configuration");
        }

        Limit(document, manifest.Layers.Count, MostLayers, "layers");
        Check(document, manifest.Config, MostBlobBytes);
        foreach (Descriptor layer in manifest.Layers)
        {
            Check(document, layer, MostBlobBytes);
        }

        if (manifest.Subject is not null)
        {
            Check(document, manifest.Subject, MostManifestBytes);
        }

        return manifest;
    }

    /// <summary>Reads the configuration of an image that can run, one whose layers have digests of their contents.</summary>
    /// <param name="bytes">JSON.</param>
    /// <param name="manifest">Its manifest.</param>
    /// <param name="name">The image, for messages.</param>
    /// <exception cref="ImageException">The document is not a configuration of these layers.</exception>
    public static ImageConfiguration ReadConfiguration(ReadOnlyMemory<byte> bytes, ImageManifest manifest, string name)
    {
        ImageConfiguration configuration = Parse(bytes, ImageJson.Default.ImageConfiguration, MostConfigurationBytes, $"the configuration of '{name}'");
        if (ConfigurationCheck.FindFault(configuration) is { } fault)
        {
            throw new ImageException(ImageError.Malformed, $"cannot use the image '{name}': in its configuration {fault}");
        }

        int contents = configuration.Rootfs?.DiffIds.Count ?? 0;
        if (contents != manifest.Layers.Count)
        {
            throw new ImageException(
                ImageError.Malformed, $"cannot use the image '{name}': its manifest has {manifest.Layers.Count} layers, and its configuration {contents} digests of contents");
        }

        return configuration.Rootfs?.DiffIds.FirstOrDefault(id => !Digest.TryParse(id, out _)) is { } wrong
            ? throw new ImageException(ImageError.Malformed, $"cannot use the image '{name}': its configuration names a layer's content '{wrong}', which is no digest")
            : configuration;
    }

    private static T Parse<T>(ReadOnlyMemory<byte> bytes, JsonTypeInfo<T> type, int most, string what)
        where T : class
    {
        if (bytes.Length > most)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read {what}: it has {bytes.Length} bytes, and at most {most} are supported");
        }

        try
        {
            return JsonSerializer.Deserialize(bytes.Span, type) ?? throw new ImageException(ImageError.Malformed, $"cannot read {what}: it is null");
        }
        catch (JsonException exception)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read {what}: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Refuses a document that can be read as a manifest and as an index: two readers would see two images under one digest
    /// (CVE-2021-41190).
    /// </summary>
    private static void RefuseAmbiguous(Document document, string member)
    {
        using JsonDocument json = JsonDocument.Parse(document.Bytes);
        if (json.RootElement.TryGetProperty(member, out _))
        {
            throw Malformed(document, $"it is {document.MediaType}, but has '{member}'");
        }
    }

    private static void RefuseWrongType(Document document, string? mediaType, int version)
    {
        if (version != 2)
        {
            throw Malformed(document, $"its schema version is {version}, and only 2 is supported");
        }

        if (!string.IsNullOrEmpty(mediaType) && mediaType != document.MediaType)
        {
            throw Malformed(document, $"its source calls it {document.MediaType}, and it calls itself {mediaType}");
        }
    }

    private static void Limit(Document document, int count, int most, string what)
    {
        if (count > most)
        {
            throw Malformed(document, $"it has {count} {what}, and at most {most} are supported");
        }
    }

    private static void Check(Document document, Descriptor? descriptor, long most)
    {
        if (descriptor is null)
        {
            throw Malformed(document, "a descriptor is null");
        }

        if (!Digest.TryParse(descriptor.DigestText, out _))
        {
            throw Malformed(document, $"'{descriptor.DigestText}' is not a digest");
        }

        if (descriptor.Size < 0 || descriptor.Size > most)
        {
            throw Malformed(document, $"it gives {descriptor.DigestText} a size of {descriptor.Size} bytes; between 0 and {most} are supported");
        }
    }

    private static ImageException Malformed(Document document, string cause) =>
        new(ImageError.Malformed, $"cannot read the {(MediaTypes.IsIndex(document.MediaType) ? "index" : "manifest")} {document.Digest}: {cause}");
}
