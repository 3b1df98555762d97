using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Network.Tests;

/// <summary>Protocols and directions beside TCP from a guest.</summary>
public sealed class FlowTests
{
    private const int SmallMtu = 1300;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Guests_ping_and_ask_by_datagrams_the_outside_and_each_other(bool filtersBridges) => OwnHost.Run(() =>
    {
        Scene.FilterBridges(filtersBridges);
        using Scene scene = new();
        (Host one, NetworkAttachment first) = scene.AddGuest();
        (Host two, NetworkAttachment second) = scene.AddGuest();
        scene.ServeDatagrams(scene.Outside, 5000);
        scene.ServeDatagrams(two, 5000);
        scene.ServeDatagrams(null, 5000);
        Assert.All(
            [Scene.OutsideAddress, Scene.OutsideAddress6, second.Ipv4, second.Ipv6, first.Ipv4Gateway, first.Ipv6Gateway, Scene.HostAddress],
            address => Assert.True(Scene.Ping(one, address), $"{address} does not answer"));
        Assert.Equal("192.0.2.1", Scene.AskByDatagram(one, Scene.OutsideAddress, 5000));
        Assert.Equal($"{first.Ipv4}", Scene.AskByDatagram(one, second.Ipv4, 5000));
        Assert.False(IPAddress.TryParse(Scene.AskByDatagram(one, first.Ipv4Gateway, 5000), out _));

        scene.Network.SetPolicy(first, EgressPolicy.Parse(false, ["192.0.2.9:5000/udp"], []), 0, []);
        Assert.Equal("192.0.2.1", Scene.AskByDatagram(one, Scene.OutsideAddress, 5000));
        Assert.All([Scene.OutsideAddress, Scene.OutsideAddress6, second.Ipv4, second.Ipv6], address => Assert.False(Scene.Ping(one, address), $"{address} answers"));
        Assert.Contains(scene.Network.ListDenied(first), denied => denied is { Protocol: "icmp", Port: 0 } && denied.Address.Equals(second.Ipv4));
        Assert.Contains(scene.Network.ListDenied(first), denied => denied is { Protocol: "ipv6-icmp" or "icmpv6", Port: 0 } && denied.Address.Equals(second.Ipv6));
        Assert.True(Scene.Ping(two, first.Ipv4), "the answer to another guest's request is no connection of its own");
    });

