using System.Text.Json.Serialization;

namespace Hearth.Containers;

/// <summary>A container's network, and where it may connect to. Addresses and entries are text, checked when the container starts.</summary>
public sealed record NetworkOptions
{
    /// <summary>Hearth's own network, which containers get that name no other.</summary>
    public const string DefaultNetwork = "nat";

    public NetworkMode Mode { get; init; }

    /// <summary>The networks of <see cref="NetworkMode.Nat"/>, in the order of the interfaces; empty for <see cref="DefaultNetwork"/>.</summary>
    public IReadOnlyList<NetworkPlacement> Networks { get; init => field = value ?? []; } = [];

    /// <summary>The networks that the container gets, <see cref="DefaultNetwork"/> included.</summary>
    [JsonIgnore]
    public IReadOnlyList<NetworkPlacement> EffectiveNetworks => Networks.Count > 0 ? Networks : Mode is NetworkMode.Auto or NetworkMode.Nat ? [new NetworkPlacement(DefaultNetwork)] : [];

    /// <summary>The IPv4 network of <see cref="DefaultNetwork"/>; null for the usual one.</summary>
    public string? Subnet { get; init; }

    /// <summary>
    /// The path of <see cref="NetworkMode.Namespace"/>, for an engine's container null for a new one that others put interfaces into;
    /// the name of a configuration for <see cref="NetworkMode.Cni"/>; else null.
    /// </summary>
    public string? Target { get; init; }

    /// <summary>The directory of configurations for <see cref="NetworkMode.Cni"/>; null for the usual one.</summary>
    public string? CniConfigurations { get; init; }

    /// <summary>The directories of plugins for <see cref="NetworkMode.Cni"/>; empty for the usual ones.</summary>
    public IReadOnlyList<string> CniPlugins { get; init => field = value ?? []; } = [];

    /// <summary>Further lines of /etc/hosts.</summary>
    public IReadOnlyList<HostEntry> Hosts { get; init => field = value ?? []; } = [];

    /// <summary>The DNS servers to ask instead of the host's.</summary>
    public IReadOnlyList<string> NameServers { get; init => field = value ?? []; } = [];

    /// <summary>The file with the DNS servers and search domains that an engine binds at /etc/resolv.conf, if the container's policy is to be asked first; else null.</summary>
    public string? ResolverFile { get; init; }

    /// <summary>The domains to search instead of the host's; a single dot for none.</summary>
    public IReadOnlyList<string> SearchDomains { get; init => field = value ?? []; } = [];

    /// <summary>Options of resolv.conf(5) instead of the host's, such as <c>ndots:2</c>.</summary>
    public IReadOnlyList<string> ResolverOptions { get; init => field = value ?? []; } = [];

    /// <summary>The ports of the host that lead to the container.</summary>
    public IReadOnlyList<PortMapping> Ports { get; init => field = value ?? []; } = [];

    /// <summary>The ports that the container offers: <c>80/tcp</c>.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init => field = value ?? []; } = [];

    /// <summary>Whether each of <see cref="ExposedPorts"/> gets a free port of the host.</summary>
    public bool PublishesExposedPorts { get; init; }

    /// <summary>Whether published ports also reach servers that listen only on the container's own 127.0.0.1.</summary>
    public bool PublishesLoopback { get; init; }

    /// <summary>Whether connections are denied that no entry names.</summary>
    public bool DeniesEgress { get; init; }

    /// <summary>Where the container may connect to: <c>CIDR</c>, <c>name</c>, <c>*.name</c>, <c>host</c>, each with a port.</summary>
    public IReadOnlyList<string> Allow { get; init => field = value ?? []; } = [];

    /// <summary>Where it may not, also if <see cref="Allow"/> names it.</summary>
    public IReadOnlyList<string> Deny { get; init => field = value ?? []; } = [];

    /// <summary>The most that the container sends, and the most that it receives, per second; null for no limit.</summary>
    public ByteSize? Rate { get; init; }

    /// <summary>What may pass at once after a pause; null for a tenth of a second of <see cref="Rate"/>, at least 64 KiB.</summary>
    public ByteSize? Burst { get; init; }

    /// <summary>The same with another network.</summary>
    /// <exception cref="HearthException">It has the network already, or a mode without networks of Hearth.</exception>
    public NetworkOptions With(NetworkPlacement place)
    {
        if (Mode is not (NetworkMode.None or NetworkMode.Auto or NetworkMode.Nat))
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot connect the container to the network '{place.Network}': its network is not one of Hearth's; create it anew with --network {place.Network}");
        }

        return EffectiveNetworks.Any(each => each.Network == place.Network)
            ? throw new HearthException(HearthError.InvalidRequest, $"the container is connected to the network '{place.Network}' already: disconnect it first to change its address or names")
            : this with { Mode = NetworkMode.Nat, Networks = [.. EffectiveNetworks, place] };
    }

    /// <summary>The same without a network; without the last one, only loopback is left.</summary>
    /// <exception cref="HearthException">It does not have the network.</exception>
    public NetworkOptions Without(string network)
    {
        NetworkPlacement[] left = [.. EffectiveNetworks.Where(each => each.Network != network)];
        return left.Length == EffectiveNetworks.Count
            ? throw new HearthException(HearthError.InvalidRequest, $"the container is not connected to the network '{network}': 'hearth inspect' shows its networks")
            : this with { Mode = left.Length == 0 ? NetworkMode.None : NetworkMode.Nat, Networks = left };
    }
}

/// <summary>A line of /etc/hosts.</summary>
/// <param name="Name">The host's name.</param>
/// <param name="Address">Its address; <c>host-gateway</c> for the host's own in the network.</param>
public sealed record HostEntry(string Name, string Address)
{
    /// <summary>Reads docker's form: NAME:ADDRESS or NAME=ADDRESS, an IPv6 address also in brackets.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static HostEntry Parse(string text)
    {
        int end = text.IndexOfAny([':', '=']);
        string target = end > 0 ? text[(end + 1)..].Trim('[', ']') : "";
        return target.Length > 0 && !text.Any(char.IsWhiteSpace)
            ? new HostEntry(text[..end], target)
            : throw new FormatException($"invalid host '{text}': give NAME:ADDRESS, such as db:172.29.0.10");
    }
}
