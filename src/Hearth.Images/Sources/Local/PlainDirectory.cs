using System.Text.Json;
using Hearth.Images.Manifests;
using Hearth.Images.References;

namespace Hearth.Images.Sources.Local;

/// <summary>An image as skopeo's <c>dir:PATH</c>: manifest.json, and a file for each blob, named by its hexadecimal digits.</summary>
internal sealed class PlainDirectory(string directory) : BlobFiles($"dir:{directory}", digest => Path.Combine(directory, digest.Hex))
{
    public override Task<Document> ReadNamedAsync(CancellationToken cancellationToken)
    {
        byte[] bytes = ReadAll(Path.Combine(directory, "manifest.json"), ManifestReading.MostManifestBytes);
        return Task.FromResult(new Document(MediaTypeOf(bytes), Digest.Of(bytes), bytes));
    }

    /// <summary>skopeo writes no types beside the files; a manifest of OCI's may have none in itself.</summary>
    private string MediaTypeOf(byte[] manifest)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(manifest);
            return json.RootElement.TryGetProperty("mediaType", out JsonElement type) && type.GetString() is { Length: > 0 } text ? text : MediaTypes.OciManifest;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new ImageException(ImageError.Malformed, $"cannot read '{Name}': its manifest.json is no manifest: {exception.Message}", exception);
        }
    }
}
