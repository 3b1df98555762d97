using System.Text.Json;
using System.Text.Json.Serialization;
using Hearth.Containers;

namespace Hearth.Records.Recovery;

/// <summary>
/// What stands in a running container's <c>resources.json</c>: enough for another process to tell whether the container's owner lives,
/// and what to give back if not. Everything is written before it is taken.
/// </summary>
public sealed record RunResources
{
    public required string Id { get; init; }

    /// <summary>The process that holds the container; nothing of the container outlives it for long.</summary>
    public required ProcessIdentity Owner { get; init; }

    /// <summary>The VMM; null before it started.</summary>
    public ProcessIdentity? Machine { get; init; }

    /// <summary>Files and directories outside the container's own directory, to be deleted with it.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The directories of its control group: whatever is in them goes with it.</summary>
    public IReadOnlyList<string> ControlGroups { get; init => field = value ?? []; } = [];

    public required DateTimeOffset Created { get; init; }

    public static RunResources? Parse(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, RunResourcesJson.Default.RunResources);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, RunResourcesJson.Default.RunResources);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(RunResources))]
internal sealed partial class RunResourcesJson : JsonSerializerContext;
