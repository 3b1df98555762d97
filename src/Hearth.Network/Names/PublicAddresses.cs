using System.Net;

namespace Hearth.Network.Names;

/// <summary>
/// Distinguishes addresses of the Internet from those of one host or one site: private, shared, loopback, link-local, multicast and
/// reserved ones (IANA's special-purpose registries). An IPv6 address that carries an IPv4 address is what that is.
/// </summary>
internal static class PublicAddresses
{
    private static readonly IPNetwork[] special =
    [
        .. ((string[])[
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.168.0.0/16",
            "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "::/96", "64:ff9b:1::/48", "100::/64", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
        ]).Select(IPNetwork.Parse),
    ];

    /// <summary>Where prefixes for IPv4 addresses have the address: NAT64 at the end, 6to4 after 2 bytes.</summary>
    private static readonly (IPNetwork Prefix, int Offset)[] carriers = [(IPNetwork.Parse("64:ff9b::/96"), 12), (IPNetwork.Parse("2002::/16"), 2)];

    public static bool Contain(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach ((IPNetwork prefix, int offset) in carriers)
        {
            if (prefix.Contains(plain))
            {
                return Contain(new IPAddress(plain.GetAddressBytes().AsSpan(offset, 4)));
            }
        }

        return !special.Any(network => network.Contains(plain));
    }
}
