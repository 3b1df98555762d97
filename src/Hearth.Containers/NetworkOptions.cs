namespace Hearth.Containers;

/// <summary>A container's network, and where it may connect to. Addresses and entries are text, checked when the container starts.</summary>
public sealed record NetworkOptions
{
    /// <summary>Hearth's own network, which containers get that name no other.</summary>
    public const string DefaultNetwork = "nat";

    public NetworkMode Mode { get; init; }

    /// <summary>The networks of <see cref="NetworkMode.Nat"/>, in the order of the interfaces; empty for <see cref="DefaultNetwork"/>.</summary>
    public IReadOnlyList<NetworkPlacement> Networks { get; init => field = value ?? []; } = [];

    /// <summary>The path of <see cref="NetworkMode.Namespace"/>, or the name of a configuration for <see cref="NetworkMode.Cni"/>; else null.</summary>
    public string? Target { get; init; }

    /// <summary>Further lines of /etc/hosts.</summary>
    public IReadOnlyList<HostEntry> Hosts { get; init => field = value ?? []; } = [];

    /// <summary>The DNS servers to ask instead of the host's.</summary>
    public IReadOnlyList<string> NameServers { get; init => field = value ?? []; } = [];

    /// <summary>The domains to search instead of the host's; a single dot for none.</summary>
    public IReadOnlyList<string> SearchDomains { get; init => field = value ?? []; } = [];

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
}

/// <summary>A line of /etc/hosts.</summary>
/// <param name="Name">The host's name.</param>
/// <param name="Address">Its address; <c>host-gateway</c> for the host's own in the network.</param>
public sealed record HostEntry(string Name, string Address);
