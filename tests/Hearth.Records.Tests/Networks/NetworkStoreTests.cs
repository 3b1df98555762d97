using System.Net;
using Hearth.Containers;
using Hearth.Linux.Network;
using Hearth.Linux.Tests.Network;
using Hearth.Network;
using Hearth.Records.Events;
using Hearth.Records.Networks;
using Hearth.Records.Recovery;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests.Networks;

/// <summary>Each test's routes are those of a network namespace of its own.</summary>
public sealed class NetworkStoreTests : IDisposable
{
    private readonly Workplace place = new();
    private readonly NetworkStore store;

    public NetworkStoreTests() => store = new NetworkStore(place.Directories, TimeProvider.System);

    public void Dispose() => place.Dispose();

    [Fact]
    public void A_network_is_found_by_its_name_its_id_and_the_beginning_of_its_id() => OwnNamespace.Run(() =>
    {
        NetworkEntry made = store.Create(new NetworkRequest("front") { Labels = new Dictionary<string, string> { ["for"] = "tests" } });
        foreach (string reference in (string[])["front", made.Id, made.Id[..12]])
        {
            NetworkEntry found = store.Find(reference);
            Assert.Equal((made.Id, "front", "172.30.0.0/16", "172.30.0.1", "tests"), (found.Id, found.Name, found.Subnet, found.Gateway, found.Labels["for"]));
        }

        Assert.Equal(["front", "nat"], store.List().Select(entry => entry.Name));
        Assert.Equal($"hearth-br-{made.Id[..5]}", made.Bridge);
        Assert.Equal(15, made.Bridge.Length);
        HearthException unknown = Assert.Throws<HearthException>(() => store.Find("back"));
        Assert.Equal((HearthError.NetworkUnknown, "there is no network 'back': 'hearth network ls' lists all, 'hearth network create' makes one"), (unknown.Error, unknown.Message));
        Assert.Throws<HearthException>(() => store.Find("../networks/front"));
    });

