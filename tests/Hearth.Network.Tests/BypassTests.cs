using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Network.Tests;

/// <summary>Ways around the tables: frames that the bridge does not handle, packets without a connection, a tap that goes.</summary>
public sealed class BypassTests
{
    private const int Port = 5000;

    /// <summary>Linux's bridge takes these for its own protocols, and gives them to the host's stack as the tap's own.</summary>
    private static readonly byte[][] reserved = [[0x01, 0x80, 0xc2, 0, 0, 0x0e], [0x01, 0x80, 0xc2, 0, 0, 0x03], [0x01, 0x80, 0xc2, 0, 0, 0]];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Frames_to_reserved_hardware_addresses_do_not_reach_the_host(bool filtersBridges) => OwnHost.Run(() =>
    {
        Scene.FilterBridges(filtersBridges);
        using Scene scene = new();
        (Host one, NetworkAttachment own) = scene.AddGuest(new AttachRequest(0) { Policy = EgressPolicy.Parse(false, [$"host:{Port}/udp"], []) });
        (_, NetworkAttachment other) = scene.AddGuest();
        byte[] mac = [.. own.HardwareAddress];
        byte[] bridge = Hardware.AddressOf(own.Ipv4Gateway);
        using Socket four = Bind(AddressFamily.InterNetwork);
        using Socket six = Bind(AddressFamily.InterNetworkV6);
        using Socket sender = one.Do(() => ForgeryTests.Open("eth0"));
        foreach (byte[] target in reserved)
        {
            // The bridge forwards the last one to the host by the rules, so only the forged ones are strays.
            IPAddress source = target == reserved[^1] ? other.Ipv4 : own.Ipv4;
            IPAddress source6 = target == reserved[^1] ? other.Ipv6 : own.Ipv6;
            sender.Send(ForgeryTests.Fix([.. ForgeryTests.Frame(target, mac, 0x0800, ForgeryTests.Udp(source, own.Ipv4Gateway, Port, Port)), .. "STRAY"u8]));
            sender.Send(ForgeryTests.Fix([.. ForgeryTests.Frame(target, mac, 0x0800, ForgeryTests.Udp(other.Ipv4, own.Ipv4Gateway, Port, Port)), .. "STRAY"u8]));
            sender.Send(ForgeryTests.Fix([.. ForgeryTests.Frame(target, mac, 0x86dd, ForgeryTests.Udp6(source6, own.Ipv6Gateway, Port, Port)), .. "STRAY"u8]));
            sender.Send(ForgeryTests.Fix([.. ForgeryTests.Frame(target, mac, 0x86dd, ForgeryTests.Udp6(other.Ipv6, own.Ipv6Gateway, Port, Port)), .. "STRAY"u8]));
            sender.Send(ForgeryTests.Frame(target, mac, 0x0806, ForgeryTests.Arp(mac, IPAddress.Parse("172.29.7.7"), own.Ipv4Gateway)));
        }

        sender.Send(ForgeryTests.Fix([.. ForgeryTests.Frame(bridge, mac, 0x0800, ForgeryTests.Udp(own.Ipv4, own.Ipv4Gateway, Port, Port)), .. "CLEAN"u8]));
        sender.Send(ForgeryTests.Fix([.. ForgeryTests.Frame(bridge, mac, 0x86dd, ForgeryTests.Udp6(own.Ipv6, own.Ipv6Gateway, Port, Port)), .. "CLEAN"u8]));

        Assert.All(ReceiveUntilClean(four), text => Assert.Equal("CLEAN", text));
        Assert.All(ReceiveUntilClean(six), text => Assert.Equal("CLEAN", text));
        Assert.DoesNotContain("172.29.7.7", File.ReadAllText("/proc/thread-self/net/arp"), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Packets_without_a_connection_do_not_pass_a_policy(bool hasNoTracking) => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment own) = scene.AddGuest(new AttachRequest(0) { Policy = EgressPolicy.Parse(false, ["192.0.2.9:7/udp"], []) });
        scene.AddGuest(new AttachRequest(9) { RelayedPorts = [new PublishedPort(TransportProtocol.Udp, null, Port, 80)] });
        byte[] mac = [.. own.HardwareAddress];
        byte[] bridge = Hardware.AddressOf(own.Ipv4Gateway);
        Scene.AskByDatagram(one, Scene.OutsideAddress, 7);
        Assert.True(Scene.Ping(null, Scene.OutsideAddress6));
        if (hasNoTracking)
        {
            using NfTables tables = NfTables.TryOpen()!;
            Assert.Null(tables.Try("table inet other {\nchain raw {\ntype filter hook prerouting priority raw;\nudp dport != 7 notrack\n}\n}"));
        }

        using Socket host = Bind(AddressFamily.InterNetwork);
        using Socket outside = scene.Outside.Do(() => ForgeryTests.Open("wire"));
        using Socket sender = one.Do(() => ForgeryTests.Open("eth0"));
        (string Name, byte[] Frame)[] cases =
        [
            ("QUERY", ForgeryTests.Frame(bridge, mac, 0x86dd, ForgeryTests.Icmp6(own.Ipv6, Scene.OutsideAddress6, 130))),
            ("SOLIC", ForgeryTests.Frame(bridge, mac, 0x86dd, ForgeryTests.Icmp6(own.Ipv6, Scene.OutsideAddress6, 135))),
            ("REPRT", ForgeryTests.Frame(bridge, mac, 0x86dd, ForgeryTests.Icmp6(own.Ipv6, Scene.OutsideAddress6, 143))),
            ("FOUR4", ForgeryTests.Frame(bridge, mac, 0x0800, ForgeryTests.Udp(own.Ipv4, Scene.OutsideAddress, Port, Port))),
            ("SIX66", ForgeryTests.Frame(bridge, mac, 0x86dd, ForgeryTests.Udp6(own.Ipv6, Scene.OutsideAddress6, Port, Port))),
            ("RELAY", ForgeryTests.Frame(bridge, mac, 0x0800, ForgeryTests.Udp(own.Ipv4, own.Ipv4Gateway, Port, Port))),
            ("CLEAN", ForgeryTests.Frame(bridge, mac, 0x0800, ForgeryTests.Udp(own.Ipv4, Scene.OutsideAddress, Port, 7))),
        ];
        foreach ((string name, byte[] frame) in cases)
        {
            sender.Send(ForgeryTests.Fix([.. frame, .. System.Text.Encoding.ASCII.GetBytes(name)]));
        }

        Assert.Equal(["CLEAN"], ReceiveUntilClean(outside).Where(text => cases.Any(each => each.Name == text)));
        host.ReceiveTimeout = 300;
        Assert.Throws<SocketException>(() => host.Receive(new byte[100]));
        Assert.Contains(scene.Network.ListDenied(own), denied => denied.Address.Equals(Scene.OutsideAddress6) && denied.Protocol is "ipv6-icmp" or "icmpv6");
        Assert.Contains(scene.Network.ListDenied(own), denied => denied.Address.Equals(Scene.OutsideAddress) && denied.Port == Port);
    });

