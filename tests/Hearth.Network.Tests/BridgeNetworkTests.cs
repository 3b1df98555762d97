using Hearth.Linux.Network;

namespace Hearth.Network.Tests;

public sealed class BridgeNetworkTests
{
    private const string Bridge = "testbridge";
    private const string ForwardingFile = "/proc/sys/net/ipv4/ip_forward";

    [Fact]
    public void The_first_guest_sets_the_host_up_and_the_last_one_leaves_it_as_it_was() => OwnHost.Run(host =>
    {
        BridgeNetwork network = new(host.Directory, NetworkDefinition.Of(Bridge, Subnet.Default));
        List<string> noted = [];
        List<string> changed = [];
        NetworkAttachment one = network.Attach(new(1), noted.Add, changed.Add);
        NetworkAttachment two = network.Attach(new(1), noted.Add, changed.Add);

        Assert.Equal(("172.29.0.3", "172.29.0.4", "172.29.0.1"), ($"{one.Ipv4}", $"{two.Ipv4}", $"{one.Ipv4Gateway}"));
        Assert.Equal(("hearth-ac1d0003", 16), (one.TapName, one.Ipv4PrefixLength));
        Assert.Equal([0x02, (byte)'h', 172, 29, 0, 3], one.HardwareAddress);
        Assert.StartsWith("fd", $"{one.Ipv6}", StringComparison.Ordinal);
        Assert.Equal([one.TapName, two.TapName], noted);
        Assert.Contains(ForwardingFile, changed);
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
    public void Forwarding_that_was_on_stays_on() => OwnHost.Run(host =>
    {
        File.WriteAllText(ForwardingFile, "1");
        BridgeNetwork network = new(host.Directory, NetworkDefinition.Of(Bridge, Subnet.Default));
        List<string> changed = [];
        network.Release(network.Attach(new(0), _ => { }, changed.Add).TapName);
        Assert.DoesNotContain(ForwardingFile, changed);
        Assert.Equal("1", File.ReadAllText(ForwardingFile).Trim());
    });

    [Fact]
    public void A_full_pool_is_an_error_and_a_released_address_is_given_again() => OwnHost.Run(host =>
    {
        BridgeNetwork network = new(host.Directory, NetworkDefinition.Of(Bridge, Subnet.Parse("10.9.8.0/29")));
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
    public void A_tap_of_another_guest_is_never_noted() => OwnHost.Run(host =>
    {
        BridgeNetwork network = new(host.Directory, NetworkDefinition.Of(Bridge, Subnet.Default));
        NetworkAttachment other = network.Attach(new(7), _ => { }, _ => { });
        List<string> noted = [];
        NetworkAttachment own = network.Attach(new(7), noted.Add, _ => { });
        Assert.Equal([own.TapName], noted);
        Assert.NotEqual(other.TapName, own.TapName);
    });

    [Fact]
    public void A_bridge_that_somebody_deleted_comes_back_with_the_next_guest() => OwnHost.Run(host =>
    {
        BridgeNetwork network = new(host.Directory, NetworkDefinition.Of(Bridge, Subnet.Default));
        NetworkAttachment first = network.Attach(new(1), _ => { }, _ => { });
        using RouteSocket socket = RouteSocket.Open();
        Links.Delete(socket, Links.Find(socket, Bridge)!.Index);
        NetworkAttachment second = network.Attach(new(1), _ => { }, _ => { });
        Assert.Equal(Links.Find(socket, Bridge)!.Index, Links.Find(socket, second.TapName)!.Master);
        network.Release(first.TapName);
        network.Release(second.TapName);
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
