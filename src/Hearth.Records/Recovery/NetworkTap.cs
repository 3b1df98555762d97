using System.Net;
using Hearth.Network;

namespace Hearth.Records.Recovery;

/// <summary>A tap of a machine, with all of its network that removing it needs: the network's own record may be gone.</summary>
/// <param name="Name">The tap's name.</param>
/// <param name="Bridge">The network's bridge.</param>
/// <param name="Subnet">The network's IPv4 network.</param>
/// <param name="Gateway">The host's IPv4 address in the network.</param>
/// <param name="Ipv6Prefix">The first address of the network's IPv6 network.</param>
/// <param name="IsInternal">Whether the network leads nowhere else.</param>
public sealed record NetworkTap(string Name, string Bridge, string Subnet, string Gateway, string Ipv6Prefix, bool IsInternal)
{
    public static NetworkTap Of(string name, NetworkDefinition network) =>
        new(name, network.Bridge, network.Subnet.ToString(), network.Subnet.Gateway.ToString(), network.Ipv6Prefix.ToString(), network.IsInternal);

    /// <summary>The tap's network.</summary>
    public NetworkDefinition ToDefinition() =>
        new(Bridge, Hearth.Network.Subnet.Parse(Subnet).WithGateway(IPAddress.Parse(Gateway)), IPAddress.Parse(Ipv6Prefix), IsInternal);
}