    [Theory]
    [InlineData("nat")]
    [InlineData("bridge")]
    [InlineData("default")]
    public void Hearths_own_network_always_exists(string name) => OwnNamespace.Run(() =>
    {
        NetworkEntry own = store.Find(name);
        Assert.Equal(("nat", "hearth0", "172.29.0.0/16", true), (own.Name, own.Bridge, own.Subnet, own.IsBuiltIn));
        Assert.Equal(own.Id, store.Find(own.Id[..12]).Id);
        Assert.Equal("10.5.0.0/24", new NetworkStore(place.Directories, TimeProvider.System) { DefaultSubnet = "10.5.0.0/24" }.Find(name).Subnet);
        Assert.Contains("it is Hearth's own", Refusal(() => store.Remove(name)), StringComparison.Ordinal);
        Assert.Contains("the name has another meaning", Refusal(() => store.Create(new NetworkRequest(name))), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("none")]
    [InlineData("host")]
    public void Other_names_are_refused(string name) => Refusal(() => store.Create(new NetworkRequest(name)));

    [Fact]
    public void A_free_subnet_overlaps_neither_networks_nor_routes_of_the_host() => OwnNamespace.Run(() =>
    {
        AddRoute("172.30.4.0/24");
        Assert.Equal("172.31.0.0/16", store.Create(new NetworkRequest("one")).Subnet);
        Assert.Equal("172.28.0.0/16", store.Create(new NetworkRequest("two")).Subnet);
        store.Create(new NetworkRequest("wide") { Subnets = ["192.168.128.0/17"] });
        Assert.Equal("172.27.0.0/16", store.Create(new NetworkRequest("three")).Subnet);
        AddRoute("172.16.0.0/12");
        Assert.Equal("192.168.127.0/24", store.Create(new NetworkRequest("four")).Subnet);
        AddRoute("192.168.0.0/16");
        Assert.Equal("10.255.0.0/16", store.Create(new NetworkRequest("five")).Subnet);
        AddRoute("10.0.0.0/8");
        Assert.Contains("no private range is free; choose a subnet with --subnet", Refusal(() => store.Create(new NetworkRequest("six"))), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("10.1.2.0/24", null, "cannot create the network 'new': its subnet 10.1.2.0/24 overlaps 10.1.0.0/16 of the network 'old'; choose another with --subnet")]
    [InlineData("10.0.0.0/8", null, "cannot create the network 'new': its subnet 10.0.0.0/8 overlaps 10.1.0.0/16 of the network 'old'; choose another with --subnet")]
    [InlineData("172.29.8.0/24", null, "cannot create the network 'new': its subnet 172.29.8.0/24 overlaps 172.29.0.0/16 of the network 'nat'; choose another with --subnet")]
    [InlineData("192.0.2.0/24", null, "cannot create the network 'new': its subnet 192.0.2.0/24 overlaps the host's route 192.0.2.128/25 by uplink; choose another with --subnet")]
    [InlineData("10.2.0.0/16,fd00:1::/64", null, "cannot create the network 'new': its subnet fd00:1::/64 overlaps fd00:1::/64 of the network 'old'; choose another with --subnet")]
    [InlineData("10.2.0.1/16", null, "'10.2.0.1/16' is not a subnet: use an IPv4 network of 8 to 29 bits, such as 172.29.0.0/16")]
    [InlineData("10.2.0.0/30", null, "'10.2.0.0/30' is not a subnet: use an IPv4 network of 8 to 29 bits, such as 172.29.0.0/16")]
    [InlineData("fd00:2::/48", null, "'fd00:2::/48' is not an IPv6 subnet: use one of 64 bits, such as fd12:3456:789a:1::/64")]
    [InlineData("10.2.0.0/16,10.3.0.0/16", null, "cannot create the network 'new': it has several subnets of one family; give at most one of IPv4 and one of IPv6")]
    [InlineData("", "10.2.0.1", "cannot create the network 'new': a gateway needs a subnet; add --subnet")]
    [InlineData("10.2.0.0/16", "10.3.0.1", "cannot use the gateway 10.3.0.1: it is not an address for a host in 10.2.0.0/16; choose one such as 10.2.0.1")]
    [InlineData("10.2.0.0/16", "here", "'here' is not an IP address: use one such as 172.30.0.1")]
    public void A_wrong_or_taken_subnet_is_refused(string subnets, string? gateway, string message) => OwnNamespace.Run(() =>
    {
        AddRoute("192.0.2.128/25");
        store.Create(new NetworkRequest("old") { Subnets = ["10.1.0.0/16", "fd00:1::/64"] });

        Assert.Equal(message, Refusal(() => store.Create(new NetworkRequest("new") { Subnets = subnets.Split(',', StringSplitOptions.RemoveEmptyEntries), Gateway = gateway })));
        Assert.Equal(["nat", "old"], store.List().Select(entry => entry.Name));
    });

    [Theory]
    [InlineData("10.2.0.0/24", "10.3.0.0/28", null, null, "'10.3.0.0/28' is not a range of addresses for containers in 10.2.0.0/24: use a part of it, such as 10.2.0.0/28")]
    [InlineData("10.2.0.0/24", "10.2.0.0/16", null, null, "'10.2.0.0/16' is not a range of addresses for containers in 10.2.0.0/24: use a part of it, such as 10.2.0.0/28")]
    [InlineData("10.2.0.0/24", "10.2.0.1/32", null, null, "'10.2.0.1/32' is not a range of addresses for containers in 10.2.0.0/24: use a part of it, such as 10.2.0.0/28")]
    [InlineData("10.2.0.0/24", "fd00::/80", null, null, "'fd00::/80' is not a range of addresses for containers in 10.2.0.0/24: use a part of it, such as 10.2.0.0/28")]
    [InlineData(null, "10.2.0.0/24", null, null, "cannot create the network 'new': a range needs a subnet; add --subnet")]
    [InlineData(null, null, "10.2.0.7", null, "cannot create the network 'new': an auxiliary address needs a subnet; add --subnet")]
    [InlineData("10.2.0.0/24", null, "10.3.0.7", null, "cannot reserve the address 10.3.0.7: it is not one for containers of 10.2.0.0/24; use another or none")]
    [InlineData("10.2.0.0/24", null, "", null, "'' is not an IP address: use one such as 172.30.0.1")]
    [InlineData(null, null, null, "com.docker.network.driver.mtu=1279", "cannot use the option com.docker.network.driver.mtu=1279: use a number of bytes from 1280 to 9000")]
    [InlineData(null, null, null, "com.docker.network.driver.mtu=big", "cannot use the option com.docker.network.driver.mtu=big: use a number of bytes from 1280 to 9000")]
    [InlineData(null, null, null, "com.docker.network.bridge.enable_icc=no", "cannot use the option com.docker.network.bridge.enable_icc=no: use true or false")]
    [InlineData(null, null, null, "com.docker.network.bridge.gateway_mode_ipv4=routed", "cannot use the option com.docker.network.bridge.gateway_mode_ipv4=routed: there is only 'nat'")]
    public void A_range_an_address_or_an_option_that_cannot_be_is_refused(string? subnet, string? range, string? reserved, string? option, string message) => OwnNamespace.Run(() =>
    {
        Assert.Equal(message, Refusal(() => store.Create(new NetworkRequest("new")
        {
            Subnets = subnet is null ? [] : [subnet],
            IpRange = range,
            Reserved = reserved is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["router"] = reserved },
            Options = option?.Split('=') is [var name, var value] ? new Dictionary<string, string> { [name] = value } : new Dictionary<string, string>(),
        })));
        Assert.Equal("nat", Assert.Single(store.List()).Name);
    });

    [Fact]
    public void Ranges_reserved_addresses_and_options_are_kept() => OwnNamespace.Run(() =>
    {
        NetworkRequest request = new("part")
        {
            Subnets = ["10.2.0.0/24"],
            IpRange = "10.2.0.64/28",
            Reserved = new Dictionary<string, string> { ["router"] = "10.2.0.70" },
            Options = new Dictionary<string, string>
            {
                ["com.docker.network.driver.mtu"] = "1400",
                ["com.docker.network.bridge.enable_icc"] = "0",
                ["com.docker.network.bridge.enable_ip_masquerade"] = "false",
                ["com.docker.network.bridge.host_binding_ipv4"] = "0.0.0.0",
                ["com.example.colour"] = "red",
            },
        };
        store.Create(request);

        NetworkEntry entry = store.Find("part");
        NetworkDefinition definition = entry.ToDefinition();
        Assert.Equal(("10.2.0.64/28", "10.2.0.70", 1400, false, false), ($"{definition.Range}", $"{Assert.Single(definition.Reserved)}", definition.Options.Mtu, definition.Options.ConnectsGuests, definition.Options.Masquerades));
        Assert.Equal(request.Reserved, entry.Reserved);
        Assert.Equal(request.Options, entry.Options);
        Assert.Equal(["com.example.colour"], request.IgnoredOptions);
        store.Create(new NetworkRequest("whole"));
        Assert.Equal((null, 0, true, true), (store.Find("whole").IpRange, store.Find("whole").ToDefinition().Options.Mtu, store.Find("whole").ToDefinition().Options.ConnectsGuests, store.Find("whole").ToDefinition().Options.Masquerades));
    });

    [Fact]
    public void What_was_given_is_what_the_network_is() => OwnNamespace.Run(() =>
    {
        store.Create(new NetworkRequest("back") { Subnets = ["fd00:2::/64", "10.2.0.0/24"], Gateway = "10.2.0.254", IsInternal = true });
        NetworkDefinition definition = store.Find("back").ToDefinition();
        Assert.Equal(("10.2.0.0/24", "10.2.0.254", "fd00:2::/64", "fd00:2::a02:fe", true, "back"),
            ($"{definition.Subnet}", $"{definition.Subnet.Gateway}", $"{definition.Ipv6Network}", $"{definition.Ipv6Gateway}", definition.IsInternal, definition.Name));
        HearthException taken = Assert.Throws<HearthException>(() => store.Create(new NetworkRequest("back")));
        Assert.Equal(HearthError.NameTaken, taken.Error);
    });

    [Fact]
    public async Task A_network_of_a_container_stays_and_others_are_removed_with_events()
    {
        OwnNamespace.Run(() =>
        {
            foreach (string name in (string[])["front", "back", "side"])
            {
                store.Create(new NetworkRequest(name));
            }
        });
        ContainerStore containers = new(place.Directories, TimeProvider.System);
        Container web = place.KeepContainer("web");
        containers.ChangeDescription(web.Id, description => description with { Network = new NetworkOptions { Mode = NetworkMode.Nat, Networks = [new NetworkPlacement("front")] } });
        NetworkPlace at = new("front", "02:68:ac:1e:00:05", "172.30.0.5", 16, "172.30.0.1", "fd00::5", 64, "fd00::1");
        RunDirectory.Create(place.Directories, place.NewResources() with { Id = web.Id, Networks = [at] });

        Assert.Equal("cannot remove the network 'front': the container 'web' has it; disconnect it ('hearth network disconnect'), or remove it ('hearth rm')", Refusal(() => store.Remove("front")));
        Assert.Equal((web.Id, "web", "172.30.0.5"), store.MembersOf(store.Find("front")).Select(member => (member.Id, member.Name, member.Place.Ipv4)).Single());
        Assert.Empty(store.MembersOf(store.Find("back")));
        store.Remove("back");
        Assert.Equal(["side"], store.Prune(_ => true).Select(entry => entry.Name));
        Assert.Equal(["front", "nat"], store.List().Select(entry => entry.Name));
        Assert.Throws<HearthException>(() => store.Remove("back"));

        List<string> events = [];
        EventQuery query = new() { Since = DateTimeOffset.UnixEpoch, Filter = EventFilter.Parse(["type=network"]) };
        await foreach (ContainerEvent happened in new EventJournal(place.Directories, TimeProvider.System).ReadAsync(query))
        {
            events.Add($"{happened.Action} {happened.Actor.Attributes["name"]} {happened.Actor.Attributes["type"]}");
        }

        Assert.Equal(["create front bridge", "create back bridge", "create side bridge", "destroy back bridge", "destroy side bridge"], events);
    }

    [Fact]
    public void The_next_change_removes_what_a_killed_one_left() => OwnNamespace.Run(() =>
    {
        store.Create(new NetworkRequest("front"));
        string draft = Path.Combine(place.Directories.Networks, $"back.json.abc{AtomicFile.DraftSuffix}");
        File.WriteAllText(draft, "{");
        Assert.Equal("front", Assert.Single(store.List(), network => !network.IsBuiltIn).Name);
        store.Create(new NetworkRequest("back"));
        Assert.False(File.Exists(draft));

        File.WriteAllText(draft, "{");
        store.Remove("back");
        Assert.Equal(["front.json"], Directory.GetFiles(place.Directories.Networks, "*.*").Select(Path.GetFileName));
    });

    [Fact]
    public void A_damaged_file_is_named() => OwnNamespace.Run(() =>
    {
        store.Create(new NetworkRequest("front"));
        File.WriteAllText(Path.Combine(place.Directories.Networks, "front.json"), "{");
        HearthException damaged = Assert.Throws<HearthException>(() => store.Find("front"));
        Assert.Equal(HearthError.StorageFailed, damaged.Error);
        Assert.Contains("front.json", damaged.Message, StringComparison.Ordinal);
    });

    [Fact]
    public async Task Many_creations_at_once_have_subnets_of_their_own()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => OwnNamespace.Run(() => new NetworkStore(place.Directories, TimeProvider.System).Create(new NetworkRequest($"n{i}"))))));
        NetworkEntry[] made = [.. store.List()];
        Assert.Equal(21, made.DistinctBy(entry => entry.Subnet).DistinctBy(entry => entry.Bridge).Count());
    }

    private static string Refusal(Action act) => Assert.Throws<HearthException>(act).Message;

    private static void AddRoute(string text)
    {
        using RouteSocket socket = RouteSocket.Open();
        if (Links.Find(socket, "uplink") is null)
        {
            Links.CreatePair(socket, "uplink", "wire");
        }

        int uplink = Links.Find(socket, "uplink")!.Index;
        Links.SetUp(socket, uplink);
        IPNetwork network = IPNetwork.Parse(text);
        Routes.Add(socket, new RouteInfo(network.BaseAddress, network.PrefixLength, null, uplink));
    }
}
