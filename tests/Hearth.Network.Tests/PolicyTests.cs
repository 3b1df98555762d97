using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Network.Tests;

public sealed class PolicyTests
{
    private static readonly IPAddress metadata = IPAddress.Parse("169.254.169.254");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_policy_decides_and_a_new_one_cuts_only_what_it_forbids(bool filtersBridges) => OwnHost.Run(() =>
    {
        Scene.FilterBridges(filtersBridges);
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        (Host two, NetworkAttachment other) = scene.AddGuest();
        scene.Serve(scene.Outside, 80);
        scene.Serve(scene.Outside, 81);
        scene.Serve(two, 80);
        scene.Serve(null, 90);
        using Socket allowed = Scene.Connect(one, Scene.OutsideAddress, 80);
        using Socket forbidden = Scene.Connect(one, Scene.OutsideAddress, 81);
        AssertAlive(allowed);
        AssertAlive(forbidden);

        uint generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(false, ["192.0.2.0/24:80", "host:90/tcp"], []), 0, []);
        AssertAlive(allowed);
        AssertCut(forbidden);
        Assert.Equal("192.0.2.1", Scene.Ask(one, Scene.OutsideAddress, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.OutsideAddress, 81));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.OutsideAddress6, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, other.Ipv4, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, metadata, 80));
        Assert.Equal($"{guest.Ipv4}", Scene.Ask(one, guest.Ipv4Gateway, 90));
        Assert.Equal("ConnectionRefused", Scene.Ask(two, other.Ipv4Gateway, 90));
        Assert.Contains(scene.Network.ListDenied(guest), denied => denied is { Protocol: "tcp", Port: 80, Packets: > 0 } && denied.Address.Equals(metadata));
        Assert.Contains(scene.Network.ListDenied(guest), denied => denied is { Protocol: "tcp", Port: 80 } && denied.Address.Equals(Scene.OutsideAddress6));
        Assert.DoesNotContain(scene.Network.ListDenied(guest), denied => denied.Port == 90);
        Assert.True(BridgeNetwork.CountersOf(guest.TapName) is { ReceivedBytes: > 0, SentPackets: > 0 });

        generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(true, ["169.254.169.254"], ["192.0.2.9:80", "2001:db8::/32"]), generation, []);
        AssertCut(allowed);
        Assert.Equal("192.0.2.1", Scene.Ask(one, Scene.OutsideAddress, 81));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.OutsideAddress6, 81));
        Assert.Equal("192.0.2.1", Scene.Ask(one, metadata, 80));
        Assert.Equal($"{guest.Ipv4}", Scene.Ask(one, other.Ipv4, 80));

        scene.Network.SetPolicy(guest, null, generation, []);
        Assert.Equal("ConnectionRefused", Scene.Ask(one, metadata, 80));
        Assert.Equal("192.0.2.1", Scene.Ask(one, Scene.OutsideAddress, 80));
    });

    [Fact]
    public void What_is_denied_is_denied_also_at_the_host_and_at_relays() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        scene.AddGuest(new AttachRequest(9) { RelayedPorts = [new PublishedPort(TransportProtocol.Tcp, null, 8081, 80)] });
        scene.Serve(null, 90);
        scene.Serve(null, 8081);

        uint generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(true, ["host"], ["192.0.2.1", "172.29.0.1:8081", "2001:db8::/32"]), 0, []);
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.HostAddress, 90));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.HostAddress6, 90));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.HostAddress, 8081));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, guest.Ipv4Gateway, 8081));
        Assert.Equal($"{guest.Ipv4}", Scene.Ask(one, guest.Ipv4Gateway, 90));
        Assert.Equal([false, false, true], new[] { Scene.HostAddress, Scene.HostAddress6, guest.Ipv4Gateway }.Select(address => Scene.Ping(one, address)));

        generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(true, [], ["192.0.2.1:8081"]), generation, []);
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.HostAddress, 8081));
        Assert.Equal($"{guest.Ipv4}", Scene.Ask(one, guest.Ipv4Gateway, 8081));
        scene.Network.SetPolicy(guest, EgressPolicy.Parse(true, [], ["host"]), generation, []);
        Assert.Equal("ConnectionRefused", Scene.Ask(one, guest.Ipv4Gateway, 8081));
        Assert.False(Scene.Ping(one, guest.Ipv4Gateway));
    });

    /// <summary>By its link-local address, a guest is the same guest.</summary>
    [Fact]
    public void What_is_denied_is_denied_also_from_a_link_local_address() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest(new AttachRequest(0) { Policy = EgressPolicy.Parse(false, [], []) });
        scene.AddGuest(new AttachRequest(9) { RelayedPorts = [new PublishedPort(TransportProtocol.Tcp, null, 8081, 80)] });
        scene.Serve(null, 90);
        scene.Serve(null, 8081);
        IPAddress host = Hardware.LinkLocalOf(Hardware.AddressOf(guest.Ipv4Gateway));
        string own = $"{Hardware.LinkLocalOf(guest.HardwareAddress)}";
        Assert.Equal("ConnectionRefused", one.Do(() => AskLinkLocal(host, 8081)));
        Assert.Contains(scene.Network.ListDenied(guest), denied => denied.Address.Equals(host) && denied.Port == 8081);
        uint generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(false, ["host:90"], []), guest.Generation, []);
        Assert.StartsWith(own, one.Do(() => AskLinkLocal(host, 90)), StringComparison.Ordinal);
        Assert.Equal("ConnectionRefused", one.Do(() => AskLinkLocal(host, 8081)));
        generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(true, [], ["host:8081"]), generation, []);
        Assert.Equal("ConnectionRefused", one.Do(() => AskLinkLocal(host, 8081)));
        scene.Network.SetPolicy(guest, null, generation, []);
        Assert.StartsWith(own, one.Do(() => AskLinkLocal(host, 8081)), StringComparison.Ordinal);

        static string AskLinkLocal(IPAddress address, int port)
        {
            using RouteSocket socket = RouteSocket.Open();
            return Scene.Ask(null, new IPAddress(address.GetAddressBytes(), Links.Find(socket, "eth0")!.Index), port);
        }
    });

    [Theory]
    [InlineData(null, "4 6 gateway gateway6")]
    [InlineData("0.0.0.0", "4 gateway")]
    [InlineData("::", "6 gateway6")]
    [InlineData("192.0.2.1", "4")]
    [InlineData("2001:db8::1", "6")]
    public void A_relayed_port_is_open_at_its_own_address_only(string? published, string open) => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        (Host two, NetworkAttachment allowed) = scene.AddGuest(new AttachRequest(9)
        {
            RelayedPorts = [new PublishedPort(TransportProtocol.Tcp, published is null ? null : IPAddress.Parse(published), 8081, 80)],
            Policy = EgressPolicy.Parse(true, [], ["198.51.100.0/24"]),
        });
        scene.Serve(null, 8081);
        (string Name, IPAddress Address)[] addresses = [("4", Scene.HostAddress), ("6", Scene.HostAddress6), ("gateway", guest.Ipv4Gateway), ("gateway6", guest.Ipv6Gateway)];
        foreach (Host each in (Host[])[one, two])
        {
            Assert.Equal(open, string.Join(' ', addresses.Where(entry => Scene.Ask(each, entry.Address, 8081) != "ConnectionRefused").Select(entry => entry.Name)));
        }

        EgressJudge judge = new(null, new EgressPlace([(scene.Network, guest)], bridge => bridge));
        Assert.Equal(open, string.Join(' ', addresses.Where(entry => judge.Judge(entry.Address, 8081, TransportProtocol.Tcp).IsAllowed).Select(entry => entry.Name)));
        scene.Network.Release(allowed.TapName);
        Assert.All(addresses, entry => Assert.Equal("ConnectionRefused", Scene.Ask(one, entry.Address, 8081)));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_published_port_is_refused_at_once(bool filtersBridges) => OwnHost.Run(() =>
    {
        Scene.FilterBridges(filtersBridges);
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        (Host two, _) = scene.AddGuest(new AttachRequest(9) { Ports = [new PublishedPort(TransportProtocol.Tcp, null, 8080, 80)] });
        scene.Serve(two, 80);
        Assert.Equal($"{guest.Ipv4}", Scene.Ask(one, Scene.HostAddress, 8080));

        scene.Network.SetPolicy(guest, EgressPolicy.Parse(false, [], []), 0, []);
        Assert.All([Scene.HostAddress, guest.Ipv4Gateway, Scene.HostAddress6, guest.Ipv6Gateway], address => Assert.Equal("ConnectionRefused", Scene.Ask(one, address, 8080)));
    });

    /// <summary>What the clouds document: metadata, credentials and agents of machines.</summary>
    [Theory]
    [InlineData("169.254.169.254")]
    [InlineData("169.254.170.2")]
    [InlineData("100.100.100.200")]
    [InlineData("168.63.129.16")]
    [InlineData("192.0.0.192")]
    [InlineData("fd00:ec2::254")]
    [InlineData("fd00:ec2::23")]
    [InlineData("fd20:ce::254")]
    [InlineData("fd00:c1::a9fe:a9fe")]
    [InlineData("fd00:42::42")]
    [InlineData("fd00:a9fe:a9fe::1")]
    [InlineData("fd00:100::100:200")]
    public void Metadata_services_are_closed_unless_they_are_named(string text) => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        IPAddress address = IPAddress.Parse(text);
        scene.AddOutside(text);
        scene.Serve(scene.Outside, 80);
        Assert.Equal("ConnectionRefused", Scene.Ask(one, address, 80));
        Assert.False(Scene.Ping(one, address));
        Assert.Contains(scene.Network.ListDenied(guest), denied => denied.Address.Equals(address));

        uint generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(true, ["0.0.0.0/0", "::/0"], []), 0, []);
        Assert.Equal("ConnectionRefused", Scene.Ask(one, address, 80));
        scene.Network.SetPolicy(guest, EgressPolicy.Parse(false, [text], []), generation, []);
        Assert.Contains(Scene.Ask(one, address, 80), (string[])["192.0.2.1", "2001:db8::1"]);
        Assert.True(Scene.Ping(one, address));
    });

    [Fact]
    public void A_guest_that_tries_everything_does_not_hide_what_others_are_refused() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        EgressPolicy nothing = EgressPolicy.Parse(false, [], []);
        (Host one, NetworkAttachment busy) = scene.AddGuest(new AttachRequest(0) { Policy = nothing });
        (Host two, NetworkAttachment quiet) = scene.AddGuest(new AttachRequest(0) { Policy = nothing });
        one.Do(() =>
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            for (int number = 0; number < 5000; number++)
            {
                try
                {
                    socket.SendTo("x"u8, new IPEndPoint(new IPAddress((byte[])[169, 254, (byte)(number / 250), (byte)(number % 250)]), 9));
                }
                catch (SocketException)
                {
                    // The refusal of an earlier one.
                }
            }
        });
        Assert.Equal("ConnectionRefused", Scene.Ask(two, Scene.OutsideAddress, 80));
        Assert.Contains(scene.Network.ListDenied(quiet), denied => denied.Address.Equals(Scene.OutsideAddress) && denied.Port == 80);
        Assert.InRange(scene.Network.ListDenied(busy).Count, BridgeNetwork.ListedAtOnce, 1000);
        Assert.InRange(scene.Network.CountUnlisted(busy), 1000, 5000);
        Assert.Equal(0, scene.Network.CountUnlisted(quiet));
    });

    [Fact]
    public void A_name_opens_its_addresses_before_the_answer_and_other_resolvers_are_closed() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        scene.Serve(scene.Outside, 80);
        scene.Serve(scene.Outside, 443);
        scene.Serve(scene.Outside, 53);
        EgressPolicy policy = EgressPolicy.Parse(false, ["*.example.org:443", "192.0.2.9:80"], ["bad.example.org"]);
        scene.Network.SetPolicy(guest, policy, 0, []);
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.OutsideAddress, 443));
        NameJudgement named = policy.Judge("WWW.example.org.");
        Assert.True(named.NamesAddresses);
        scene.Network.Admit(guest, new Admission([Scene.OutsideAddress, Scene.OutsideAddress6], named.Allowed, named.Denied, TimeSpan.FromSeconds(1)));
        Assert.Equal("192.0.2.1", Scene.Ask(one, Scene.OutsideAddress, 443));
        Assert.Equal("2001:db8::1", Scene.Ask(one, Scene.OutsideAddress6, 443));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.OutsideAddress6, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.OutsideAddress, 53));
        Assert.Equal([false, false, false], new[] { "bad.example.org", "example.org", "example.com" }.Select(name => policy.Judge(name).IsResolved));
    });

    [Fact]
    public void A_port_that_is_denied_by_name_is_closed_at_the_names_addresses() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        scene.Serve(scene.Outside, 80);
        scene.Serve(scene.Outside, 443);
        EgressPolicy policy = EgressPolicy.Parse(true, ["*.example.org", "192.0.2.9"], ["example.net:80", "*.example.net:443/udp"]);
        uint generation = scene.Network.SetPolicy(guest, policy, 0, []);
        Assert.Equal("192.0.2.1", Scene.Ask(one, Scene.OutsideAddress, 80));
        using Socket before = Scene.Connect(one, Scene.OutsideAddress, 80);
        AssertAlive(before);

        // An address that names share, of which one is denied: the denial decides, and connections from before go on.
        foreach (string name in (string[])["example.net", "www.example.org", "www.example.net"])
        {
            NameJudgement named = policy.Judge(name);
            scene.Network.Admit(guest, new Admission([Scene.OutsideAddress, Scene.OutsideAddress6], named.Allowed, named.Denied, TimeSpan.FromSeconds(1)));
        }

        AssertClosed(80);
        AssertAlive(before);
        Assert.Contains(scene.Network.ListDenied(guest), denied => denied.Address.Equals(Scene.OutsideAddress6) && denied.Port == 80);

        // The names of before are given to another policy.
        generation = scene.Network.SetPolicy(guest, EgressPolicy.Parse(true, [], ["example.net:443"]), generation, [new Admission([Scene.OutsideAddress, Scene.OutsideAddress6], [], [EgressEntry.Parse("example.net:443")], TimeSpan.FromSeconds(1))]);
        AssertAlive(before);
        AssertClosed(443);
        scene.Network.SetPolicy(guest, EgressPolicy.Parse(true, [], ["example.net:80"]), generation, [new Admission([Scene.OutsideAddress, Scene.OutsideAddress6], [], [EgressEntry.Parse("example.net:80")], TimeSpan.FromSeconds(1))]);
        AssertCut(before);
        AssertClosed(80);

        void AssertClosed(int closed)
        {
            foreach (int port in (int[])[80, 443])
            {
                Assert.Equal(port == closed ? "ConnectionRefused" : "192.0.2.1", Scene.Ask(one, Scene.OutsideAddress, port));
                Assert.Equal(port == closed ? "ConnectionRefused" : "2001:db8::1", Scene.Ask(one, Scene.OutsideAddress6, port));
            }
        }
    });

    [Fact]
    public void The_next_guest_of_an_address_inherits_nothing() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        scene.AddGuest(new AttachRequest(7));
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        scene.Serve(scene.Outside, 80);
        scene.Network.SetPolicy(guest, EgressPolicy.Parse(false, ["example.org", "example.net:443"], []), 0, []);
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.OutsideAddress, 81));
        scene.Network.Admit(guest, new Admission([Scene.OutsideAddress, Scene.OutsideAddress6], [EgressEntry.Parse("example.org")], [EgressEntry.Parse("example.org:25")], TimeSpan.FromHours(1)));
        scene.Network.Admit(guest, new Admission([Scene.OutsideAddress, Scene.OutsideAddress6], [EgressEntry.Parse("example.net:443")], [], TimeSpan.FromHours(1)));
        Assert.Contains($"\"{guest.Ipv4}\"", Table(), StringComparison.Ordinal);
        Assert.Contains($"\"{guest.Ipv6}\"", Table(), StringComparison.Ordinal);
        scene.Network.Release(guest.TapName);
        Assert.DoesNotContain($"\"{guest.Ipv4}\"", Table(), StringComparison.Ordinal);
        Assert.DoesNotContain($"\"{guest.Ipv6}\"", Table(), StringComparison.Ordinal);

        static string Table()
        {
            using Hearth.Linux.Network.NfTables tables = Hearth.Linux.Network.NfTables.TryOpen()!;
            return tables.TryList($"list table inet {Scene.Bridge}")!;
        }
    });

    [Fact]
    public void A_guest_whose_policy_was_flushed_connects_nowhere_until_it_is_set_again() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        scene.Serve(scene.Outside, 80);
        EgressPolicy policy = EgressPolicy.Parse(false, ["192.0.2.0/24:80"], []);
        uint generation = scene.Network.SetPolicy(guest, policy, 0, []);
        Assert.Equal("192.0.2.1", Scene.Ask(one, Scene.OutsideAddress, 80));

        using (NfTables tables = NfTables.TryOpen()!)
        {
            Assert.Null(tables.Try("flush ruleset"));
        }

        NetworkAttachment next = scene.Network.Attach(new(9), _ => { }, _ => { });
        Assert.Equal("ConnectionRefused", Scene.Ask(one, Scene.OutsideAddress, 80));
        generation = scene.Network.SetPolicy(guest, policy, generation, []);
        Assert.Equal("192.0.2.1", Scene.Ask(one, Scene.OutsideAddress, 80));
        scene.Network.SetPolicy(guest, null, generation, []);
        scene.Network.Release(next.TapName);
        scene.Network.Release(guest.TapName);
    });

    [Fact]
    public void A_thousand_entries_that_overlap_are_set() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        scene.Serve(scene.Outside, 80);
        string[] entries = [.. Enumerable.Range(0, 1000).Select(number => $"10.{number % 250}.{number / 250}.0/{16 + (number % 9)}{(number % 2 == 0 ? "" : ":80")}".Replace("10.0.0.0/16", "192.0.2.9", StringComparison.Ordinal))];
        EgressPolicy policy = EgressPolicy.Parse(false, entries.Select(Aligned), []);
        Stopwatch watch = Stopwatch.StartNew();
        scene.Network.SetPolicy(guest, policy, 0, []);
        TestContext.Current.SendDiagnosticMessage($"1,000 entries took {watch.Elapsed.TotalMilliseconds:F1} ms");
        watch.Restart();
        scene.Network.Admit(guest, new Admission([Scene.OutsideAddress], [EgressEntry.Parse("example.org")], [], TimeSpan.FromSeconds(60)));
        TestContext.Current.SendDiagnosticMessage($"an admission took {watch.Elapsed.TotalMilliseconds:F1} ms");
        Assert.Equal("192.0.2.1", Scene.Ask(one, Scene.OutsideAddress, 80));
    });

    [Theory]
    [InlineData("10.0.0.0/33")]
    [InlineData("example..org")]
    [InlineData("example.org:0")]
    [InlineData("example.org:70000")]
    [InlineData("10.0.0.1/tcp")]
    [InlineData("*")]
    [InlineData("a b")]
    [InlineData("")]
    public void What_is_no_entry_is_refused(string text) => Assert.Equal(NetworkError.InvalidRequest, Assert.Throws<NetworkException>(() => EgressEntry.Parse(text)).Error);

    private static string Aligned(string text)
    {
        string[] parts = text.Split('/', ':');
        if (parts.Length == 1)
        {
            return text;
        }

        int bits = int.Parse(parts[1], null);
        byte[] bytes = IPAddress.Parse(parts[0]).GetAddressBytes();
        for (int bit = bits; bit < 32; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return $"{new IPAddress(bytes)}/{bits}{(parts.Length > 2 ? $":{parts[2]}" : "")}";
    }

    private static void AssertAlive(Socket connection)
    {
        byte[] buffer = new byte[100];
        connection.Send("ping"u8);
        int count = 0;
        while (count == 0 || buffer[count - 1] != 'g')
        {
            int more = connection.Receive(buffer.AsSpan(count));
            Assert.NotEqual(0, more);
            count += more;
        }
    }

    private static void AssertCut(Socket connection)
    {
        byte[] buffer = new byte[100];
        SocketException failure = Assert.Throws<SocketException>(() =>
        {
            connection.Send("ping"u8);
            connection.Receive(buffer);
        });
        Assert.Equal(SocketError.ConnectionReset, failure.SocketErrorCode);
    }
}
