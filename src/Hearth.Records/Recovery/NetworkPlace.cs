namespace Hearth.Records.Recovery;

/// <summary>A running container's interface in a network. Addresses are text, as ip(8) prints them.</summary>
/// <param name="Network">The network's name.</param>
/// <param name="HardwareAddress">The interface's MAC address.</param>
/// <param name="Ipv4">The container's IPv4 address.</param>
/// <param name="Ipv4PrefixLength">The length of the network's IPv4 prefix in bits.</param>
/// <param name="Ipv4Gateway">The host's IPv4 address in the network.</param>
/// <param name="Ipv6">The container's IPv6 address; empty where the host has no IPv6.</param>
/// <param name="Ipv6PrefixLength">The length of the network's IPv6 prefix in bits.</param>
/// <param name="Ipv6Gateway">The host's IPv6 address in the network.</param>
public sealed record NetworkPlace(
    string Network, string HardwareAddress, string Ipv4, int Ipv4PrefixLength, string Ipv4Gateway, string Ipv6, int Ipv6PrefixLength, string Ipv6Gateway)
{
    /// <summary>Further names of the container in the network.</summary>
    public IReadOnlyList<string> Aliases { get; init => field = value ?? []; } = [];
}
