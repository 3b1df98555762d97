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

    /// <summary>IPv6: no check for duplicates, so the address is usable immediately.</summary>
    private const byte NoDuplicateCheck = 2;

    /// <summary>Adds an address; one that the interface has already is no error.</summary>
    public static void Add(RouteSocket socket, AddressInfo address)
    {
        Errno errno = socket.Try(Create(NewAddress, RouteSocket.Request | RouteSocket.Acknowledge | RouteSocket.Create | RouteSocket.Exclusive, address));
        if (errno is not (Errno.None or Errno.EEXIST))
        {
            throw new LinuxException("RTM_NEWADDR", errno, $"{address.Address}/{address.PrefixLength}");
        }
    }

    /// <summary>Removes an address; one that does not exist is no error.</summary>
    public static void Remove(RouteSocket socket, AddressInfo address)
    {
        Errno errno = socket.Try(Create(DeleteAddress, RouteSocket.Request | RouteSocket.Acknowledge, address));
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

    private static NetlinkRequest Create(ushort type, int flags, AddressInfo address)
    {
        byte family = FamilyOf(address.Address);
        byte[] bytes = address.Address.GetAddressBytes();
        AddressMessage message = new()
        {
            Family = family,
            PrefixLength = (byte)address.PrefixLength,
            Flags = family == FamilyIpv6 ? NoDuplicateCheck : (byte)0,
            Index = (uint)address.Index,
        };
        return NetlinkRequest.Create(type, (ushort)flags, message).Attribute(LocalAttribute, bytes).Attribute(AddressAttribute, bytes);
    }

    private static unsafe AddressInfo? Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < sizeof(AddressMessage))
        {
            return null;
        }

        AddressMessage message = MemoryMarshal.Read<AddressMessage>(payload);
        NetlinkAttributes attributes = new(payload[sizeof(AddressMessage)..]);
        ReadOnlySpan<byte> bytes = attributes.Find(LocalAttribute) is { IsEmpty: false } local ? local : attributes.Find(AddressAttribute);
        return bytes.Length is 4 or 16 ? new AddressInfo((int)message.Index, new IPAddress(bytes), message.PrefixLength) : null;
    }
}
