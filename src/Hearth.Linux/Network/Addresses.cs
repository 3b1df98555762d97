using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>Addresses of interfaces: rtnetlink(7), RTM_NEWADDR.</summary>
public static class Addresses
{
    internal const byte FamilyIpv4 = 2;
    internal const byte FamilyIpv6 = 10;

    private const ushort NewAddress = 20;
    private const ushort DeleteAddress = 21;
    private const ushort GetAddress = 22;
    private const ushort AddressAttribute = 1;
    private const ushort LocalAttribute = 2;
    private const ushort LabelAttribute = 3;
    private const ushort BroadcastAttribute = 4;

    /// <summary>IPv6: no check for duplicates, so the address is usable immediately.</summary>
    private const byte NoDuplicateCheck = 2;

    private const ushort FlagsAttribute = 8;
    private const int Addition = RouteSocket.Request | RouteSocket.Acknowledge | RouteSocket.Create | RouteSocket.Exclusive;
    private const uint NoNetworkRoute = 0x200;

    /// <summary>Adds an address; one that the interface has already is no error.</summary>
    public static void Add(RouteSocket socket, AddressInfo address)
    {
        NetlinkRequest request = Create(NewAddress, Addition, address.Index, address.Address.GetAddressBytes(), address.PrefixLength, address.Peer?.GetAddressBytes());
        if (address.Broadcast is { } broadcast)
        {
            request.Attribute(BroadcastAttribute, broadcast.GetAddressBytes());
        }

        if (address.Label is { } label)
        {
            request.Text(LabelAttribute, label);
        }

        Add(socket, request, address.Address.GetAddressBytes(), address.PrefixLength, address.HasNetworkRoute);
    }

    /// <summary>Adds an address; one that the interface has already is no error.</summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="index">The interface.</param>
    /// <param name="address">4 or 16 bytes in network byte order.</param>
    /// <param name="prefixLength">The length of its network's prefix in bits.</param>
    /// <param name="hasNetworkRoute">Whether the kernel adds a route to its network.</param>
    public static void Add(RouteSocket socket, int index, ReadOnlySpan<byte> address, int prefixLength, bool hasNetworkRoute = true) =>
        Add(socket, Create(NewAddress, Addition, index, address, prefixLength, []), address, prefixLength, hasNetworkRoute);

    private static void Add(RouteSocket socket, NetlinkRequest request, ReadOnlySpan<byte> address, int prefixLength, bool hasNetworkRoute)
    {
        if (!hasNetworkRoute)
        {
            request.Attribute(FlagsAttribute, NoNetworkRoute | (address.Length == sizeof(uint) ? 0u : NoDuplicateCheck));
        }

        Errno errno = socket.Try(request);
        if (errno is not (Errno.None or Errno.EEXIST))
        {
            throw new LinuxException("RTM_NEWADDR", errno, $"{AddressText.Format(address)}/{prefixLength}");
        }
    }

    /// <summary>Removes an address; one that does not exist is no error.</summary>
    public static void Remove(RouteSocket socket, AddressInfo address)
    {
        const int flags = RouteSocket.Request | RouteSocket.Acknowledge;
        Errno errno = socket.Try(Create(DeleteAddress, flags, address.Index, address.Address.GetAddressBytes(), address.PrefixLength, address.Peer?.GetAddressBytes()));
        if (errno is not (Errno.None or Errno.EADDRNOTAVAIL or Errno.ENODEV))
        {
            throw new LinuxException("RTM_DELADDR", errno, $"{address.Address}/{address.PrefixLength}");
        }
    }

    /// <summary>The addresses of all interfaces.</summary>
    public static IReadOnlyList<AddressInfo> List(RouteSocket socket)
    {
        List<AddressInfo> addresses = [];
        socket.Query(NetlinkRequest.Create(GetAddress, RouteSocket.Request | RouteSocket.Dump, new AddressMessage()), "RTM_GETADDR", (type, payload) =>
        {
            if (type == NewAddress && Read(payload) is { } address)
            {
                addresses.Add(address);
            }
        });
        return addresses;
    }

    internal static byte FamilyOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? FamilyIpv4 : FamilyIpv6;

    internal static byte FamilyOf(ReadOnlySpan<byte> address) => address.Length == sizeof(uint) ? FamilyIpv4 : FamilyIpv6;

    private static NetlinkRequest Create(ushort type, int flags, int index, ReadOnlySpan<byte> address, int prefixLength, ReadOnlySpan<byte> peer)
    {
        byte family = FamilyOf(address);
        AddressMessage message = new()
        {
            Family = family,
            PrefixLength = (byte)prefixLength,
            Flags = family == FamilyIpv6 ? NoDuplicateCheck : (byte)0,
            Index = (uint)index,
        };
        return NetlinkRequest.Create(type, (ushort)flags, message).Attribute(LocalAttribute, address).Attribute(AddressAttribute, peer.IsEmpty ? address : peer);
    }

    private static unsafe AddressInfo? Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < sizeof(AddressMessage))
        {
            return null;
        }

        AddressMessage message = MemoryMarshal.Read<AddressMessage>(payload);
        NetlinkAttributes attributes = new(payload[sizeof(AddressMessage)..]);
        ReadOnlySpan<byte> network = attributes.Find(AddressAttribute);
        ReadOnlySpan<byte> bytes = attributes.Find(LocalAttribute) is { IsEmpty: false } local ? local : network;
        ReadOnlySpan<byte> broadcast = attributes.Find(BroadcastAttribute);
        return bytes.Length is 4 or 16
            ? new AddressInfo((int)message.Index, new IPAddress(bytes), message.PrefixLength)
            {
                HasNetworkRoute = ((attributes.FindNumber(FlagsAttribute) ?? 0) & NoNetworkRoute) == 0,
                Peer = network.Length == bytes.Length && !network.SequenceEqual(bytes) ? new IPAddress(network) : null,
                Broadcast = broadcast.Length == sizeof(uint) ? new IPAddress(broadcast) : null,
                Label = attributes.FindText(LabelAttribute) is { } label && label.Contains(':', StringComparison.Ordinal) ? label : null,
            }
            : null;
    }
}
