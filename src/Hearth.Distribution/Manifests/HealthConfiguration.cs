using System.Text.Json.Serialization;

namespace Hearth.Distribution.Manifests;

/// <summary>How docker checks a container's health. Times are in nanoseconds; 0 means docker's default.</summary>
public sealed record HealthConfiguration
{
    /// <summary><c>NONE</c>, or <c>CMD</c> and words, or <c>CMD-SHELL</c> and a line.</summary>
    [JsonPropertyName("Test")]
    public IReadOnlyList<string>? Test { get; init; }

    [JsonPropertyName("Interval")]
    public long Interval { get; init; }

    [JsonPropertyName("Timeout")]
    public long Timeout { get; init; }

    [JsonPropertyName("StartPeriod")]
    public long StartPeriod { get; init; }

    [JsonPropertyName("StartInterval")]
    public long StartInterval { get; init; }

    [JsonPropertyName("Retries")]
    public int Retries { get; init; }
}
