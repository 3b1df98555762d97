using System.Net;
using Hearth.Linux.Network;

namespace Hearth.Network.Tests;

public sealed class TrafficTests
{
    private static readonly IPAddress metadata = IPAddress.Parse("169.254.169.254");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Guests_reach_the_outside_and_each_other_but_not_the_host_or_metadata(bool filtersBridges) => OwnHost.Run(() =>
    {
        Scene.FilterBridges(filtersBridges);
        using Scene scene = new();
        (Host one, NetworkAttachment first) = scene.AddGuest();
        (Host two, NetworkAttachment second) = scene.AddGuest();
        scene.Serve(scene.Outside, 80);
        scene.Serve(two, 80);
        scene.Serve(null, 80);
        Assert.Equal("192.0.2.1", Scene.Ask(one, Scene.OutsideAddress, 80));
        Assert.Equal("2001:db8::1", Scene.Ask(one, Scene.OutsideAddress6, 80));
        Assert.Equal($"{first.Ipv4}", Scene.Ask(one, second.Ipv4, 80));
        Assert.Equal($"{first.Ipv6}", Scene.Ask(one, second.Ipv6, 80));
        Assert.Equal("172.29.0.1", Scene.Ask(null, second.Ipv4, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, first.Ipv4Gateway, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, first.Ipv6Gateway, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.HostAddress, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, metadata, 80));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_published_port_is_reached_from_everywhere_with_the_source_preserved(bool filtersBridges) => OwnHost.Run(() =>
    {
        Scene.FilterBridges(filtersBridges);
        using Scene scene = new();
        (Host one, NetworkAttachment first) = scene.AddGuest();
        (Host two, _) = scene.AddGuest(new AttachRequest(9)
        {
            Ports =
            [
                new PublishedPort(TransportProtocol.Tcp, null, 8080, 80),
                new PublishedPort(TransportProtocol.Udp, null, 8080, 80),
                new PublishedPort(TransportProtocol.Tcp, Scene.HostAddress, 8081, 80),
                new PublishedPort(TransportProtocol.Tcp, IPAddress.IPv6Any, 8082, 80),
                new PublishedPort(TransportProtocol.Udp, Scene.HostAddress6, 8083, 80),
            ],
        });
        scene.Serve(two, 80);
        scene.ServeDatagrams(two, 80);
        Assert.Equal("192.0.2.9", Scene.Ask(scene.Outside, Scene.HostAddress, 8080));
        Assert.Equal("2001:db8::9", Scene.Ask(scene.Outside, Scene.HostAddress6, 8080));
        Assert.Equal("192.0.2.9", Scene.AskByDatagram(scene.Outside, Scene.HostAddress, 8080));
        Assert.Equal("2001:db8::9", Scene.AskByDatagram(scene.Outside, Scene.HostAddress6, 8080));
        Assert.Equal($"{first.Ipv6}", Scene.AskByDatagram(one, Scene.HostAddress6, 8080));
        Assert.Equal("2001:db8::9", Scene.AskByDatagram(scene.Outside, Scene.HostAddress6, 8083));
        Assert.Equal("ConnectionRefused", Scene.AskByDatagram(scene.Outside, Scene.HostAddress, 8083));
        Assert.Equal("192.0.2.9", Scene.Ask(scene.Outside, Scene.HostAddress, 8081));
        Assert.Equal("ConnectionRefused", Scene.Ask(scene.Outside, Scene.HostAddress6, 8081));
        Assert.Equal("ConnectionRefused", Scene.Ask(scene.Outside, Scene.HostAddress, 8082));
        Assert.Equal("2001:db8::9", Scene.Ask(scene.Outside, Scene.HostAddress6, 8082));
        Assert.Equal("192.0.2.1", Scene.Ask(null, Scene.HostAddress, 8080));
        Assert.Equal("2001:db8::1", Scene.Ask(null, Scene.HostAddress6, 8080));
        Assert.Equal($"{first.Ipv4}", Scene.Ask(one, Scene.HostAddress, 8080));
        Assert.Equal($"{first.Ipv4}", Scene.Ask(one, first.Ipv4Gateway, 8080));

        // With br_netfilter, the kernel bridges what it translates, and never back to the port that it came from.
        if (!filtersBridges)
        {
            Assert.Equal("172.29.0.1", Scene.Ask(two, Scene.HostAddress, 8080));
        }
    });

    [Fact]
    public void A_port_or_an_address_of_another_guest_is_refused_and_free_again_after_its_release() => OwnHost.Run(() =>
    {
        BridgeNetwork network = new(NetworkDefinition.Of(Scene.Bridge, Subnet.Default));
        AttachRequest request = new(0) { Address = IPAddress.Parse("172.29.5.5"), Ports = [new PublishedPort(TransportProtocol.Tcp, null, 8080, 80)] };
        NetworkAttachment first = network.Attach(request, _ => { }, _ => { });
        NetworkException taken = Assert.Throws<NetworkException>(() => network.Attach(request, _ => { }, _ => { }));
        Assert.Equal((NetworkError.InUse, "cannot use the address 172.29.5.5: another container of the network 'testbridge' has it; choose another or remove that container"), (taken.Error, taken.Message));
        taken = Assert.Throws<NetworkException>(() => network.Attach(request with { Address = null }, _ => { }, _ => { }));
        Assert.Equal((NetworkError.InUse, "cannot publish ports: port 8080 leads to another container already; choose another"), (taken.Error, taken.Message));
        network.Release(first.TapName);
        Assert.Equal(first.Ipv4, network.Attach(request, _ => { }, _ => { }).Ipv4);
        network.Release(first.TapName);
    });

    [Fact]
    public void Networks_are_isolated_from_each_other_and_from_the_outside() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        BridgeNetwork other = new(NetworkDefinition.Of("otherbridge", Subnet.Parse("10.77.0.0/24")));
        (Host one, _) = scene.AddGuest();
        (Host two, NetworkAttachment second) = scene.AddGuest(network: other);
        scene.Serve(two, 80);
        Assert.Equal("ConnectionRefused", Scene.Ask(one, second.Ipv4, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, second.Ipv6, 80));
    });

