using System.Net;

namespace Hearth.Linux.Network;

/// <summary>A route.</summary>
/// <param name="Destination">The network; the address of all zeros with length 0 is the default route.</param>
/// <param name="PrefixLength">The length of the network's prefix in bits.</param>
/// <param name="Gateway">The router; null for a network that is directly connected.</param>
/// <param name="Index">The interface; 0 if the route names none.</param>
public sealed record RouteInfo(IPAddress Destination, int PrefixLength, IPAddress? Gateway, int Index)
{
    /// <summary>The address of packets that go this way and have none yet; null if the kernel chooses it.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Of several routes to a network, the one with the lowest is used; 0 for the kernel's default.</summary>
    public uint Metric { get; init; }

    /// <summary>Who made it, by the number of rtnetlink(7): 2 for the kernel, 3 for a program.</summary>
    public byte Protocol { get; init; } = Routes.BootProtocol;

    /// <summary>Whether the gateway is taken to be at the interface, though no route says so.</summary>
    public bool IsOnLink { get; init; }
}
