using System.Text.Json.Serialization;
using Hearth.Records.Networks;

namespace Hearth.Rendering;

/// <summary>A network as <c>network inspect</c> shows it, with docker's names.</summary>
public sealed record NetworkDetails(
    string Name,
    string Id,
    DateTimeOffset Created,
    string Scope,
    string Driver,
    [property: JsonPropertyName("EnableIPv6")] bool EnablesIpv6,
    [property: JsonPropertyName("IPAM")] NetworkAddresses Addresses,
    bool Internal,
    IReadOnlyDictionary<string, NetworkMemberView> Containers,
    IReadOnlyDictionary<string, string> Options,
    IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>docker's word for what is not of a cluster.</summary>
    public const string HostScope = "local";

    private const string BridgeName = "com.docker.network.bridge.name";

    public static NetworkDetails Of(NetworkEntry entry, IReadOnlyList<NetworkMember> members) => new(
        entry.Name,
        entry.Id,
        entry.Created,
        HostScope,
        NetworkStore.Driver,
        EnablesIpv6: true,
        new NetworkAddresses("default", [new NetworkRange(entry.Subnet, entry.Gateway) { Part = entry.IpRange, Auxiliary = entry.Reserved.Count > 0 ? entry.Reserved : null }, new NetworkRange(entry.Ipv6Subnet, entry.Ipv6Gateway)]),
        entry.IsInternal,
        members.ToDictionary(member => member.Id, NetworkMemberView.Of),
        new Dictionary<string, string>(entry.Options) { [BridgeName] = entry.Bridge },
        entry.Labels);
}

/// <summary>docker's <c>IPAM</c>.</summary>
public sealed record NetworkAddresses(string Driver, IReadOnlyList<NetworkRange> Config);

/// <summary>A subnet and the host's address in it.</summary>
public sealed record NetworkRange(string Subnet, string Gateway)
{
    /// <summary>The part from which containers get addresses; null for all of it.</summary>
    [JsonPropertyName("IPRange")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Part { get; init; }

    /// <summary>Addresses that no container gets, by name; null for none.</summary>
    [JsonPropertyName("AuxiliaryAddresses")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, string>? Auxiliary { get; init; }
}

/// <summary>A running container of a network.</summary>
public sealed record NetworkMemberView(
    string Name,
    string MacAddress,
    [property: JsonPropertyName("IPv4Address")] string Ipv4,
    [property: JsonPropertyName("IPv6Address")] string Ipv6)
{
    public static NetworkMemberView Of(NetworkMember member) => new(
        member.Name,
        member.Place.HardwareAddress,
        $"{member.Place.Ipv4}/{member.Place.Ipv4PrefixLength}",
        member.Place.Ipv6.Length == 0 ? "" : $"{member.Place.Ipv6}/{member.Place.Ipv6PrefixLength}");
}
