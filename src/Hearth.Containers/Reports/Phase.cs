using System.Text.Json.Serialization;

namespace Hearth.Containers.Reports;

/// <summary>A stretch of a container's life, in milliseconds since its run began.</summary>
public sealed record Phase(string Name, double StartMs, double DurationMs)
{
    [JsonIgnore]
    public double EndMs => StartMs + DurationMs;
}
