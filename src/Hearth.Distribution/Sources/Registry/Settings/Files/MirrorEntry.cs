using System.Text.Json.Serialization;

namespace Hearth.Distribution.Sources.Registry.Settings.Files;

/// <summary>A <c>[[registry.mirror]]</c> as written.</summary>
internal sealed record MirrorEntry
{
    [JsonPropertyName("location")]
    public string? Location { get; set; }

    [JsonPropertyName("insecure")]
    public bool IsInsecure { get; set; }

    /// <summary><c>all</c>, <c>digest-only</c> or <c>tag-only</c>.</summary>
    [JsonPropertyName("pull-from-mirror")]
    public string? Pulls { get; set; }
}
