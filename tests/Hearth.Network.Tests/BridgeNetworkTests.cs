using System.Net;
using Hearth.Linux.Network;

namespace Hearth.Network.Tests;

public sealed class BridgeNetworkTests
{
    private const string Bridge = "testbridge";
    private const string ForwardingFile = "/proc/sys/net/ipv4/ip_forward";

    [Fact]
    public void The_first_guest_sets_the_host_up_and_the_last_one_leaves_it_as_it_was() => OwnHost.Run(() =>
    {
        BridgeNetwork network = new(NetworkDefinition.Of(Bridge, Subnet.Default));
        List<string> noted = [];
        List<ChangedSwitch> changed = [];
        NetworkAttachment one = network.Attach(new(1), noted.Add, changed.Add);
        NetworkAttachment two = network.Attach(new(1), noted.Add, changed.Add);

        Assert.Equal(("172.29.0.3", "172.29.0.4", "172.29.0.1"), ($"{one.Ipv4}", $"{two.Ipv4}", $"{one.Ipv4Gateway}"));
        Assert.Equal(("hearth-ac1d0003", 16), (one.TapName, one.Ipv4PrefixLength));
        Assert.Equal([0x02, (byte)'h', 172, 29, 0, 3], one.HardwareAddress);
        Assert.StartsWith("fd", $"{one.Ipv6}", StringComparison.Ordinal);
        Assert.Equal([one.TapName, two.TapName], noted);
        Assert.Contains(new ChangedSwitch(ForwardingFile, "1"), changed);
        using (RouteSocket socket = RouteSocket.Open())
        {
            int bridge = Links.Find(socket, Bridge)!.Index;
            Assert.All([one, two], guest => Assert.Equal((bridge, true), (Links.Find(socket, guest.TapName)!.Master, Links.Find(socket, guest.TapName)!.IsUp)));
        }

        Assert.Equal("1", File.ReadAllText(ForwardingFile).Trim());
        Assert.Contains("{\"table\":", Tables(), StringComparison.Ordinal);
        Assert.Contains("masquerade", Tables(), StringComparison.Ordinal);

        network.Release(one.TapName);
        Assert.Contains("masquerade", Tables(), StringComparison.Ordinal);
        network.Release(two.TapName);
        network.Release(two.TapName);
        AssertNothingLeft();
    });

    [Fact]
    public void Forwarding_that_was_on_stays_on() => OwnHost.Run(() =>
    {
        File.WriteAllText(ForwardingFile, "1");
        BridgeNetwork network = new(NetworkDefinition.Of(Bridge, Subnet.Default));
        List<ChangedSwitch> changed = [];
        network.Release(network.Attach(new(0), _ => { }, changed.Add).TapName);
        Assert.DoesNotContain(changed, change => change.Path == ForwardingFile);
        Assert.Equal("1", File.ReadAllText(ForwardingFile).Trim());
    });

    [Fact]
    public void A_full_pool_is_an_error_and_a_released_address_is_given_again() => OwnHost.Run(() =>
    {
        BridgeNetwork network = new(NetworkDefinition.Of(Bridge, Subnet.Parse("10.9.8.0/29")));
        NetworkAttachment[] guests = [.. Enumerable.Range(0, 5).Select(_ => network.Attach(new(3), _ => { }, _ => { }))];
        Assert.Equal(["10.9.8.2", "10.9.8.3", "10.9.8.4", "10.9.8.5", "10.9.8.6"], guests.Select(guest => $"{guest.Ipv4}").Order(StringComparer.Ordinal));

        NetworkException full = Assert.Throws<NetworkException>(() => network.Attach(new(3), _ => { }, _ => { }));
        Assert.Equal((NetworkError.PoolExhausted, "cannot find a free address in 10.9.8.0/29: all 5 are in use"), (full.Error, full.Message));
        network.Release(guests[2].TapName);
        Assert.Equal(guests[2].Ipv4, network.Attach(new(0), _ => { }, _ => { }).Ipv4);
        foreach (NetworkAttachment guest in guests)
        {
            network.Release(guest.TapName);
        }

        AssertNothingLeft();
    });

