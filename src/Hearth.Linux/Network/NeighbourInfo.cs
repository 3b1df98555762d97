using System.Net;

namespace Hearth.Linux.Network;

/// <summary>A permanent entry of the neighbour table.</summary>
/// <param name="Index">The interface.</param>
/// <param name="Address">The neighbour.</param>
/// <param name="HardwareAddress">Its hardware address, 6 bytes.</param>
public sealed record NeighbourInfo(int Index, IPAddress Address, byte[] HardwareAddress);
