using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Network.Tests;

/// <summary>A guest's root sends what it likes; the neighbour's and the host's interfaces are watched for its marked frames.</summary>
public sealed class ForgeryTests
{
    private const int FamilyPacket = 17;
    private const int AllProtocols = 0x0300;
    private const int MarkBytes = 8;

    private static readonly byte[] everybody = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    private static readonly byte[] stranger = [2, 9, 9, 9, 9, 9];

    [Fact]
    public void Only_frames_with_the_guests_own_addresses_pass() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment own) = scene.AddGuest();
        (Host two, NetworkAttachment other) = scene.AddGuest();
        byte[] mac = [.. own.HardwareAddress];
        byte[] peer = [.. other.HardwareAddress];
        IPAddress linkLocal = Hardware.LinkLocalOf(mac);
        IPAddress group = IPAddress.Parse("224.0.0.251");
        IPAddress nodes = IPAddress.Parse("ff02::1");
        (string Name, bool Passes, byte[] Frame)[] cases =
        [
            ("own multicast", true, Frame(everybody, mac, 0x0800, Udp(own.Ipv4, group, 5000, 5000))),
            ("own unicast", true, Frame(peer, mac, 0x0800, Udp(own.Ipv4, other.Ipv4, 5000, 5000))),
            ("own IPv6", true, Frame(peer, mac, 0x86dd, Udp6(own.Ipv6, other.Ipv6, 5000, 5000))),
            ("own link-local multicast", true, Frame(everybody, mac, 0x86dd, Udp6(linkLocal, nodes, 5000, 5000))),
            ("own ARP", true, Frame(everybody, mac, 0x0806, Arp(mac, own.Ipv4, other.Ipv4))),
            ("ARP probe", true, Frame(everybody, mac, 0x0806, Arp(mac, IPAddress.Any, own.Ipv4))),
            ("foreign hardware address", false, Frame(everybody, stranger, 0x0800, Udp(own.Ipv4, group, 5000, 5000))),
            ("foreign IPv4", false, Frame(everybody, mac, 0x0800, Udp(other.Ipv4, group, 5000, 5000))),
            ("foreign IPv4 unicast", false, Frame(peer, mac, 0x0800, Udp(own.Ipv4Gateway, other.Ipv4, 5000, 5000))),
            ("foreign IPv6", false, Frame(everybody, mac, 0x86dd, Udp6(own.Ipv6Gateway, nodes, 5000, 5000))),
            ("foreign link-local", false, Frame(everybody, mac, 0x86dd, Udp6(IPAddress.Parse("fe80::1"), nodes, 5000, 5000))),
            ("ARP for the gateway", false, Frame(everybody, mac, 0x0806, Arp(mac, own.Ipv4Gateway, other.Ipv4))),
            ("ARP with a foreign hardware address", false, Frame(everybody, mac, 0x0806, Arp(stranger, own.Ipv4, other.Ipv4))),
            ("router advertisement", false, Frame(everybody, mac, 0x86dd, Icmp6(linkLocal, nodes, 134))),
            ("redirect", false, Frame(everybody, mac, 0x86dd, Icmp6(linkLocal, nodes, 137))),
            ("neighbour advertisement for the gateway", false, Frame(everybody, mac, 0x86dd, Icmp6(linkLocal, nodes, 136, own.Ipv6Gateway))),
            ("neighbour advertisement", true, Frame(everybody, mac, 0x86dd, Icmp6(linkLocal, nodes, 136, own.Ipv6))),
            ("DHCP answer", false, Frame(everybody, mac, 0x0800, Udp(own.Ipv4, IPAddress.Broadcast, 67, 68))),
            ("DHCPv6 answer", false, Frame(everybody, mac, 0x86dd, Udp6(linkLocal, nodes, 547, 546))),
            ("VLAN tag", false, Frame(everybody, mac, 0x8100, [0, 5, 0x08, 0, .. Udp(own.Ipv4, group, 5000, 5000)])),
            ("unknown protocol", false, Frame(everybody, mac, 0x88b5, new byte[46])),
        ];
        Watch(one, two, cases);
    });

    [Theory]
    [InlineData("", "", "group group-other broadcast broadcast-net group6 nodes6")]
    [InlineData("!", "198.51.100.1", "")]
    [InlineData("198.51.100.1", "", "")]
    [InlineData("!example.org", "", "")]
    [InlineData("!224.0.0.251:5353/udp [ff02::fb]:5353", "", "group group6")]
    [InlineData("!224.0.0.251:5353/udp ff02::/16", "ff02::1", "group group6")]
    [InlineData("", "224.0.0.0/4", "broadcast broadcast-net group6 nodes6")]
    [InlineData("", "224.0.0.251:5000/udp 255.255.255.255", "group broadcast-net group6 nodes6")]
    [InlineData("", "172.29.0.0/16 ff00::/8", "group group-other broadcast")]
    [InlineData("", "198.51.100.0/24", "group group-other broadcast broadcast-net group6 nodes6")]
    [InlineData("", "", "", false)]
    [InlineData("224.0.0.0/4 ff00::/8", "", "", false)]
    public void A_policy_decides_on_multicast_and_broadcast_except_what_IP_itself_needs(string allow, string deny, string passing, bool connectsGuests = true) => OwnHost.Run(() =>
    {
        using Scene scene = new(TrafficTests.With("com.docker.network.bridge.enable_icc", $"{connectsGuests}"));
        string[] allowed = allow.TrimStart('!').Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] denied = deny.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        EgressPolicy? policy = allow.Length + deny.Length == 0 ? null : EgressPolicy.Parse(!allow.StartsWith('!'), allowed, denied);
        (Host one, NetworkAttachment own) = scene.AddGuest(new AttachRequest(0) { Policy = policy });
        (Host two, NetworkAttachment other) = scene.AddGuest();
        byte[] mac = [.. own.HardwareAddress];
        IPAddress linkLocal = Hardware.LinkLocalOf(mac);
        (string Name, IPAddress Target, int Port)[] groups =
        [
            ("group", IPAddress.Parse("224.0.0.251"), 5353),
            ("group-other", IPAddress.Parse("224.0.0.251"), 5000),
            ("broadcast", IPAddress.Broadcast, 5353),
            ("broadcast-net", IPAddress.Parse("172.29.255.255"), 5353),
            ("group6", IPAddress.Parse("ff02::fb"), 5353),
            ("nodes6", IPAddress.Parse("ff02::1"), 5000),
        ];
        Watch(one, two,
        [
            ("ARP", true, Frame(everybody, mac, 0x0806, Arp(mac, own.Ipv4, other.Ipv4))),
            .. groups.Select(group => (group.Name, passing.Split(' ').Contains(group.Name), group.Target.AddressFamily == AddressFamily.InterNetwork
                ? Frame(everybody, mac, 0x0800, Udp(own.Ipv4, group.Target, 5000, group.Port))
                : Frame(everybody, mac, 0x86dd, Udp6(linkLocal, group.Target, 5000, group.Port)))),
            ("neighbour solicitation", true, Frame(everybody, mac, 0x86dd, Icmp6(linkLocal, IPAddress.Parse("ff02::1"), 135, other.Ipv6))),
        ]);
        EgressJudge judge = new(policy, new EgressPlace([(scene.Network, own)], bridge => bridge));
        Assert.Equal(passing, string.Join(' ', groups.Where(group => judge.Judge(group.Target, (ushort)group.Port, TransportProtocol.Udp).IsAllowed).Select(group => group.Name)));
        scene.Network.Release(own.TapName);
        scene.Network.Release(other.TapName);
    });

    private static void Watch(Host one, Host two, (string Name, bool Passes, byte[] Frame)[] cases)
    {
        using Socket neighbour = two.Do(() => Open("eth0"));
        using Socket sender = one.Do(() => Open("eth0"));
        Scene.AskByDatagram(one, Scene.OutsideAddress, 9);
        AwaitCable(sender, neighbour, cases[0].Frame);
        for (int index = 0; index < cases.Length; index++)
        {
            // The mark is the frame's tail. The last case that passes shows that what came before it has been decided.
            byte[] marked = [.. cases[index].Frame, .. Mark(index)];
            sender.Send(Fix(marked));
        }

        sender.Send(Fix([.. cases[0].Frame, .. Mark(cases.Length)]));
        byte[] frame = new byte[2048];
        neighbour.ReceiveTimeout = 3000;
        HashSet<int> arrived = [];
        while (!arrived.Contains(cases.Length) || cases.Where((found, index) => found.Passes && !arrived.Contains(index)).Any())
        {
            int count;
            try
            {
                count = neighbour.Receive(frame);
            }
            catch (SocketException)
            {
                break;
            }

            if (count > MarkBytes && frame.AsSpan(count - MarkBytes, 6).SequenceEqual("MARKED"u8))
            {
                arrived.Add(BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(count - 2)));
            }
        }

        Assert.Contains(cases.Length, arrived);
        Assert.Equal(cases.Where(found => found.Passes).Select(found => found.Name), cases.Where((_, index) => arrived.Contains(index)).Select(found => found.Name));
    }

    /// <summary>The kernel may take a moment until it forwards to the neighbour's new port.</summary>
    private static void AwaitCable(Socket sender, Socket neighbour, byte[] frame)
    {
        byte[] received = new byte[2048];
        neighbour.ReceiveTimeout = 100;
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                sender.Send(Fix([.. frame, .. "AWAITING"u8]));
                try
                {
                    while (!received.AsSpan(0, neighbour.Receive(received)).EndsWith("AWAITING"u8))
                    {
                        // Another frame.
                    }

                    return true;
                }
                catch (SocketException)
                {
                    return false;
                }
            },
            TimeSpan.FromSeconds(30)));
    }

    internal static Socket Open(string name)
    {
        using RouteSocket own = RouteSocket.Open();
        int index = Links.Find(own, name)!.Index;
        Socket socket = new(AddressFamily.Packet, SocketType.Raw, (ProtocolType)AllProtocols);
        socket.Bind(new LinkEndPoint(index));
        return socket;
    }

    private static byte[] Mark(int index) => [.. "MARKED"u8, (byte)(index >> 8), (byte)index];

    /// <summary>Corrects the lengths after the mark was added; checksums of UDP are left out, those of IPv4 are made.</summary>
    internal static byte[] Fix(byte[] frame)
    {
        int start = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(12)) == 0x8100 ? 18 : 14;
        int type = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(start - 2));
        Span<byte> packet = frame.AsSpan(start);
        if (type == 0x0800)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
            BinaryPrimitives.WriteUInt16BigEndian(packet[24..], (ushort)(packet.Length - 20));
            packet[10] = packet[11] = 0;
            BinaryPrimitives.WriteUInt16BigEndian(packet[10..], Checksum(packet[..20]));
        }
        else if (type == 0x86dd)
        {
            BinaryPrimitives.WriteUInt16BigEndian(packet[4..], (ushort)(packet.Length - 40));
            if (packet[6] == 17)
            {
                BinaryPrimitives.WriteUInt16BigEndian(packet[44..], (ushort)(packet.Length - 40));
            }

            int field = packet[6] == 17 ? 46 : 42;
            byte[] pseudo = [.. packet[8..40], 0, 0, (byte)((packet.Length - 40) >> 8), (byte)(packet.Length - 40), 0, 0, 0, packet[6], .. packet[40..]];
            BinaryPrimitives.WriteUInt16BigEndian(packet[field..], Checksum(pseudo));
        }

        return frame;
    }

    internal static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (int index = 0; index < bytes.Length; index++)
        {
            sum += (uint)(bytes[index] << (index % 2 == 0 ? 8 : 0));
        }

        while (sum >> 16 != 0)
        {
            sum = (sum & 0xffff) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    internal static byte[] Frame(byte[] to, byte[] from, int type, byte[] body) => [.. to, .. from, (byte)(type >> 8), (byte)type, .. body];

    internal static byte[] Udp(IPAddress from, IPAddress to, int source, int destination) =>
        [0x45, 0, 0, 0, 0, 1, 0, 0, 64, 17, 0, 0, .. from.GetAddressBytes(), .. to.GetAddressBytes(), .. Ports(source, destination)];

    internal static byte[] Udp6(IPAddress from, IPAddress to, int source, int destination) =>
        [0x60, 0, 0, 0, 0, 0, 17, 64, .. from.GetAddressBytes(), .. to.GetAddressBytes(), .. Ports(source, destination)];

    internal static byte[] Icmp6(IPAddress from, IPAddress to, byte type, IPAddress? target = null) =>
        [0x60, 0, 0, 0, 0, 0, 58, 255, .. from.GetAddressBytes(), .. to.GetAddressBytes(), type, 0, 0, 0, 0, 0, 0, 0, .. (target ?? to).GetAddressBytes()];

    internal static byte[] Arp(byte[] hardware, IPAddress from, IPAddress to) =>
        [0, 1, 0x08, 0, 6, 4, 0, 1, .. hardware, .. from.GetAddressBytes(), 0, 0, 0, 0, 0, 0, .. to.GetAddressBytes(), .. new byte[18]];

    private static byte[] Ports(int source, int destination) => [(byte)(source >> 8), (byte)source, (byte)(destination >> 8), (byte)destination, 0, 0, 0, 0];

    /// <summary>struct sockaddr_ll.</summary>
    private sealed class LinkEndPoint(int index) : EndPoint
    {
        public override AddressFamily AddressFamily => AddressFamily.Packet;

        public override SocketAddress Serialize()
        {
            SocketAddress address = new(AddressFamily.InterNetwork, 20);
            address[0] = FamilyPacket;
            address[1] = 0;
            address[2] = 0;
            address[3] = 3;
            for (int part = 0; part < 4; part++)
            {
                address[4 + part] = (byte)(index >> (8 * part));
            }

            return address;
        }
    }
}
