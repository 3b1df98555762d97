using System.Text.Json.Serialization;

namespace Hearth.Distribution.Sources.Local.Stores;

/// <summary>An element of layers.json (containers/storage, layers.go).</summary>
internal sealed record PodmanLayerRecord
{
    [JsonPropertyName("id")]
    public string? Id { get; init; }

    /// <summary>Null or empty for the lowest layer.</summary>
    [JsonPropertyName("parent")]
    public string? Parent { get; init; }
}
