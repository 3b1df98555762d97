using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Hearth.Network.UserMode;

/// <summary>
/// Decides which of a guest's frames reach the process that makes its connections. That process may connect to whatever the host can,
/// its loopback included, so nothing else keeps a guest from there. Answers to the host's own connections pass.
/// </summary>
internal sealed class FrameFilter
{
    private const int HeaderBytes = 14;
    private const int TypeOffset = 12;
    private const ushort AddressResolution = 0x0806;
    private const ushort Ipv4 = 0x0800;
    private const ushort Ipv6 = 0x86dd;
    private const int Ipv4Bytes = 4;
    private const int Ipv6Bytes = 16;
    private const int Ipv4Source = HeaderBytes + 12;
    private const int Ipv6Source = HeaderBytes + 8;
    private const int Ipv4Fragment = HeaderBytes + 6;
    private const int FragmentOffsetMask = 0x1fff;
    private const int Ipv4Protocol = HeaderBytes + 9;
    private const int Ipv6Protocol = HeaderBytes + 6;
    private const int Ipv6HeaderBytes = 40;
    private const int PortsBytes = 4;
    private const byte ControlMessages = 58;
    private const byte Tcp = 6;
    private const byte Udp = 17;

    /// <summary>More connections of the host to one guest at a time are forgotten and learned again.</summary>
    private const int MostFlows = 16 << 10;

    /// <summary>The host's loopback in all its forms, and what is closed to every guest.</summary>
    private static readonly IPNetwork[] always =
    [
        .. ((string[])["0.0.0.0/8", "127.0.0.0/8", "::/96", "::ffff:0:0/96", "64:ff9b::/96"]).Select(IPNetwork.Parse), .. EgressPolicy.Closed,
    ];

    private readonly (uint First, uint Last)[] closed4;
    private readonly (UInt128 First, UInt128 Last)[] closed6;

    /// <summary>The connections that came from closed addresses: address, its port, the guest's port, protocol.</summary>
    private readonly ConcurrentDictionary<(UInt128 Address, ushort Port, ushort GuestPort, byte Protocol), bool> flows = new();

    /// <param name="closed">Further networks to which a guest may not connect.</param>
    public FrameFilter(IReadOnlyList<IPNetwork> closed)
    {
        IPNetwork[] all = [.. always, .. closed];
        closed4 = [.. all.Where(network => network.BaseAddress.AddressFamily == AddressFamily.InterNetwork).Select(RangeOf4)];
        closed6 = [.. all.Where(network => network.BaseAddress.AddressFamily == AddressFamily.InterNetworkV6).Select(RangeOf6)];
    }

    /// <summary>Whether a frame of the guest may pass.</summary>
    public bool Admits(ReadOnlySpan<byte> frame) => TypeOf(frame) switch
    {
        AddressResolution => true,
        Ipv4 => !IsClosed4(frame[(Ipv4Source + Ipv4Bytes)..]) || IsAnswer(frame, Ipv4Source, Ipv4Bytes),

        // Neighbours are asked for by link-local addresses; these messages reach no other host.
        Ipv6 => IsNeighbourMessage(frame) || !IsClosed6(frame[(Ipv6Source + Ipv6Bytes)..]) || IsAnswer(frame, Ipv6Source, Ipv6Bytes),
        _ => false,
    };

    /// <summary>Learns from a frame to the guest that the host itself has opened a connection.</summary>
    public void Learn(ReadOnlySpan<byte> frame)
    {
        (int source, int bytes) = TypeOf(frame) switch
        {
            Ipv4 when IsClosed4(frame[Ipv4Source..]) => (Ipv4Source, Ipv4Bytes),
            Ipv6 when IsClosed6(frame[Ipv6Source..]) => (Ipv6Source, Ipv6Bytes),
            _ => (0, 0),
        };
        if (source == 0 || PortsOf(frame) is not (var protocol, var port, var guestPort))
        {
            return;
        }

        if (flows.Count >= MostFlows)
        {
            flows.Clear();
        }

        flows.TryAdd((NumberOf(frame.Slice(source, bytes)), port, guestPort, protocol), true);
    }

