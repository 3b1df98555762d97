using System.Text.Json.Serialization;

namespace Hearth.Worker.Api;

/// <summary>The objects of <see cref="HearthApi"/>.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(StartAnswer))]
[JsonSerializable(typeof(IReadOnlyList<StartAnswer>))]
[JsonSerializable(typeof(PolicyBody))]
[JsonSerializable(typeof(ExplainAnswer))]
[JsonSerializable(typeof(DrainRequest))]
[JsonSerializable(typeof(DrainAnswer))]
[JsonSerializable(typeof(CapacityAnswer))]
[JsonSerializable(typeof(CacheAnswer))]
[JsonSerializable(typeof(CachePruneRequest))]
[JsonSerializable(typeof(HealthAnswer))]
[JsonSerializable(typeof(SessionAnswer))]
internal sealed partial class HearthJson : JsonSerializerContext;

/// <summary>An error (RFC 9457).</summary>
internal sealed record Problem(string Title, int Status, string Detail)
{
    public string Type { get; init; } = "about:blank";
}
