using System.Text.Json;
using Hearth.Distribution.Manifests;
using Hearth.Distribution.References;
using Hearth.Distribution.Sources.Registry.Transport;

namespace Hearth.Distribution.Sources.Registry;

/// <summary>Turns the answer to a manifest request into a verified document.</summary>
internal static class ManifestAnswer
{
    private const string DigestHeader = "Docker-Content-Digest";

    /// <param name="bytes">The body.</param>
    /// <param name="answer">Its headers.</param>
    /// <param name="target">The tag or digest that was asked for.</param>
    /// <param name="host">Who answers.</param>
    /// <exception cref="RequestException">The bytes have another digest, or are no manifest that Hearth reads.</exception>
    public static Document Read(byte[] bytes, HttpResponseMessage answer, string target, string host)
    {
        Digest? wanted = Digest.TryParse(target, out Digest asked) ? asked : null;
        Digest? said = answer.Headers.NonValidated.TryGetValues(DigestHeader, out var values) && Digest.TryParse(values.ToString(), out Digest header) ? header : null;
        foreach (Digest digest in new[] { wanted, said }.OfType<Digest>().Where(digest => !digest.IsOf(bytes)))
        {
            throw new RequestException(ImageError.DigestMismatch, $"{host} sends a manifest that has not the digest {digest}; it, or something on the way, changed the bytes");
        }

        string type = TypeOf(bytes, answer);
        return type is MediaTypes.DockerVersion1 or MediaTypes.DockerVersion1Signed
            ? throw new RequestException(ImageError.Unsupported, $"{host} has it only in docker's obsolete format (schema 1); push it again with a newer client")
            : MediaTypes.IsIndex(type) || MediaTypes.IsManifest(type) ? new Document(type, wanted ?? said ?? Digest.Of(bytes), bytes)
            : throw new RequestException(ImageError.Malformed, $"{host} sends '{Shown(type)}', which is no manifest");
    }

    /// <summary>Some registries say only that it is JSON; the document then says what it is.</summary>
    private static string TypeOf(byte[] bytes, HttpResponseMessage answer)
    {
        string said = answer.Content.Headers.ContentType?.MediaType ?? "";
        if (said is not ("" or "application/json" or "text/plain" or "application/octet-stream"))
        {
            return said;
        }

        try
        {
            using JsonDocument json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32 });
            return json.RootElement.TryGetProperty("mediaType", out JsonElement type) && type.GetString() is { Length: > 0 } text ? text
                : json.RootElement.TryGetProperty("manifests", out _) ? MediaTypes.OciIndex
                : MediaTypes.OciManifest;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return said.Length == 0 ? "something without a type" : said;
        }
    }

    private static string Shown(string type) => type.Length > 100 ? type[..100] : type;
}
