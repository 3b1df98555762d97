using System.Text.Json;
using System.Text.Json.Serialization;

namespace Hearth.Runtime.State;

/// <summary>
/// What stands in a container's <c>state.json</c>: enough for another process to tell whether the container's owner lives,
/// and what to give back if not. Everything is written before it is taken.
/// </summary>
public sealed record ContainerState
{
    public required string Id { get; init; }

    public required ContainerStatus Status { get; init; }

    /// <summary>The process that holds the container; nothing of the container outlives it for long.</summary>
    public required ProcessIdentity Owner { get; init; }

    /// <summary>The VMM; null before it started.</summary>
    public ProcessIdentity? Machine { get; init; }

    /// <summary>Files and directories outside the container's own directory, to be deleted with it.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    /// <summary>The root directory that the container was made of.</summary>
    public required string Root { get; init; }

    public required DateTimeOffset Created { get; init; }

    public static ContainerState? Parse(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, StateJson.Default.ContainerState);

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, StateJson.Default.ContainerState);
}

/// <summary>Where a container stands in its life.</summary>
public enum ContainerStatus
{
    Creating,
    Running,
    Stopping,
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true, IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(ContainerState))]
internal sealed partial class StateJson : JsonSerializerContext;
