using System.Text.Json.Serialization;

namespace Hearth.Distribution.Sources.Local.Stores;

/// <summary>An element of images.json (containers/storage, images.go).</summary>
internal sealed record PodmanImageRecord
{
    [JsonPropertyName("id")]
    public string? Id { get; init; }

    [JsonPropertyName("names")]
    public IReadOnlyList<string?>? Names { get; init; }

    /// <summary>The highest layer.</summary>
    [JsonPropertyName("layer")]
    public string? Layer { get; init; }
}
