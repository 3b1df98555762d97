using System.Text.Json.Serialization;

namespace Hearth.Distribution.Manifests;

/// <summary>Names a blob or a manifest (image-spec, descriptor.md).</summary>
public sealed record Descriptor
{
    /// <summary>Of what is known by its digest alone; no document has it.</summary>
    public const long UnknownSize = -1;

    public string MediaType { get; init => field = value ?? ""; } = "";

    /// <summary>Text as in the document; <see cref="ManifestReading"/> has checked it.</summary>
    [JsonPropertyName("digest")]
    public string DigestText { get; init => field = value ?? ""; } = "";

    /// <summary>In bytes.</summary>
    public long Size { get; init; }

    /// <summary>Set in an index.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Set in an answer to a referrers request.</summary>
    public string? ArtifactType { get; init; }

    public IReadOnlyDictionary<string, string>? Annotations { get; init; }

    /// <summary>Where a foreign layer is to be fetched.</summary>
    public IReadOnlyList<string>? Urls { get; init; }

    /// <summary>The digest of the bytes.</summary>
    /// <exception cref="ImageException">The text is not a digest.</exception>
    [JsonIgnore]
    public References.Digest Digest => References.Digest.Parse(DigestText);
}