    /// <returns>0 for a frame that is too short for its type.</returns>
    private static ushort TypeOf(ReadOnlySpan<byte> frame)
    {
        ushort type = frame.Length < HeaderBytes ? (ushort)0 : BinaryPrimitives.ReadUInt16BigEndian(frame[TypeOffset..]);
        int least = type switch { Ipv4 => Ipv4Source + (2 * Ipv4Bytes), Ipv6 => Ipv6Source + (2 * Ipv6Bytes), _ => 0 };
        return frame.Length < least ? (ushort)0 : type;
    }

    private static bool IsNeighbourMessage(ReadOnlySpan<byte> frame) =>
        frame[Ipv6Protocol] == ControlMessages && frame[Ipv6Source + Ipv6Bytes] == 0xfe && (frame[Ipv6Source + Ipv6Bytes + 1] & 0xc0) == 0x80;

    private bool IsAnswer(ReadOnlySpan<byte> frame, int source, int bytes) =>
        PortsOf(frame) is (var protocol, var guestPort, var port)
        && flows.ContainsKey((NumberOf(frame.Slice(source + bytes, bytes)), port, guestPort, protocol));

    /// <returns>Protocol, source and destination port; null if the packet has none.</returns>
    private static (byte Protocol, ushort Source, ushort Destination)? PortsOf(ReadOnlySpan<byte> frame)
    {
        bool isFour = TypeOf(frame) == Ipv4;
        byte protocol = frame[isFour ? Ipv4Protocol : Ipv6Protocol];
        int start = HeaderBytes + (isFour ? (frame[HeaderBytes] & 0xf) * sizeof(uint) : Ipv6HeaderBytes);
        bool isFragment = isFour && (BinaryPrimitives.ReadUInt16BigEndian(frame[Ipv4Fragment..]) & FragmentOffsetMask) != 0;
        return protocol is Tcp or Udp && !isFragment && frame.Length >= start + PortsBytes
            ? (protocol, BinaryPrimitives.ReadUInt16BigEndian(frame[start..]), BinaryPrimitives.ReadUInt16BigEndian(frame[(start + sizeof(ushort))..]))
            : null;
    }

    private bool IsClosed4(ReadOnlySpan<byte> address)
    {
        uint number = BinaryPrimitives.ReadUInt32BigEndian(address);
        foreach ((uint first, uint last) in closed4)
        {
            if (number >= first && number <= last)
            {
                return true;
            }
        }

        return false;
    }

    private bool IsClosed6(ReadOnlySpan<byte> address)
    {
        UInt128 number = BinaryPrimitives.ReadUInt128BigEndian(address);
        foreach ((UInt128 first, UInt128 last) in closed6)
        {
            if (number >= first && number <= last)
            {
                return true;
            }
        }

        return false;
    }

    private static UInt128 NumberOf(ReadOnlySpan<byte> address) =>
        address.Length == Ipv4Bytes ? BinaryPrimitives.ReadUInt32BigEndian(address) : BinaryPrimitives.ReadUInt128BigEndian(address);

    private static (uint First, uint Last) RangeOf4(IPNetwork network)
    {
        uint first = BinaryPrimitives.ReadUInt32BigEndian(network.BaseAddress.GetAddressBytes());
        return (first, first | (uint)((1UL << (32 - network.PrefixLength)) - 1));
    }

    private static (UInt128 First, UInt128 Last) RangeOf6(IPNetwork network)
    {
        UInt128 first = BinaryPrimitives.ReadUInt128BigEndian(network.BaseAddress.GetAddressBytes());
        return (first, network.PrefixLength == 0 ? UInt128.MaxValue : first | ((UInt128.One << (128 - network.PrefixLength)) - 1));
    }
}