    [Fact]
    public void Guests_that_ask_for_no_address_get_those_of_the_range_that_are_not_reserved() => OwnHost.Run(() =>
    {
        NetworkDefinition definition = NetworkDefinition.Of(Bridge, Subnet.Parse("10.9.8.0/24")) with { Range = IPNetwork.Parse("10.9.8.0/30"), Reserved = [IPAddress.Parse("10.9.8.2"), IPAddress.Parse("10.9.8.77")] };
        BridgeNetwork network = new(definition);
        NetworkAttachment only = network.Attach(new(3), _ => { }, _ => { });
        Assert.Equal("10.9.8.3", $"{only.Ipv4}");
        NetworkException full = Assert.Throws<NetworkException>(() => network.Attach(new(3), _ => { }, _ => { }));
        Assert.Equal((NetworkError.PoolExhausted, "cannot find a free address in 10.9.8.0/30: all 1 are in use"), (full.Error, full.Message));

        NetworkException reserved = Assert.Throws<NetworkException>(() => network.Attach(new(3) { Address = IPAddress.Parse("10.9.8.77") }, _ => { }, _ => { }));
        Assert.Equal((NetworkError.InvalidRequest, "cannot use the address 10.9.8.77: the network 'testbridge' reserves it (--aux-address); choose another"), (reserved.Error, reserved.Message));
        NetworkAttachment asked = network.Attach(new(3) { Address = IPAddress.Parse("10.9.8.78") }, _ => { }, _ => { });
        network.Release(only.TapName);
        network.Release(asked.TapName);
        AssertNothingLeft();
    });

    [Fact]
    public void A_tap_of_another_guest_is_never_noted() => OwnHost.Run(() =>
    {
        BridgeNetwork network = new(NetworkDefinition.Of(Bridge, Subnet.Default));
        NetworkAttachment other = network.Attach(new(7), _ => { }, _ => { });
        List<string> noted = [];
        NetworkAttachment own = network.Attach(new(7), noted.Add, _ => { });
        Assert.Equal([own.TapName], noted);
        Assert.NotEqual(other.TapName, own.TapName);
    });

    [Fact]
    public void A_tap_that_another_holder_has_got_meanwhile_stays() => OwnHost.Run(() =>
    {
        BridgeNetwork network = new(NetworkDefinition.Of(Bridge, Subnet.Default));
        NetworkAttachment at = network.Attach(new(7) { Holder = "new" }, _ => { }, _ => { });
        network.Release(at.TapName, "crashed");
        using RouteSocket socket = RouteSocket.Open();
        Assert.Equal("forwarding=ipv4,ipv6 holder=new", Links.Find(socket, at.TapName)!.Alias);
        network.Release(at.TapName, "new");
        AssertNothingLeft();
    });

    [Fact]
    public void A_bridge_that_somebody_deleted_comes_back_with_the_next_guest() => OwnHost.Run(() =>
    {
        BridgeNetwork network = new(NetworkDefinition.Of(Bridge, Subnet.Default));
        NetworkAttachment first = network.Attach(new(1), _ => { }, _ => { });
        using RouteSocket socket = RouteSocket.Open();
        Links.Delete(socket, Links.Find(socket, Bridge)!.Index);
        NetworkAttachment second = network.Attach(new(1), _ => { }, _ => { });
        Assert.Equal(Links.Find(socket, Bridge)!.Index, Links.Find(socket, second.TapName)!.Master);
        network.Release(first.TapName);
        network.Release(second.TapName);
        AssertNothingLeft();
    });

    [Fact]
    public void Forwarding_ends_with_the_last_guest_of_all_networks_also_after_bridges_were_deleted() => OwnHost.Run(() =>
    {
        BridgeNetwork one = new(NetworkDefinition.Of(Bridge, Subnet.Default));
        BridgeNetwork two = new(NetworkDefinition.Of("otherbridge", Subnet.Parse("10.9.8.0/24"), isInternal: true));
        NetworkAttachment first = one.Attach(new(0) { HardwareAddress = [2, 0, 0, 0, 0, 1] }, _ => { }, _ => { });
        NetworkAttachment second = two.Attach(new(0), _ => { }, _ => { });
        using RouteSocket socket = RouteSocket.Open();
        Assert.Equal("hardware=020000000001 forwarding=ipv4,ipv6", Links.Find(socket, first.TapName)!.Alias);
        Assert.Equal("forwarding=ipv4,ipv6", Links.Find(socket, second.TapName)!.Alias);

        one.Release(first.TapName);
        Assert.Equal("1", File.ReadAllText(ForwardingFile).Trim());
        Links.Delete(socket, Links.Find(socket, "otherbridge")!.Index);
        NetworkAttachment third = one.Attach(new(0), _ => { }, _ => { });
        two.Release(second.TapName);
        Assert.Equal("1", File.ReadAllText(ForwardingFile).Trim());
        one.Release(third.TapName);
        Assert.Equal(["lo"], Links.List(socket).Select(link => link.Name));
        AssertNothingLeft();
    });

