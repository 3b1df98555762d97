using System.Text.Json;
using System.Text.Json.Serialization;
using Hearth.Containers;
using Hearth.Network;
using Hearth.Network.Cni;
using Hearth.Network.Joined;

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

    /// <summary>The taps of its machine.</summary>
    public IReadOnlyList<NetworkTap> Taps { get; init => field = value ?? []; } = [];

    /// <summary>Its places in networks; empty before they are known.</summary>
    public IReadOnlyList<NetworkPlace> Networks { get; init => field = value ?? []; } = [];

    /// <summary>The ports of the host that lead to it.</summary>
    public IReadOnlyList<PortMapping> Ports { get; init => field = value ?? []; } = [];

    /// <summary>The network namespace whose interfaces its machine has; null for none.</summary>
    public JoinedRecord? Joined { get; init; }

    /// <summary>Its place in a network of CNI; null for none.</summary>
    public CniRecord? Cni { get; init; }

    public required DateTimeOffset Created { get; init; }

    public static RunResources? Parse(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, RunResourcesJson.Default.RunResources);

    /// <summary>Reads the resources of a container whose owner is alive; null if there is none.</summary>
    /// <exception cref="HearthException">The file cannot be read.</exception>
    public static RunResources? TryRead(HearthDirectories directories, string id)
    {
        string path = Path.Combine(directories.Containers, id, RunDirectory.ResourcesFile);
        try
        {
            return Parse(File.ReadAllBytes(path)) is { Owner.IsAlive: true } resources ? resources : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new HearthException(HearthError.StorageFailed, $"cannot read a container's list of resources in '{path}': {exception.Message}", exception);
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, RunResourcesJson.Default.RunResources);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, WriteIndented = true, IgnoreReadOnlyProperties = true, Converters = [typeof(AddressConverter)])]
[JsonSerializable(typeof(RunResources))]
internal sealed partial class RunResourcesJson : JsonSerializerContext;
