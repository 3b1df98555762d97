namespace Hearth.Containers;

/// <summary>A container's network, and where it may connect to. Addresses and entries are text, checked when the container starts.</summary>
public sealed record NetworkOptions
{
    public NetworkMode Mode { get; init; }

    /// <summary>The container's IPv4 address; null for any free one.</summary>
    public string? Address { get; init; }

    /// <summary>The interface's MAC address; null for one that follows from the IPv4 address.</summary>
    public string? HardwareAddress { get; init; }

    /// <summary>Further lines of /etc/hosts.</summary>
    public IReadOnlyList<HostEntry> Hosts { get; init => field = value ?? []; } = [];

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
