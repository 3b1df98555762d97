using System.Text.Json.Serialization;

namespace Hearth.Distribution.Manifests;

/// <summary>An image of an archive that <c>docker save</c> writes: an element of its manifest.json (docker's image specification 1.2).</summary>
public sealed record DockerArchiveEntry
{
    /// <summary>The file with the configuration.</summary>
    [JsonPropertyName("Config")]
    public string Config { get; init => field = value ?? ""; } = "";

    /// <summary>Null or empty for an image without a name.</summary>
    [JsonPropertyName("RepoTags")]
    public IReadOnlyList<string>? RepoTags { get; init; }

    /// <summary>The files with the layers, the lowest layer first.</summary>
    [JsonPropertyName("Layers")]
    public IReadOnlyList<string> Layers { get; init => field = value ?? []; } = [];
}