    [Fact]
    public void Several_networks_whose_bridges_and_tables_somebody_deleted_come_back() => OwnHost.Run(() =>
    {
        BridgeNetwork one = new(NetworkDefinition.Of(Bridge, Subnet.Default));
        BridgeNetwork two = new(NetworkDefinition.Of("otherbridge", Subnet.Parse("10.9.8.0/24")));
        NetworkAttachment[] firsts = [one.Attach(new(0), _ => { }, _ => { }), two.Attach(new(0), _ => { }, _ => { })];
        using RouteSocket socket = RouteSocket.Open();
        Links.Delete(socket, Links.Find(socket, Bridge)!.Index);
        Links.Delete(socket, Links.Find(socket, "otherbridge")!.Index);
        using (NfTables tables = NfTables.TryOpen()!)
        {
            Assert.Null(tables.Try("flush ruleset"));
        }

        NetworkAttachment[] seconds = [one.Attach(new(0), _ => { }, _ => { }), two.Attach(new(0), _ => { }, _ => { })];
        foreach (((NetworkAttachment at, NetworkAttachment next), string bridge) in firsts.Zip(seconds).Zip((string[])[Bridge, "otherbridge"]))
        {
            Assert.Equal(Links.Find(socket, bridge)!.Index, Links.Find(socket, at.TapName)!.Master);
            Assert.Equal(Links.Find(socket, bridge)!.Index, Links.Find(socket, next.TapName)!.Master);
            Assert.Contains($"\"{at.TapName}\"", Tables(), StringComparison.Ordinal);
        }

        one.Release(firsts[0].TapName);
        two.Release(firsts[1].TapName);
        one.Release(seconds[0].TapName);
        two.Release(seconds[1].TapName);
        AssertNothingLeft();
    });

    [Fact]
    public void Changes_in_a_namespace_are_made_one_at_a_time_and_others_have_locks_of_their_own() => OwnHost.Run(() =>
    {
        using NetworkNamespaceLock held = NetworkNamespaceLock.Take(TimeSpan.Zero);
        Assert.Throws<TimeoutException>(() => NetworkNamespaceLock.Take(TimeSpan.FromMilliseconds(50)));
        OwnHost.Run(() => NetworkNamespaceLock.Take(TimeSpan.Zero).Dispose());
        held.Dispose();
        NetworkNamespaceLock.Take(TimeSpan.FromSeconds(10)).Dispose();
    });

    [Theory]
    [InlineData("172.29.3.0/24", "its subnet 172.29.0.0/16 overlaps the host's route 172.29.3.0/24 by uplink; choose another with --subnet")]
    [InlineData("172.16.0.0/12", "its subnet 172.29.0.0/16 overlaps the host's route 172.16.0.0/12 by uplink; choose another with --subnet")]
    [InlineData("128.0.0.0/1", "")]
    [InlineData("172.30.0.0/16", "")]
    public void A_subnet_must_not_overlap_what_the_host_reaches(string route, string message) => OwnHost.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        Links.CreatePair(socket, "uplink", "wire");
        int uplink = Links.Find(socket, "uplink")!.Index;
        Links.SetUp(socket, uplink);
        IPNetwork network = IPNetwork.Parse(route);
        Routes.Add(socket, new RouteInfo(network.BaseAddress, network.PrefixLength, null, uplink));
        BridgeNetwork guests = new(NetworkDefinition.Default("nat"));
        if (message.Length == 0)
        {
            guests.Release(guests.Attach(new(0), _ => { }, _ => { }).TapName);
        }
        else
        {
            NetworkException refused = Assert.Throws<NetworkException>(() => guests.Attach(new(0), _ => { }, _ => { }));
            Assert.Equal((NetworkError.HostUnsuitable, "cannot attach a machine to the network 'nat': " + message), (refused.Error, refused.Message));
        }