    [Fact]
    public void Nobody_outside_reaches_a_guest_by_its_own_addresses() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        scene.Serve(one, 80);
        scene.ServeDatagrams(one, 80);
        scene.Outside.Do(() =>
        {
            using RouteSocket own = RouteSocket.Open();
            int wire = Links.Find(own, "wire")!.Index;
            Routes.Add(own, new RouteInfo(IPAddress.Parse("172.29.0.0"), 16, Scene.HostAddress, wire));
            Routes.Add(own, new RouteInfo(guest.Ipv6, 128, Scene.HostAddress6, wire));
        });
        Assert.Equal("ConnectionRefused", Scene.Ask(scene.Outside, guest.Ipv4, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(scene.Outside, guest.Ipv6, 80));
        Assert.False(IPAddress.TryParse(Scene.AskByDatagram(scene.Outside, guest.Ipv4, 80), out _));
        Assert.False(Scene.Ping(scene.Outside, guest.Ipv4));
        Assert.False(Scene.Ping(scene.Outside, guest.Ipv6));
        Assert.Equal("172.29.0.1", Scene.Ask(null, guest.Ipv4, 80));
    });

    [Fact]
    public void A_flow_of_datagrams_is_cut_by_a_policy_that_forbids_it() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        scene.ServeDatagrams(scene.Outside, 5000);
        using Socket flow = one.Do(() =>
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 3000 };
            socket.Connect(Scene.OutsideAddress, 5000);
            return socket;
        });
        Assert.True(Answers(flow));

        uint generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(false, ["192.0.2.9:5000/udp"], []), 0, []);
        Assert.True(Answers(flow));
        generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(true, [], ["192.0.2.9:5000/udp"]), generation, []);
        Assert.False(Answers(flow));
        scene.Network.SetPolicy(guest, null, generation, []);
        Assert.True(Answers(flow));
    });

    /// <summary>The kernel remembers a flow of datagrams for two minutes, and a connection for days.</summary>
    [Fact]
    public void The_next_guest_of_an_address_inherits_no_flow() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        scene.AddGuest(new AttachRequest(7));
        scene.ServeDatagrams(scene.Outside, 5000);
        PublishedPort port = new(TransportProtocol.Udp, null, 5353, 53);
        using Socket client = scene.Outside.Do(() => Flow(6000, Scene.HostAddress, 5353));
        string address = "";
        foreach ((EgressPolicy? policy, bool isOpen) in ((EgressPolicy?, bool)[])[(EgressPolicy.Parse(false, ["192.0.2.9"], []), true), (EgressPolicy.Parse(false, [], []), false), (null, true), (EgressPolicy.Parse(false, [], []), false)])
        {
            (Host guest, NetworkAttachment at) = scene.AddGuest(new AttachRequest(9) { Policy = policy, Ports = isOpen ? [port] : [] });
            Assert.True(address.Length == 0 || address == $"{at.Ipv4}");
            address = $"{at.Ipv4}";
            scene.ServeDatagrams(guest, 53);
            using Socket flow = guest.Do(() => Flow(4444, Scene.OutsideAddress, 5000));
            // On a busy machine an answer takes time. A refused datagram has none.
            flow.ReceiveTimeout = client.ReceiveTimeout = isOpen ? 10_000 : 1000;
            Assert.Equal(isOpen, Answers(flow));
            Assert.Equal(isOpen, Answers(client));
            scene.Network.Release(at.TapName);
        }

        static Socket Flow(int from, IPAddress address, int port)
        {
            Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Any, from));
            socket.Connect(address, port);
            return socket;
        }
    });

    /// <summary>A guest may send such packets to the host, which asks for each unknown neighbour. Its table of them is one for all networks of the host.</summary>
    [Fact]
    public void An_address_that_no_guest_has_is_refused_at_once_and_the_host_does_not_look_for_it() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        (Host two, NetworkAttachment other) = scene.AddGuest();
        scene.Serve(two, 80);
        IPAddress free = IPAddress.Parse("172.29.77.77");
        byte[] free6 = guest.Ipv6.GetAddressBytes();
        free6[15] ^= 0x55;
        one.Do(() =>
        {
            using RouteSocket socket = RouteSocket.Open();
            int index = Links.Find(socket, "eth0")!.Index;
            Routes.Add(socket, new RouteInfo(free, 32, guest.Ipv4Gateway, index));
            Routes.Add(socket, new RouteInfo(new IPAddress(free6), 128, guest.Ipv6Gateway, index));
            Routes.Add(socket, new RouteInfo(other.Ipv4, 32, guest.Ipv4Gateway, index));
        });
        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal("ConnectionRefused ConnectionRefused", $"{Scene.Ask(one, free, 80)} {Scene.Ask(one, new IPAddress(free6), 80)}");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"it took {watch.Elapsed}");
        Assert.DoesNotContain("172.29.77.77", File.ReadAllText("/proc/thread-self/net/arp"), StringComparison.Ordinal);
        Assert.Equal($"{guest.Ipv4}", Scene.Ask(one, other.Ipv4, 80));
        Assert.Equal($"{guest.Ipv6}", Scene.Ask(one, other.Ipv6, 80));
        scene.Network.Release(other.TapName);
        Assert.Equal("ConnectionRefused", Scene.Ask(one, other.Ipv4, 80));
    });

    [Fact]
    public void A_connection_outlasts_the_address_that_a_name_has_opened() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        scene.Serve(scene.Outside, 443);
        scene.Network.SetPolicy(guest, EgressPolicy.Parse(false, ["example.org"], []), 0, []);

        // The shortest lifetime of an admission is longer than a test should wait.
        using (NfTables tables = NfTables.TryOpen()!)
        {
            Assert.Null(tables.Try($"add element inet {Scene.Bridge} learned4 {{ {guest.Ipv4} . {Scene.OutsideAddress} timeout 2s }}"));
        }

        using Socket connection = Scene.Connect(one, Scene.OutsideAddress, 443);
        Assert.True(SpinWait.SpinUntil(() => Scene.Ask(one, Scene.OutsideAddress, 443) == "ConnectionRefused", TimeSpan.FromSeconds(30)));
        Assert.True(Echoes(connection, 1));
    });

    /// <summary>The host answers with the packet size that fits, and its rules let that through in both directions.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_uplink_with_a_smaller_packet_size_carries_large_transfers(bool isConfined) => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        using RouteSocket socket = RouteSocket.Open();
        Links.SetMtu(socket, Links.Find(socket, "uplink")!.Index, SmallMtu);
        scene.Outside.Do(() =>
        {
            using RouteSocket own = RouteSocket.Open();
            Links.SetMtu(own, Links.Find(own, "wire")!.Index, SmallMtu);
        });
        scene.Serve(scene.Outside, 80);
        if (isConfined)
        {
            scene.Network.SetPolicy(guest, EgressPolicy.Parse(false, ["192.0.2.9:80", "[2001:db8::9]:80"], []), 0, []);
        }

        foreach (IPAddress address in (IPAddress[])[Scene.OutsideAddress, Scene.OutsideAddress6])
        {
            using Socket connection = Scene.Connect(one, address, 80);
            Assert.True(Echoes(connection, 100_000), $"a transfer to {address} stops");
        }
    });

    private static bool Answers(Socket flow)
    {
        try
        {
            flow.Send("who"u8);
            return flow.Receive(new byte[100]) > 0;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>Whether the server, which has sent the peer's address first, sends bytes back.</summary>
    private static bool Echoes(Socket connection, int bytes)
    {
        byte[] sent = new byte[bytes];
        Array.Fill(sent, (byte)'g');
        Thread sending = new(() => connection.Send(sent)) { IsBackground = true };
        sending.Start();
        byte[] buffer = new byte[16 << 10];
        int echoed = 0;
        try
        {
            while (echoed < bytes)
            {
                int count = connection.Receive(buffer);
                if (count == 0)
                {
                    return false;
                }

                echoed += buffer.AsSpan(0, count).Count((byte)'g');
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
