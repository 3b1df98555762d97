using System.Text.Json.Serialization;

namespace Hearth.Distribution.Manifests;

/// <summary>The digests of an image's uncompressed layers.</summary>
public sealed record RootfsConfiguration
{
    public string Type { get; init => field = value ?? ""; } = "layers";

    /// <summary>The lowest layer first.</summary>
    [JsonPropertyName("diff_ids")]
    public IReadOnlyList<string> DiffIds { get; init => field = value ?? []; } = [];
}