        Assert.Null(Links.Find(socket, "hearth0"));
        AssertNothingLeft();
    });

    /// <summary>A VPN that comes later must not end containers, so the next one starts with a warning.</summary>
    [Theory]
    [InlineData("172.29.3.0/24", "the host's route 172.29.3.0/24 by uplink")]
    [InlineData("172.30.0.0/16", null)]
    public void A_route_that_comes_after_the_first_guest_is_reported(string route, string? overlap) => OwnHost.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        Links.CreatePair(socket, "uplink", "wire");
        int uplink = Links.Find(socket, "uplink")!.Index;
        Links.SetUp(socket, uplink);
        BridgeNetwork guests = new(NetworkDefinition.Default("nat"));
        Assert.Null(guests.FindOverlap());
        NetworkAttachment first = guests.Attach(new(0), _ => { }, _ => { });
        Assert.Null(guests.FindOverlap());
        IPNetwork network = IPNetwork.Parse(route);
        Routes.Add(socket, new RouteInfo(network.BaseAddress, network.PrefixLength, null, uplink));

        NetworkAttachment second = guests.Attach(new(0), _ => { }, _ => { });
        Assert.Equal(
            overlap is null ? null : $"{overlap} overlaps the network 'nat' (172.29.0.0/16) since its first container started; one hides the other from the host: remove the route, or end the network's containers and use another subnet",
            guests.FindOverlap());
        guests.Release(first.TapName);
        guests.Release(second.TapName);
    });

    [Theory]
    [InlineData("172.31.0.0/16")]
    [InlineData("172.29.0.0/24")]
    public void A_network_that_runs_with_another_subnet_is_left_alone(string other) => OwnHost.Run(() =>
    {
        BridgeNetwork running = new(NetworkDefinition.Default("nat"));
        NetworkAttachment guest = running.Attach(new(0), _ => { }, _ => { });
        NetworkException refused = Assert.Throws<NetworkException>(() => new BridgeNetwork(NetworkDefinition.Default("nat", Subnet.Parse(other))).Attach(new(0), _ => { }, _ => { }));
        Assert.Equal(
            $"cannot attach a machine to the network 'nat': it runs with another subnet (172.29.0.1/16) than {other}; use the same one, or end its containers first", refused.Message);
        Assert.Contains("masquerade", Tables(), StringComparison.Ordinal);
        running.Release(guest.TapName);
        AssertNothingLeft();
    });

    [Fact]
    public void A_gateway_of_ones_own_is_no_guests_address() => OwnHost.Run(() =>
    {
        Subnet subnet = Subnet.Parse("10.9.8.0/29").WithGateway(IPAddress.Parse("10.9.8.4"));
        BridgeNetwork network = new(NetworkDefinition.Of(Bridge, subnet));
        NetworkAttachment[] guests = [.. Enumerable.Range(0, 5).Select(_ => network.Attach(new(0), _ => { }, _ => { }))];
        Assert.Equal(["10.9.8.1", "10.9.8.2", "10.9.8.3", "10.9.8.5", "10.9.8.6"], guests.Select(guest => $"{guest.Ipv4}"));
        Assert.All(guests, guest => Assert.Equal("10.9.8.4", $"{guest.Ipv4Gateway}"));
        Assert.False(subnet.IsGuest(subnet.Gateway));
        foreach (string wrong in (string[])["10.9.8.0", "10.9.8.7", "10.9.9.1", "fd00::1"])
        {
            Assert.Equal(NetworkError.InvalidRequest, Assert.Throws<NetworkException>(() => subnet.WithGateway(IPAddress.Parse(wrong))).Error);
        }

        foreach (NetworkAttachment guest in guests)
        {
            network.Release(guest.TapName);
        }

        AssertNothingLeft();
    });

    [Theory]
    [InlineData("172.29.0.0")]
    [InlineData("172.29.0.1/16")]
    [InlineData("172.29.0.0/30")]
    [InlineData("1.0.0.0/7")]
    [InlineData("fd00::/64")]
    [InlineData("house/16")]
    public void What_is_not_a_subnet_is_refused(string text) =>
        Assert.Equal(NetworkError.InvalidRequest, Assert.Throws<NetworkException>(() => Subnet.Parse(text)).Error);

    private static void AssertNothingLeft()
    {
        using RouteSocket socket = RouteSocket.Open();
        Assert.DoesNotContain(Links.List(socket), link => link.Name == Bridge || link.Name.StartsWith(BridgeNetwork.TapPrefix, StringComparison.Ordinal));
        Assert.DoesNotContain("{\"table\":", Tables(), StringComparison.Ordinal);
        Assert.Equal("0", File.ReadAllText(ForwardingFile).Trim());
    }

    private static string Tables()
    {
        using NfTables tables = NfTables.TryOpen()!;
        return tables.TryList("list ruleset")!;
    }
}
