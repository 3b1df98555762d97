using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <summary>An IPv4 network. One address is the gateway's, without another the first; the last one is the broadcast address; guests get the others.</summary>
public sealed record Subnet
{
    private const int AddressBits = 32;
    private const int SmallestPrefix = 8;
    private const int LargestPrefix = 29;

    private readonly uint first;
    private readonly uint gatewayOffset;

    private Subnet(uint first, int prefixLength, uint gatewayOffset = 1)
    {
        this.first = first;
        this.gatewayOffset = gatewayOffset;
        PrefixLength = prefixLength;
    }

    /// <summary>The default, 172.29.0.0/16.</summary>
    public static Subnet Default { get; } = new(0xac1d0000, 16);

    public int PrefixLength { get; }

    /// <summary>The number of addresses for guests.</summary>
    public uint GuestCount => (1u << (AddressBits - PrefixLength)) - 3;

    public IPAddress Gateway => AddressAt(gatewayOffset);

    public IPNetwork Network => new(AddressAt(0), PrefixLength);

    /// <summary>The last address, which reaches all guests.</summary>
    public IPAddress Broadcast => AddressAt((1u << (AddressBits - PrefixLength)) - 1);

    /// <summary>Parses <c>172.29.0.0/16</c>.</summary>
    /// <exception cref="NetworkException">The text is not an IPv4 network of 8 to 29 bits.</exception>
    public static Subnet Parse(string text)
    {
        string[] halves = text.Split('/');
        if (halves.Length == 2
            && StrictAddress.TryParse(halves[0], out IPAddress? address)
            && address.AddressFamily == AddressFamily.InterNetwork
            && int.TryParse(halves[1], NumberStyles.None, CultureInfo.InvariantCulture, out int length)
            && length is >= SmallestPrefix and <= LargestPrefix)
        {
            uint number = NumberOf(address);
            uint mask = uint.MaxValue << (AddressBits - length);
            if ((number & ~mask) == 0)
            {
                return new Subnet(number, length);
            }
        }

        throw new NetworkException(
            NetworkError.InvalidRequest, $"'{text}' is not a subnet: use an IPv4 network of {SmallestPrefix} to {LargestPrefix} bits, such as {Default}");
    }

    /// <summary>The same network with another gateway.</summary>
    /// <exception cref="NetworkException">The address is not one for a host in this network.</exception>
    public Subnet WithGateway(IPAddress gateway) => Contains(gateway) && NumberOf(gateway) - first - 1 <= GuestCount
        ? new Subnet(first, PrefixLength, NumberOf(gateway) - first)
        : throw new NetworkException(
            NetworkError.InvalidRequest, $"cannot use the gateway {gateway}: it is not an address for a host in {this}; choose one such as {AddressAt(1)}");

    /// <summary>A guest's address.</summary>
    /// <param name="guest">0 to <see cref="GuestCount"/> - 1.</param>
    public IPAddress AddressOf(uint guest) => AddressAt(guest + (guest + 1 < gatewayOffset ? 1u : 2u));

    /// <summary>The addresses for guests in a part of the network, once each.</summary>
    /// <param name="range">The part.</param>
    /// <param name="seed">Chooses the first one.</param>
    public IEnumerable<IPAddress> GuestsIn(IPNetwork range, uint seed)
    {
        uint begin = NumberOf(range.BaseAddress) - first;
        ulong count = 1UL << (AddressBits - range.PrefixLength);
        for (ulong attempt = 0; attempt < count; attempt++)
        {
            IPAddress address = AddressAt(begin + (uint)((seed + attempt) % count));
            if (IsGuest(address))
            {
                yield return address;
            }
        }
    }

    public bool Contains(IPAddress address) =>
        address.AddressFamily == AddressFamily.InterNetwork && (NumberOf(address) ^ first) >> (AddressBits - PrefixLength) == 0;

    /// <summary>Whether a guest can have the address.</summary>
    public bool IsGuest(IPAddress address) => Contains(address) && NumberOf(address) - first - 1 <= GuestCount && !address.Equals(Gateway);

    public override string ToString() => $"{AddressAt(0)}/{PrefixLength}";

    private IPAddress AddressAt(uint offset)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, first + offset);
        return new IPAddress(bytes);
    }

    private static uint NumberOf(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());
}
