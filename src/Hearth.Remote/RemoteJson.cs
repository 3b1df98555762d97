using System.Text.Json.Serialization;
using Hearth.Rootfs.Cache;

namespace Hearth.Remote;

/// <summary>The objects of a worker's API that no record is for.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(PolicyBody))]
[JsonSerializable(typeof(ConnectBody))]
[JsonSerializable(typeof(DisconnectBody))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, IReadOnlyList<string>>))]
[JsonSerializable(typeof(PrunedContainers))]
[JsonSerializable(typeof(SizedContainer))]
[JsonSerializable(typeof(CachePrune))]
[JsonSerializable(typeof(CacheBody))]
internal sealed partial class RemoteJson : JsonSerializerContext;

/// <summary>An egress policy.</summary>
internal sealed record PolicyBody(bool DenyEgress, IReadOnlyList<string> Allow, IReadOnlyList<string> Deny);

/// <summary>docker's request to connect a container to a network.</summary>
internal sealed record ConnectBody(
    [property: JsonPropertyName("Container")] string Container,
    [property: JsonPropertyName("EndpointConfig")] EndpointBody Endpoint);

internal sealed record EndpointBody(
    [property: JsonPropertyName("Aliases")] IReadOnlyList<string> Aliases,
    [property: JsonPropertyName("MacAddress")] string? HardwareAddress,
    [property: JsonPropertyName("IPAMConfig")] AddressBody? Address);

internal sealed record AddressBody([property: JsonPropertyName("IPv4Address")] string Ipv4Address);

internal sealed record DisconnectBody([property: JsonPropertyName("Container")] string Container);

/// <summary>docker's answer about removed containers.</summary>
internal sealed record PrunedContainers(
    [property: JsonPropertyName("ContainersDeleted")] IReadOnlyList<string>? Ids,
    [property: JsonPropertyName("SpaceReclaimed")] long Bytes);

/// <summary>The size in docker's details of a container.</summary>
internal sealed record SizedContainer([property: JsonPropertyName("SizeRw")] long Own);

internal sealed record CachePrune(long? KeepBytes, double? UnusedForSeconds);

/// <summary>The cache of prepared disks, perhaps after some were removed.</summary>
internal sealed record CacheBody(IReadOnlyList<CacheEntry>? Entries, IReadOnlyList<CacheEntry>? Removed);
