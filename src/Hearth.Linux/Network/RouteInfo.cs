using System.Net;

namespace Hearth.Linux.Network;

/// <summary>A route of the main table.</summary>
/// <param name="Destination">The network; the address of all zeros with length 0 is the default route.</param>
/// <param name="PrefixLength">The length of the network's prefix in bits.</param>
/// <param name="Gateway">The router; null for a network that is directly connected.</param>
/// <param name="Index">The interface; 0 if the route names none.</param>
public sealed record RouteInfo(IPAddress Destination, int PrefixLength, IPAddress? Gateway, int Index);
