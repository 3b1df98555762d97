using System.Net;

namespace Hearth.Network;

/// <summary>A guest's place in a network: the tap on the host's side, and the addresses of its interface.</summary>
/// <param name="TapName">The tap, which belongs to the machine's user.</param>
/// <param name="HardwareAddress">6 bytes, locally administered; without another, it follows from the IPv4 address.</param>
/// <param name="Ipv4">The guest's address.</param>
/// <param name="Ipv4PrefixLength">The length of the network's prefix in bits.</param>
/// <param name="Ipv4Gateway">The host's address in the network.</param>
/// <param name="Ipv6">The guest's IPv6 address.</param>
/// <param name="Ipv6Gateway">The host's IPv6 address.</param>
public sealed record NetworkAttachment(
    string TapName, IReadOnlyList<byte> HardwareAddress, IPAddress Ipv4, int Ipv4PrefixLength, IPAddress Ipv4Gateway, IPAddress Ipv6, IPAddress Ipv6Gateway)
{
    /// <summary>The length of every IPv6 prefix in bits.</summary>
    public const int Ipv6PrefixLength = NetworkDefinition.Ipv6PrefixLength;

    /// <summary>The generation of the policy of <see cref="AttachRequest.Policy"/>, which the next <see cref="BridgeNetwork.SetPolicy"/> needs; 0 without one.</summary>
    public uint Generation { get; init; }

    /// <summary>Whether the host has IPv6 in the network. Without it, the guest's IPv6 address is of no use.</summary>
    public bool HasIpv6 { get; init; } = true;

    internal Guest Guest => new(TapName, HardwareAddress, Ipv4, Ipv6);
}
