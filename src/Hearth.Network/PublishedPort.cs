using System.Net;

namespace Hearth.Network;

/// <summary>A port of the host that leads to a guest's port. Port ranges are one of these for each port.</summary>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="HostAddress">The host's address; null for all. 0.0.0.0 means all of IPv4, :: all of IPv6.</param>
/// <param name="HostPort">1 to 65535.</param>
/// <param name="GuestPort">1 to 65535.</param>
public sealed record PublishedPort(TransportProtocol Protocol, IPAddress? HostAddress, ushort HostPort, ushort GuestPort);
