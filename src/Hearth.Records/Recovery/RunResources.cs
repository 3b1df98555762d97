using System.Text.Json;
using System.Text.Json.Serialization;
using Hearth.Containers;

namespace Hearth.Records.Recovery;

/// <summary>
/// The content of a running container's <c>resources.json</c>. Another process reads it to decide whether the container's
/// owner lives and, if not, what to release. Every resource is recorded before it is taken.
/// </summary>
public sealed record RunResources
{
    public required string Id { get; init; }

    /// <summary>The process that owns the container; nothing of the container outlives it for long.</summary>
    public required ProcessIdentity Owner { get; init; }

    /// <summary>The VMM; null before it starts.</summary>
    public ProcessIdentity? Machine { get; init; }

    /// <summary>Files and directories outside the container's own directory that are deleted with it.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The directories of its control group. All processes in them are ended with it.</summary>
    public IReadOnlyList<string> ControlGroups { get; init => field = value ?? []; } = [];

    public required DateTimeOffset Created { get; init; }

    public static RunResources? Parse(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, RunResourcesJson.Default.RunResources);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, RunResourcesJson.Default.RunResources);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(RunResources))]
internal sealed partial class RunResourcesJson : JsonSerializerContext;
