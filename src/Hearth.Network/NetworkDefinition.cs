using System.Net;
using System.Net.Sockets;

namespace Hearth.Network;

/// <summary>What makes a network: everything else follows from it.</summary>
/// <param name="Bridge">The bridge's name, at most 15 bytes; also the name of its nftables tables.</param>
/// <param name="Subnet">The guests' IPv4 network.</param>
/// <param name="Ipv6Prefix">The first address of the guests' IPv6 network, whose prefix has 64 bits.</param>
/// <param name="IsInternal">Whether guests reach only each other and the gateway.</param>
public sealed record NetworkDefinition(string Bridge, Subnet Subnet, IPAddress Ipv6Prefix, bool IsInternal)
{
    /// <summary>The length of every IPv6 network in bits.</summary>
    public const int Ipv6PrefixLength = 64;

    private const string DefaultBridge = "hearth0";

    /// <summary>The network of containers that name no other.</summary>
    /// <param name="name">Its name in messages.</param>
    /// <param name="subnet">Its IPv4 network; null for the usual one.</param>
    public static NetworkDefinition Default(string name, Subnet? subnet = null) => Of(DefaultBridge, subnet ?? Subnet.Default) with { Name = name };

    /// <summary>The guests' IPv6 network.</summary>
    public IPNetwork Ipv6Network => new(Ipv6Prefix, Ipv6PrefixLength);

    /// <summary>The host's IPv6 address.</summary>
    public IPAddress Ipv6Gateway => Ipv6Of(Subnet.Gateway);

    /// <summary>The name in messages; without one, the bridge's.</summary>
    public string Name { get => field ?? Bridge; init; }

    /// <summary>The part of the subnet whose addresses guests get that ask for none; null for all of it.</summary>
    public IPNetwork? Range { get; init; }

    /// <summary>Addresses that no guest gets.</summary>
    public IReadOnlyList<IPAddress> Reserved { get; init; } = [];

    public BridgeOptions Options { get; init; } = new();

    /// <summary>A network with the unique local IPv6 prefix of its name.</summary>
    public static NetworkDefinition Of(string bridge, Subnet subnet, bool isInternal = false) => new(bridge, subnet, UniqueLocalPrefix.Of(bridge), isInternal);

    /// <summary>The IPv6 address that belongs to an IPv4 address: its last 32 bits.</summary>
    internal IPAddress Ipv6Of(IPAddress ipv4)
    {
        byte[] bytes = Ipv6Prefix.GetAddressBytes();
        ipv4.GetAddressBytes().CopyTo(bytes.AsSpan(^sizeof(uint)));
        return new IPAddress(bytes);
    }

    /// <summary>The addresses for guests that ask for none, once each, from one that the seed chooses.</summary>
    internal IEnumerable<IPAddress> GuestsFrom(uint seed) => (Range is { } range
        ? Subnet.GuestsIn(range, seed)
        : Enumerable.Range(0, (int)Subnet.GuestCount).Select(attempt => Subnet.AddressOf((uint)((seed + (ulong)attempt) % Subnet.GuestCount)))).Except(Reserved);

    /// <exception cref="NetworkException">The prefix is not one of IPv6, or has bits after the first 64.</exception>
    internal void Check()
    {
        if (Ipv6Prefix.AddressFamily != AddressFamily.InterNetworkV6 || Ipv6Prefix.GetAddressBytes().AsSpan(sizeof(ulong)).ContainsAnyExcept((byte)0))
        {
            throw new NetworkException(
                NetworkError.InvalidRequest, $"cannot use the IPv6 network '{Ipv6Prefix}': it is not a prefix of {Ipv6PrefixLength} bits; use one such as fd12:3456:789a:1::");
        }
    }
}