    /// <summary>A machine that does not end when it is killed may still send while its tap is removed.</summary>
    [Fact]
    public void Nothing_passes_while_a_tap_goes_whose_other_end_still_sends() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        using Socket host = Bind(AddressFamily.InterNetwork);
        host.ReceiveTimeout = 1;
        for (int round = 0; round < 10; round++)
        {
            (Host one, NetworkAttachment own) = scene.AddGuest();
            byte[] frame = ForgeryTests.Fix([.. ForgeryTests.Frame(Hardware.AddressOf(own.Ipv4Gateway), [.. own.HardwareAddress], 0x0800, ForgeryTests.Udp(IPAddress.Parse("172.29.9.9"), own.Ipv4Gateway, Port, Port)), .. "STRAY"u8]);
            using ManualResetEventSlim sending = new();
            using Socket sender = one.Do(() => ForgeryTests.Open("eth0"));
            Thread flood = new(() =>
            {
                try
                {
                    for (int count = 0; ; count++)
                    {
                        sender.Send(frame);
                        if (count == 100)
                        {
                            sending.Set();
                        }
                    }
                }
                catch (SocketException)
                {
                    // The other end is gone.
                }
            });
            flood.Start();
            sending.Wait();
            scene.Network.Release(own.TapName);
            flood.Join();
            Assert.Throws<SocketException>(() => host.Receive(new byte[100]));
        }
    });

    private static Socket Bind(AddressFamily family)
    {
        Socket socket = new(family, SocketType.Dgram, ProtocolType.Udp);
        if (family == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = false;
        }

        socket.Bind(new IPEndPoint(family == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, Port));
        return socket;
    }

    /// <returns>The last five letters of each packet up to the one that passes.</returns>
    private static List<string> ReceiveUntilClean(Socket socket)
    {
        socket.ReceiveTimeout = 3000;
        List<string> texts = [];
        byte[] buffer = new byte[2048];
        while (texts.Count == 0 || texts[^1] != "CLEAN")
        {
            int count = socket.Receive(buffer);
            texts.Add(System.Text.Encoding.ASCII.GetString(buffer, Math.Max(0, count - 5), Math.Min(5, count)));
        }

        return texts;
    }
}
