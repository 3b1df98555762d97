using System.Text.Json.Serialization;

namespace Hearth.Distribution.Manifests;

/// <summary>What an image says about its containers and its layers (image-spec, config.md; docker's additions).</summary>
public sealed record ImageConfiguration
{
    public DateTimeOffset? Created { get; init; }

    public string? Author { get; init; }

    public string Architecture { get; init => field = value ?? ""; } = "";

    public string? Variant { get; init; }

    public string Os { get; init => field = value ?? ""; } = "";

    [JsonPropertyName("os.version")]
    public string? OsVersion { get; init; }

    public ProcessConfiguration? Config { get; init; }

    public RootfsConfiguration? Rootfs { get; init; }

    public IReadOnlyList<HistoryEntry>? History { get; init; }
}
