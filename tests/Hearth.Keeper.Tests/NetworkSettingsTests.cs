using System.Net;
using Hearth.Containers;
using Hearth.Keeper.Parts.Network;
using Hearth.Network;
using Hearth.Network.Names;

namespace Hearth.Keeper.Tests;

/// <summary>What the texts of a description mean for the network.</summary>
public sealed class NetworkSettingsTests
{
    [Fact]
    public void A_request_has_what_was_asked_for()
    {
        AttachRequest plain = NetworkSettings.RequestOf(new NetworkOptions(), new NetworkPlacement("nat"), seed: 7);
        AttachRequest full = NetworkSettings.RequestOf(
            new NetworkOptions { Rate = new ByteSize(1000), Burst = new ByteSize(50) }, new NetworkPlacement("nat") { Address = "172.29.0.9", HardwareAddress = "02:42:ac:1d:00:09" }, seed: 7);

        Assert.Equal(new AttachRequest(7), plain);
        Assert.Equal(IPAddress.Parse("172.29.0.9"), full.Address);
        Assert.Equal([2, 0x42, 0xac, 0x1d, 0, 9], full.HardwareAddress!);
        Assert.Equal(new TrafficRate(1000, 50), full.Rate);
        Assert.Equal(new TrafficRate(1000, 64 << 10), NetworkSettings.RequestOf(new NetworkOptions { Rate = new ByteSize(1000) }, new NetworkPlacement("nat"), seed: 7).Rate);
    }

    [Theory]
    [InlineData("02:42:ac:1d:00")]
    [InlineData("02:42:ac:1d:00:09:11")]
    [InlineData("02:42:ac:1d:00:100")]
    [InlineData("")]
    public void A_wrong_hardware_address_is_refused(string text) =>
        Assert.Contains("is not a MAC address", Assert.Throws<HearthException>(() => NetworkSettings.RequestOf(new NetworkOptions(), new NetworkPlacement("nat") { HardwareAddress = text }, 0)).Message, StringComparison.Ordinal);

    [Fact]
    public void The_gateway_stands_for_the_host() =>
        Assert.Equal("172.29.0.1", NetworkSettings.AddressOf(new HostEntry("host", "host-gateway"), IPAddress.Parse("172.29.0.1")));

    [Fact]
    public void Without_entries_there_is_no_policy() => Assert.Null(NetworkSettings.PolicyOf(new EgressRules(false, [], [])));

    [Theory]
    [InlineData("example.org", NameVerdict.AdmitPublic)]
    [InlineData("a.example.net", NameVerdict.AdmitPublic)]
    [InlineData("example.com", NameVerdict.Refuse)]
    public void A_policy_of_names_decides_what_is_resolved(string name, NameVerdict expected)
    {
        ContainerPolicy policy = new([], null, TimeProvider.System);
        policy.Set(NetworkSettings.PolicyOf(new EgressRules(true, ["example.org", "*.example.net:443"], [])));

        Assert.Equal(expected, policy.Judge(name, DnsType.Address));
        Assert.Equal(expected == NameVerdict.Refuse ? [(name, 1L)] : [], policy.Refused);
    }

    [Fact]
    public void A_policy_of_addresses_leaves_names_open_unless_all_is_denied()
    {
        ContainerPolicy policy = new([], null, TimeProvider.System);

        Assert.Equal(NameVerdict.Learn, policy.Judge("example.org", DnsType.Address));
        policy.Set(NetworkSettings.PolicyOf(new EgressRules(false, [], ["10.0.0.0/8"])));
        Assert.Equal(NameVerdict.Learn, policy.Judge("example.org", DnsType.Address));
        policy.Set(NetworkSettings.PolicyOf(new EgressRules(true, [], [])));
        Assert.Equal(NameVerdict.Refuse, policy.Judge("example.org", DnsType.Address));
        policy.Set(null);
        Assert.Equal(NameVerdict.Learn, policy.Judge("example.org", DnsType.Address));
    }

    [Theory]
    [InlineData("", "", "127.0.0.53", "example.org")]
    [InlineData("192.0.2.53,fd00::53", "", "192.0.2.53,fd00::53", "example.org")]
    [InlineData("", ".", "127.0.0.53", "")]
    [InlineData("192.0.2.53", "a.example,b.example", "192.0.2.53", "a.example,b.example")]
    public void Servers_and_search_domains_of_a_container_replace_the_hosts(string servers, string search, string expectedServers, string expectedSearch)
    {
        NetworkOptions options = new() { NameServers = servers.Split(',', StringSplitOptions.RemoveEmptyEntries), SearchDomains = search.Split(',', StringSplitOptions.RemoveEmptyEntries) };
        HostResolver resolver = NetworkSettings.ResolverOf(options, HostResolver.Parse("nameserver 127.0.0.53\nsearch example.org\noptions timeout:2\n"));

        Assert.Equal((expectedServers, expectedSearch, 2), (string.Join(',', resolver.Servers), string.Join(',', resolver.Search), resolver.Timeout.TotalSeconds));
    }

    [Fact]
    public void A_wrong_server_is_refused() => Assert.Contains(
        "'dns.example' is not an IP address", Assert.Throws<HearthException>(() => NetworkSettings.ResolverOf(new NetworkOptions { NameServers = ["dns.example"] }, HostResolver.Parse(""))).Message, StringComparison.Ordinal);
}
