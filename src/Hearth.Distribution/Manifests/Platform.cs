using System.Text.Json.Serialization;

namespace Hearth.Distribution.Manifests;

/// <summary>An operating system and a processor, by Go's names (image-spec, image-index.md).</summary>
public sealed record Platform
{
    public string Os { get; init => field = value ?? ""; } = "";

    public string Architecture { get; init => field = value ?? ""; } = "";

    public string? Variant { get; init; }

    [JsonPropertyName("os.version")]
    public string? OsVersion { get; init; }

    public override string ToString() => string.IsNullOrEmpty(Variant) ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";
}
