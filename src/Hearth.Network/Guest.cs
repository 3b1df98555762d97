using System.Net;

namespace Hearth.Network;

/// <summary>A guest as the rules know it.</summary>
/// <param name="Tap">Its interface on the host.</param>
/// <param name="HardwareAddress">6 bytes.</param>
/// <param name="Ipv4">Its IPv4 address; 0.0.0.0 without one.</param>
/// <param name="Ipv6">Its IPv6 address; :: without one.</param>
internal sealed record Guest(string Tap, IReadOnlyList<byte> HardwareAddress, IPAddress Ipv4, IPAddress Ipv6)
{
    /// <summary>Its further addresses, which an interface in a namespace of somebody else may have.</summary>
    public IReadOnlyList<IPAddress> Further { get; init; } = [];

    /// <summary>All of them.</summary>
    public IEnumerable<IPAddress> Addresses => [Ipv4, Ipv6, .. Further];
}
