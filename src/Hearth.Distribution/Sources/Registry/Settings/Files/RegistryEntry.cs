using System.Text.Json.Serialization;

namespace Hearth.Distribution.Sources.Registry.Settings.Files;

/// <summary>A <c>[[registry]]</c> as written.</summary>
internal sealed record RegistryEntry
{
    [JsonPropertyName("prefix")]
    public string? Prefix { get; set; }

    [JsonPropertyName("location")]
    public string? Location { get; set; }

    [JsonPropertyName("insecure")]
    public bool IsInsecure { get; set; }

    [JsonPropertyName("blocked")]
    public bool IsBlocked { get; set; }

    /// <summary>Mirrors that do not say otherwise are asked for digests only.</summary>
    [JsonPropertyName("mirror-by-digest-only")]
    public bool IsMirroredByDigestOnly { get; set; }

    [JsonPropertyName("mirror")]
    public List<MirrorEntry> Mirrors { get; set; } = [];
}
