using System.Net;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <summary>The networks that the host reaches already. A network of guests must not overlap them: it would cut the host off.</summary>
public static class HostRoutes
{
    /// <summary>Shorter prefixes are ways to everywhere, such as those of a VPN (0.0.0.0/1); more precise routes have precedence.</summary>
    private const int ShortestPrefix = 8;

    /// <summary>Finds a route or address of the host that overlaps a network.</summary>
    /// <returns>What overlaps, for messages; null if nothing does.</returns>
    public static string? FindOverlap(IPNetwork network)
    {
        using RouteSocket socket = RouteSocket.Open();
        return FindOverlap(socket, network, except: 0);
    }

    /// <param name="socket">The namespace.</param>
    /// <param name="network">The network.</param>
    /// <param name="except">The index of an interface whose own routes and addresses do not count.</param>
    internal static string? FindOverlap(RouteSocket socket, IPNetwork network, int except)
    {
        RouteInfo? route = Routes.List(socket).FirstOrDefault(route =>
            route.Index != except && route.PrefixLength >= ShortestPrefix && AddressRanges.Overlap(network, new IPNetwork(route.Destination, route.PrefixLength)));
        if (route is not null)
        {
            string? link = Links.List(socket).FirstOrDefault(link => link.Index == route.Index)?.Name;
            return $"the host's route {route.Destination}/{route.PrefixLength}{(link is null ? "" : $" by {link}")}";
        }

        AddressInfo? address = Addresses.List(socket).FirstOrDefault(address => address.Index != except && network.Contains(address.Address));
        return address is null ? null : $"the host's address {address.Address}";
    }
}
