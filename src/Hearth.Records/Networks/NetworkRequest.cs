using System.Text.Json.Serialization;
using Hearth.Network;

namespace Hearth.Records.Networks;

/// <summary>What a new network is to be. Addresses are text; the store checks them.</summary>
/// <param name="Name">Its name.</param>
public sealed record NetworkRequest(string Name)
{
    /// <summary>At most one IPv4 network and one of IPv6; without one, a free one is chosen.</summary>
    public IReadOnlyList<string> Subnets { get; init => field = value ?? []; } = [];

    /// <summary>The host's IPv4 address in the network; null for the first.</summary>
    public string? Gateway { get; init; }

    /// <summary>The part of the IPv4 network from which containers get addresses; null for all of it.</summary>
    public string? IpRange { get; init; }

    /// <summary>IPv4 addresses that no container gets, by docker's names for them.</summary>
    public IReadOnlyDictionary<string, string> Reserved { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>docker's options of the driver bridge.</summary>
    public IReadOnlyDictionary<string, string> Options { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();

    /// <summary>Those of <see cref="Options"/> that have no effect.</summary>
    [JsonIgnore]
    public IEnumerable<string> IgnoredOptions => BridgeOptions.FindIgnored(Options);

    /// <summary>Whether the network leads nowhere else.</summary>
    public bool IsInternal { get; init; }

    public IReadOnlyDictionary<string, string> Labels { get; init => field = value ?? new Dictionary<string, string>(); } = new Dictionary<string, string>();
}