    /// <summary>As docker's option enable_icc: published ports stay open.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Guests_that_a_network_does_not_connect_reach_only_the_outside_and_published_ports(bool isConfined) => OwnHost.Run(() =>
    {
        using Scene scene = new(With("com.docker.network.bridge.enable_icc", "false"));
        AttachRequest request = new(0) { Policy = isConfined ? EgressPolicy.Parse(true, ["172.29.0.0/16", "224.0.0.0/4"], []) : null };
        (Host one, NetworkAttachment first) = scene.AddGuest(request);
        (Host two, NetworkAttachment second) = scene.AddGuest(new AttachRequest(9) { Ports = [new PublishedPort(TransportProtocol.Tcp, null, 8080, 80)] });
        scene.Serve(two, 80);
        scene.Serve(scene.Outside, 80);
        Assert.Equal("ConnectionRefused", Scene.Ask(one, second.Ipv4, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, second.Ipv6, 80));
        Assert.False(Scene.Ping(one, second.Ipv4));
        Assert.Equal("192.0.2.1", Scene.Ask(one, Scene.OutsideAddress, 80));
        Assert.Equal($"{first.Ipv4}", Scene.Ask(one, Scene.HostAddress, 8080));
        Assert.Equal("192.0.2.9", Scene.Ask(scene.Outside, Scene.HostAddress, 8080));
        Assert.Equal("172.29.0.1", Scene.Ask(null, second.Ipv4, 80));
        EgressPlace place = new([(scene.Network, first)], bridge => bridge);
        Assert.Equal("containers of the network do not reach each other (its option enable_icc is false)", place.FindObstacle(second.Ipv4));
        Assert.Equal(place.FindObstacle(second.Ipv4), place.FindObstacle(IPAddress.Parse("224.1.2.3")));
        Assert.Null(place.FindObstacle(first.Ipv4Gateway));
        Assert.Null(place.FindObstacle(Scene.OutsideAddress));
    });

    [Fact]
    public void Without_masquerading_the_outside_sees_the_guests_own_address() => OwnHost.Run(() =>
    {
        using Scene scene = new(With("com.docker.network.bridge.enable_ip_masquerade", "false"));
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        scene.Serve(scene.Outside, 80);
        scene.Outside.Do(() =>
        {
            using RouteSocket own = RouteSocket.Open();
            int wire = Links.Find(own, "wire")!.Index;
            Routes.Add(own, new RouteInfo(IPAddress.Parse("172.29.0.0"), 16, Scene.HostAddress, wire));
            Routes.Add(own, new RouteInfo(guest.Ipv6, 128, Scene.HostAddress6, wire));
        });
        Assert.Equal($"{guest.Ipv4}", Scene.Ask(one, Scene.OutsideAddress, 80));
        Assert.Equal($"{guest.Ipv6}", Scene.Ask(one, Scene.OutsideAddress6, 80));
    });

    [Theory]
    [InlineData("1400")]
    [InlineData("9000")]
    public void A_networks_packet_size_is_that_of_its_bridge_and_taps(string bytes) => OwnHost.Run(() =>
    {
        NetworkDefinition definition = With("com.docker.network.driver.mtu", bytes);
        BridgeNetwork network = new(definition);
        NetworkAttachment[] guests = [.. Enumerable.Range(0, 2).Select(_ => network.Attach(new(0), _ => { }, _ => { }))];
        using RouteSocket socket = RouteSocket.Open();
        Assert.All([Scene.Bridge, .. guests.Select(guest => guest.TapName)], name => Assert.Equal(bytes, $"{Links.Find(socket, name)!.MaximumTransmissionUnit}"));
        Array.ForEach(guests, guest => network.Release(guest.TapName));
    });

    internal static NetworkDefinition With(string option, string value) =>
        NetworkDefinition.Of(Scene.Bridge, Subnet.Default) with { Options = BridgeOptions.Parse(new Dictionary<string, string> { [option] = value }) };

    [Fact]
    public void A_rate_is_set_for_both_directions_and_goes_with_the_guest() => OwnHost.Run(() =>
    {
        BridgeNetwork network = new(NetworkDefinition.Of(Scene.Bridge, Subnet.Default));
        NetworkAttachment other = network.Attach(new AttachRequest(3), _ => { }, _ => { });
        NetworkAttachment guest = network.Attach(new AttachRequest(0) { Rate = new TrafficRate(1_000_000, 100_000) }, _ => { }, _ => { });
        using NfTables tables = NfTables.TryOpen()!;
        Assert.Equal([$"up_{guest.TapName}", $"down_{guest.TapName}"], ((string[])["up", "down"]).Select(direction => $"{direction}_{guest.TapName}").Where(limit => Text().Contains($"\"{limit}\"", StringComparison.Ordinal)));
        network.Release(guest.TapName);
        Assert.DoesNotContain(guest.TapName, Text(), StringComparison.Ordinal);
        network.Release(other.TapName);

        string Text() => tables.TryList($"list table bridge {Scene.Bridge}")!;
    });

    [Fact]
    public void A_forward_chain_of_others_that_drops_is_reported_with_the_remedy() => OwnHost.Run(() =>
    {
        BridgeNetwork network = new(NetworkDefinition.Of(Scene.Bridge, Subnet.Default));
        using NfTables tables = NfTables.TryOpen()!;
        Assert.Null(network.FindForwardDrop());
        Assert.Null(tables.Try("table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }\n}"));
        Assert.Equal(
            "the nftables chain 'ip filter FORWARD' drops forwarded packets by default; if containers of 'testbridge' cannot reach the outside, accept packets from and to the interface 'testbridge' there",
            network.FindForwardDrop());
    });
}
