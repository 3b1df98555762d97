using System.Net;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>Permanent entries of the neighbour table: rtnetlink(7), RTM_NEWNEIGH.</summary>
public static class Neighbours
{
    private const ushort NewNeighbour = 28;
    private const ushort DeleteNeighbour = 29;
    private const ushort GetNeighbour = 30;
    private const ushort DestinationAttribute = 1;
    private const ushort HardwareAttribute = 2;
    private const ushort Permanent = 0x80;
    private const byte Proxy = 8;
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

    /// <summary>Answers for an address at an interface, to which the address leads no longer: arp(7), proxy. One that exists is no error.</summary>
    public static void AddProxy(RouteSocket socket, int index, ReadOnlySpan<byte> address) => socket.Execute(
        NetlinkRequest.Create(NewNeighbour, RouteSocket.Request | RouteSocket.Acknowledge | RouteSocket.Create | RouteSocket.Replace, ProxyOf(index, address)).Attribute(DestinationAttribute, address),
        "RTM_NEWNEIGH",
        AddressText.Format(address));

    /// <summary>Ends the answers for an address; one without is no error.</summary>
    public static void RemoveProxy(RouteSocket socket, int index, ReadOnlySpan<byte> address)
    {
        Errno errno = socket.Try(NetlinkRequest.Create(DeleteNeighbour, RouteSocket.Request | RouteSocket.Acknowledge, ProxyOf(index, address)).Attribute(DestinationAttribute, address));
        if (errno is not (Errno.None or Errno.ENOENT))
        {
            throw new LinuxException("RTM_DELNEIGH", errno, AddressText.Format(address));
        }
    }

    private static NeighbourMessage ProxyOf(int index, ReadOnlySpan<byte> address) => new() { Family = Addresses.FamilyOf(address), Index = index, State = Permanent, Flags = Proxy };

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
