using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Hearth.Containers;
using Hearth.Network;

namespace Hearth.Records.Networks;

/// <summary>A network of containers; the content of its file. Addresses are text, as ip(8) prints them.</summary>
public sealed record NetworkEntry
{
    /// <summary>64 hexadecimal digits.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required DateTimeOffset Created { get; init; }

    /// <summary>The bridge's name on the host.</summary>
    public required string Bridge { get; init; }

    /// <summary>The containers' IPv4 network.</summary>
    public required string Subnet { get; init; }

    /// <summary>The host's IPv4 address in the network.</summary>
    public required string Gateway { get; init; }

    /// <summary>The first address of the containers' IPv6 network of 64 bits.</summary>
    public required string Ipv6Prefix { get; init; }

    /// <summary>Whether the network leads nowhere else.</summary>
    public bool IsInternal { get; init; }

    /// <summary>The part of the IPv4 network from which containers get addresses; null for all of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? IpRange { get; init; }

    /// <summary>IPv4 addresses that no container gets, by name.</summary>
    public IReadOnlyDictionary<string, string> Reserved { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>docker's options of the driver bridge, as they were given.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Labels { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>Whether it is Hearth's own, which always exists.</summary>
    [JsonIgnore]
    public bool IsBuiltIn => Name == NetworkOptions.DefaultNetwork;

    /// <summary>The containers' IPv6 network.</summary>
    [JsonIgnore]
    public string Ipv6Subnet => ToDefinition().Ipv6Network.ToString();

    /// <summary>The host's IPv6 address in the network.</summary>
    [JsonIgnore]
    public string Ipv6Gateway => ToDefinition().Ipv6Gateway.ToString();

    /// <summary>What makes the network on the host.</summary>
    public NetworkDefinition ToDefinition() =>
        new(Bridge, Hearth.Network.Subnet.Parse(Subnet).WithGateway(IPAddress.Parse(Gateway)), IPAddress.Parse(Ipv6Prefix), IsInternal)
        {
            Name = Name,
            Range = IpRange is null ? null : IPNetwork.Parse(IpRange),
            Reserved = [.. Reserved.Values.Select(IPAddress.Parse)],
            Options = BridgeOptions.Parse(Options),
        };

    internal static NetworkEntry Of(string id, string name, DateTimeOffset created, NetworkDefinition definition) => new()
    {
        Id = id,
        Name = name,
        Created = created,
        Bridge = definition.Bridge,
        Subnet = definition.Subnet.ToString(),
        Gateway = definition.Subnet.Gateway.ToString(),
        Ipv6Prefix = definition.Ipv6Prefix.ToString(),
        IsInternal = definition.IsInternal,
        IpRange = definition.Range?.ToString(),
    };

    internal static NetworkEntry? Parse(ReadOnlySpan<byte> json) => JsonSerializer.Deserialize(json, NetworkJson.Default.NetworkEntry);

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, NetworkJson.Default.NetworkEntry);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(NetworkEntry))]
internal sealed partial class NetworkJson : JsonSerializerContext;
