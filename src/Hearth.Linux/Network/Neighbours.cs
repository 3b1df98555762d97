using System.Net;

namespace Hearth.Linux.Network;

/// <summary>Permanent entries of the neighbour table: rtnetlink(7), RTM_NEWNEIGH.</summary>
public static class Neighbours
{
    private const ushort NewNeighbour = 28;
    private const ushort DestinationAttribute = 1;
    private const ushort HardwareAttribute = 2;
    private const ushort Permanent = 0x80;

    /// <summary>Adds an entry, or replaces one.</summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="index">The interface.</param>
    /// <param name="address">The neighbour.</param>
    /// <param name="hardware">The neighbour's hardware address, 6 bytes.</param>
    public static void Add(RouteSocket socket, int index, IPAddress address, ReadOnlySpan<byte> hardware)
    {
        NeighbourMessage message = new() { Family = Addresses.FamilyOf(address), Index = index, State = Permanent };
        socket.Execute(
            NetlinkRequest.Create(NewNeighbour, RouteSocket.Request | RouteSocket.Acknowledge | RouteSocket.Create | RouteSocket.Replace, message)
                .Attribute(DestinationAttribute, address.GetAddressBytes())
                .Attribute(HardwareAttribute, hardware),
            "RTM_NEWNEIGH",
            address.ToString());
    }
}
