using System.Net;

namespace Hearth.Network;

/// <summary>A guest as the rules know it.</summary>
/// <param name="Tap">Its interface on the host.</param>
/// <param name="HardwareAddress">6 bytes.</param>
/// <param name="Ipv4">Its IPv4 address.</param>
/// <param name="Ipv6">Its IPv6 address.</param>
internal sealed record Guest(string Tap, IReadOnlyList<byte> HardwareAddress, IPAddress Ipv4, IPAddress Ipv6);
