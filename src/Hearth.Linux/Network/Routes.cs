using System.Net;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>Routes of the main table: rtnetlink(7), RTM_NEWROUTE.</summary>
public static class Routes
{
    private const ushort NewRoute = 24;
    private const ushort GetRoute = 26;
    private const ushort DestinationAttribute = 1;
    private const ushort InterfaceAttribute = 4;
    private const ushort GatewayAttribute = 5;
    private const byte MainTable = 254;
    private const byte BootProtocol = 3;
    private const byte UniverseScope = 0;
    private const byte LinkScope = 253;
    private const byte Unicast = 1;

    /// <summary>Adds a route; one that exists already is replaced.</summary>
    public static void Add(RouteSocket socket, RouteInfo route) =>
        Add(socket, route.Index, route.Destination.GetAddressBytes(), route.PrefixLength, route.Gateway is { } gateway ? gateway.GetAddressBytes() : []);

    /// <summary>Adds a route; one that exists already is replaced.</summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="index">The interface; 0 if the route names none.</param>
    /// <param name="destination">The network, 4 or 16 bytes in network byte order.</param>
    /// <param name="prefixLength">The length of the network's prefix in bits.</param>
    /// <param name="gateway">The router; empty for a network that is directly connected.</param>
    public static void Add(RouteSocket socket, int index, ReadOnlySpan<byte> destination, int prefixLength, ReadOnlySpan<byte> gateway)
    {
        RouteMessage message = new()
        {
            Family = Addresses.FamilyOf(destination),
            DestinationLength = (byte)prefixLength,
            Table = MainTable,
            Protocol = BootProtocol,
            Scope = gateway.IsEmpty ? LinkScope : UniverseScope,
            Type = Unicast,
        };
        const int flags = RouteSocket.Request | RouteSocket.Acknowledge | RouteSocket.Create | RouteSocket.Replace;
        NetlinkRequest request = NetlinkRequest.Create(NewRoute, flags, message);
        if (prefixLength > 0)
        {
            request.Attribute(DestinationAttribute, destination);
        }

        if (!gateway.IsEmpty)
        {
            request.Attribute(GatewayAttribute, gateway);
        }

        if (index > 0)
        {
            request.Attribute(InterfaceAttribute, (uint)index);
        }

        string path = gateway.IsEmpty ? "" : $" through {AddressText.Format(gateway)}";
        socket.Execute(request, "RTM_NEWROUTE", $"{AddressText.Format(destination)}/{prefixLength}{path}");
    }

    /// <summary>The unicast routes of the main table, IPv4 and IPv6.</summary>
    public static IReadOnlyList<RouteInfo> List(RouteSocket socket)
    {
        List<RouteInfo> routes = [];
        foreach (byte family in (ReadOnlySpan<byte>)[Addresses.FamilyIpv4, Addresses.FamilyIpv6])
        {
            RouteMessage filter = new() { Family = family };
            socket.Query(NetlinkRequest.Create(GetRoute, RouteSocket.Request | RouteSocket.Dump, filter), "RTM_GETROUTE", (type, payload) =>
            {
                if (type == NewRoute && Read(payload) is { } route)
                {
                    routes.Add(route);
                }
            });
        }

        return routes;
    }

    private static unsafe RouteInfo? Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < sizeof(RouteMessage))
        {
            return null;
        }

        RouteMessage message = MemoryMarshal.Read<RouteMessage>(payload);
        if (message.Table != MainTable || message.Type != Unicast)
        {
            return null;
        }

        NetlinkAttributes attributes = new(payload[sizeof(RouteMessage)..]);
        ReadOnlySpan<byte> destination = attributes.Find(DestinationAttribute);
        ReadOnlySpan<byte> gateway = attributes.Find(GatewayAttribute);
        return new RouteInfo(
            destination.Length is 4 or 16 ? new IPAddress(destination) : message.Family == Addresses.FamilyIpv4 ? IPAddress.Any : IPAddress.IPv6Any,
            message.DestinationLength,
            gateway.Length is 4 or 16 ? new IPAddress(gateway) : null,
            (int)(attributes.FindNumber(InterfaceAttribute) ?? 0));
    }
}
