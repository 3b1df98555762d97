using System.Net;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>Routes: rtnetlink(7), RTM_NEWROUTE.</summary>
public static class Routes
{
    private const ushort NewRoute = 24;
    private const ushort GetRoute = 26;
    private const ushort DestinationAttribute = 1;
    private const ushort InterfaceAttribute = 4;
    private const ushort GatewayAttribute = 5;
    private const ushort MetricAttribute = 6;
    private const ushort SourceAttribute = 7;
    private const ushort TableAttribute = 15;
    internal const byte MainTable = 254;
    internal const byte BootProtocol = 3;
    private const byte UniverseScope = 0;
    private const byte LinkScope = 253;
    private const byte Unicast = 1;
    private const uint OnLink = 4;

    /// <summary>Adds a route behind others of its network and metric; one that exists already is no error.</summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="route">The route.</param>
    /// <param name="table">Its table, which a rule may name (<see cref="RoutingRules"/>); without another, the main one.</param>
    public static void Add(RouteSocket socket, RouteInfo route, uint table = MainTable) => Add(
        socket,
        route.Index,
        route.Destination.GetAddressBytes(),
        route.PrefixLength,
        route.Gateway is { } gateway ? gateway.GetAddressBytes() : [],
        route.Source is { } source ? source.GetAddressBytes() : [],
        route.Metric,
        route.IsOnLink,
        route.Protocol,
        table);

    /// <summary>Adds a route behind others of its network and metric; one that exists already is no error.</summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="index">The interface; 0 if the route names none.</param>
    /// <param name="destination">The network, 4 or 16 bytes in network byte order.</param>
    /// <param name="prefixLength">The length of the network's prefix in bits.</param>
    /// <param name="gateway">The router; empty for a network that is directly connected.</param>
    /// <param name="source">As <see cref="RouteInfo.Source"/>; empty for none.</param>
    /// <param name="metric">As <see cref="RouteInfo.Metric"/>.</param>
    /// <param name="isOnLink">As <see cref="RouteInfo.IsOnLink"/>.</param>
    /// <param name="protocol">As <see cref="RouteInfo.Protocol"/>.</param>
    /// <param name="table">The table; without another, the main one.</param>
    public static void Add(
        RouteSocket socket, int index, ReadOnlySpan<byte> destination, int prefixLength, ReadOnlySpan<byte> gateway,
        ReadOnlySpan<byte> source = default, uint metric = 0, bool isOnLink = false, byte protocol = BootProtocol, uint table = MainTable)
    {
        RouteMessage message = new()
        {
            Family = Addresses.FamilyOf(destination),
            DestinationLength = (byte)prefixLength,
            Protocol = protocol,
            Scope = gateway.IsEmpty ? LinkScope : UniverseScope,
            Type = Unicast,
            Flags = isOnLink ? OnLink : 0,
        };
        const int flags = RouteSocket.Request | RouteSocket.Acknowledge | RouteSocket.Create | RouteSocket.Append;
        NetlinkRequest request = NetlinkRequest.Create(NewRoute, flags, message).Attribute(TableAttribute, table);
        if (prefixLength > 0)
        {
            request.Attribute(DestinationAttribute, destination);
        }

        if (!gateway.IsEmpty)
        {
            request.Attribute(GatewayAttribute, gateway);
        }

        if (!source.IsEmpty)
        {
            request.Attribute(SourceAttribute, source);
        }

        if (metric > 0)
        {
            request.Attribute(MetricAttribute, metric);
        }

        if (index > 0)
        {
            request.Attribute(InterfaceAttribute, (uint)index);
        }

        Errno errno = socket.Try(request);
        if (errno is not (Errno.None or Errno.EEXIST))
        {
            string path = gateway.IsEmpty ? "" : $" through {AddressText.Format(gateway)}";
            throw new LinuxException("RTM_NEWROUTE", errno, $"{AddressText.Format(destination)}/{prefixLength}{path}");
        }
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
        ReadOnlySpan<byte> source = attributes.Find(SourceAttribute);
        return new RouteInfo(
            destination.Length is 4 or 16 ? new IPAddress(destination) : message.Family == Addresses.FamilyIpv4 ? IPAddress.Any : IPAddress.IPv6Any,
            message.DestinationLength,
            gateway.Length is 4 or 16 ? new IPAddress(gateway) : null,
            (int)(attributes.FindNumber(InterfaceAttribute) ?? 0))
        {
            Source = source.Length is 4 or 16 ? new IPAddress(source) : null,
            Metric = attributes.FindNumber(MetricAttribute) ?? 0,
            Protocol = message.Protocol,
            IsOnLink = (message.Flags & OnLink) != 0,
        };
    }
}
