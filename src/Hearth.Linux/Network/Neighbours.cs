using System.Net;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>Permanent entries of the neighbour table: rtnetlink(7), RTM_NEWNEIGH.</summary>
public static class Neighbours
{
    private const ushort NewNeighbour = 28;
    private const ushort GetNeighbour = 30;
    private const ushort DestinationAttribute = 1;
    private const ushort HardwareAttribute = 2;
    private const ushort Permanent = 0x80;
    private const int HardwareBytes = 6;

    /// <summary>Adds an entry, or replaces one.</summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="index">The interface.</param>
    /// <param name="address">The neighbour, 4 or 16 bytes in network byte order.</param>
    /// <param name="hardware">The neighbour's hardware address, 6 bytes.</param>
    public static void Add(RouteSocket socket, int index, ReadOnlySpan<byte> address, ReadOnlySpan<byte> hardware)
    {
        NeighbourMessage message = new() { Family = Addresses.FamilyOf(address), Index = index, State = Permanent };
        socket.Execute(
            NetlinkRequest.Create(NewNeighbour, RouteSocket.Request | RouteSocket.Acknowledge | RouteSocket.Create | RouteSocket.Replace, message)
                .Attribute(DestinationAttribute, address)
                .Attribute(HardwareAttribute, hardware),
            "RTM_NEWNEIGH",
            AddressText.Format(address));
    }

    /// <summary>The permanent entries of all interfaces, IPv4 and IPv6.</summary>
    public static IReadOnlyList<NeighbourInfo> List(RouteSocket socket)
    {
        List<NeighbourInfo> neighbours = [];
        socket.Query(NetlinkRequest.Create(GetNeighbour, RouteSocket.Request | RouteSocket.Dump, new NeighbourMessage()), "RTM_GETNEIGH", (type, payload) =>
        {
            if (type == NewNeighbour && Read(payload) is { } neighbour)
            {
                neighbours.Add(neighbour);
            }
        });
        return neighbours;
    }

    private static unsafe NeighbourInfo? Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < sizeof(NeighbourMessage))
        {
            return null;
        }

        NeighbourMessage message = MemoryMarshal.Read<NeighbourMessage>(payload);
        NetlinkAttributes attributes = new(payload[sizeof(NeighbourMessage)..]);
        ReadOnlySpan<byte> address = attributes.Find(DestinationAttribute);
        ReadOnlySpan<byte> hardware = attributes.Find(HardwareAttribute);
        return (message.State & Permanent) != 0 && address.Length is 4 or 16 && hardware.Length == HardwareBytes
            ? new NeighbourInfo(message.Index, new IPAddress(address), hardware.ToArray())
            : null;
    }
}
