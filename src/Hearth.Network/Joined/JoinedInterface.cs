using Hearth.Linux.Network;

namespace Hearth.Network.Joined;

/// <summary>An interface that somebody else has made, as it was before a machine took it over.</summary>
/// <param name="Name">Its name in the namespace.</param>
/// <param name="HardwareAddress">6 bytes.</param>
/// <param name="MaximumTransmissionUnit">In bytes, without the Ethernet header.</param>
/// <param name="Addresses">Its addresses, also link-local ones.</param>
/// <param name="Routes">The routes of the main table that lead through it.</param>
/// <param name="Neighbours">The permanent entries of its neighbour table.</param>
public sealed record JoinedInterface(
    string Name,
    byte[] HardwareAddress,
    int MaximumTransmissionUnit,
    IReadOnlyList<AddressInfo> Addresses,
    IReadOnlyList<RouteInfo> Routes,
    IReadOnlyList<NeighbourInfo> Neighbours);
