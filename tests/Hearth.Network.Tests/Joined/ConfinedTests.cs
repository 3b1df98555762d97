using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;
using Hearth.Network.Joined;

namespace Hearth.Network.Tests.Joined;

/// <summary>A machine with a policy in a namespace that somebody else has made.</summary>
public sealed class ConfinedTests
{
    private const int Seed = 15;
    private const int Policies = 15;
    private const string OfName = "192.0.2.9";
    private const string OfName6 = "2001:db8::9";
    private const string OfNamesPort = "198.51.100.8";

    private static readonly IPAddress own = IPAddress.Parse(ConfinedScene.Address);
    private static readonly IPAddress own6 = IPAddress.Parse(ConfinedScene.Address6);
    private static readonly IPAddress router = IPAddress.Parse(ConfinedScene.Router);
    private static readonly IPAddress router6 = IPAddress.Parse(ConfinedScene.Router6);
    private static readonly IPAddress metadata = IPAddress.Parse("169.254.169.254");

    [Fact]
    public void A_policy_decides_both_families_and_a_new_one_cuts_only_what_it_forbids() => OwnHost.Run(() =>
    {
        using ConfinedScene scene = new(EgressPolicy.Parse(true, [], ["192.0.2.1:81"]));
        Host guest = scene.Guest;
        scene.Outside.Serve(null, 80);
        scene.Outside.Serve(null, 81);
        scene.Outside.ServeDatagrams(null, 80);
        Assert.Equal(ConfinedScene.Address, Scene.Ask(guest, Scene.HostAddress, 80));
        Assert.Equal(ConfinedScene.Address6, Scene.Ask(guest, Scene.HostAddress6, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(guest, Scene.HostAddress, 81));
        Assert.Equal("ConnectionRefused", Scene.Ask(guest, router, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(guest, router6, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(guest, metadata, 80));
        Assert.True(Scene.Ping(guest, router));
        using Socket allowed = Scene.Connect(guest, Scene.HostAddress, 80);
        using Socket forbidden = Scene.Connect(guest, Scene.HostAddress6, 80);
        AssertAlive(allowed);
        AssertAlive(forbidden);

        uint generation = scene.Interface.SetPolicy(EgressPolicy.Parse(false, ["192.0.2.0/24:80/tcp", "host:81", "169.254.169.254"], []), scene.Interface.Generation, []);
        AssertAlive(allowed);
        AssertCut(forbidden);
        Assert.Equal(ConfinedScene.Address, Scene.Ask(guest, router, 81));
        Assert.Equal("ConnectionRefused", Scene.Ask(guest, router, 80));
        Assert.Equal(ConfinedScene.Address, Scene.Ask(guest, metadata, 80));
        Assert.Equal("HostUnreachable", Scene.AskByDatagram(guest, Scene.HostAddress, 80));
        Assert.Contains(scene.Interface.ListDenied(), denied => denied is { Protocol: "tcp", Port: 80, Packets: > 0 } && denied.Address.Equals(router));
        Assert.Contains(scene.Interface.ListDenied(), denied => denied is { Protocol: "udp", Port: 80 } && denied.Address.Equals(Scene.HostAddress));
        Assert.Equal(0, scene.Interface.CountUnlisted());

        scene.Interface.SetPolicy(null, generation, []);
        Assert.Equal(ConfinedScene.Address6, Scene.Ask(guest, Scene.HostAddress6, 81));
        Assert.Equal("ConnectionRefused", Scene.Ask(guest, router, 81));
        Assert.Equal("ConnectionRefused", Scene.Ask(guest, metadata, 80));
    });

    [Theory]
    [InlineData("0")]
    [InlineData("1")]
    public void Clients_from_outside_and_the_keeper_are_not_the_machines(string reversePathFilter) => OwnHost.Run(() =>
    {
        using ConfinedScene scene = new(EgressPolicy.Parse(false, [], []), reversePathFilter);
        scene.Outside.Serve(scene.Guest, 90);
        scene.Outside.ServeDatagrams(scene.Guest, 90);
        scene.Outside.Serve(null, 80);
        scene.Outside.ServeDatagrams(null, 80);
        Assert.Equal("ConnectionRefused", Scene.Ask(scene.Guest, Scene.HostAddress, 80));

        // Nobody at the cable knows the addresses yet: the namespace answers for them.
        Assert.Equal(ConfinedScene.Router, Scene.Ask(null, own, 90));
        Assert.Equal(ConfinedScene.Router6, Scene.Ask(null, own6, 90));
        Assert.Equal(ConfinedScene.Router, Scene.AskByDatagram(null, own, 90));
        Assert.True(Scene.Ping(null, own));
        Assert.True(Scene.Ping(null, own6));
        Assert.Equal(ConfinedScene.Address, Scene.Ask(scene.Place, Scene.HostAddress, 80));
        Assert.Equal(ConfinedScene.Address6, Scene.Ask(scene.Place, router6, 80));
        Assert.Equal(ConfinedScene.Address, Scene.AskByDatagram(scene.Place, router, 80));
    });

    /// <summary>Else it could answer the keeper's queries.</summary>
    [Fact]
    public void The_machine_sends_by_its_own_addresses_only() => OwnHost.Run(() =>
    {
        using ConfinedScene scene = new(EgressPolicy.Parse(true, ["host"], []));
        scene.Outside.Serve(null, 80);
        scene.Outside.ServeDatagrams(null, 80);

        // TCP sends again what the cable loses before it is ready.
        Assert.Equal(ConfinedScene.Address, Scene.Ask(scene.Guest, router, 80));
        Assert.Equal(ConfinedScene.Address, Scene.AskByDatagram(scene.Guest, router, 80));
        scene.Guest.Do(() =>
        {
            using RouteSocket socket = RouteSocket.Open();
            Addresses.Add(socket, new AddressInfo(Links.Find(socket, "eth0")!.Index, IPAddress.Parse("10.50.0.77"), 32));
            using Socket forger = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 300 };
            forger.Bind(new IPEndPoint(IPAddress.Parse("10.50.0.77"), 0));
            forger.SendTo(new byte[1], new IPEndPoint(router, 80));
            Assert.Equal(SocketError.TimedOut, Assert.ThrowsAny<SocketException>(() => forger.Receive(new byte[1])).SocketErrorCode);
        });
        Assert.Contains("counter packets 1", scene.Place.Do(() => ConfinedScene.Tool("nft", "list chain inet hearth-tap0 own")), StringComparison.Ordinal);
    });

    [Fact]
    public void Lost_rules_are_noticed_and_restored_closed() => OwnHost.Run(() =>
    {
        EgressPolicy policy = EgressPolicy.Parse(true, [], ["192.0.2.1:81"]);
        using ConfinedScene scene = new(policy);
        scene.Outside.Serve(null, 80);
        using Socket before = Scene.Connect(scene.Guest, Scene.HostAddress, 80);
        AssertAlive(before);
        Assert.True(scene.Interface.IsIntact());
        scene.Place.Do(() => ConfinedScene.Tool("nft", "flush ruleset"));
        Assert.False(scene.Interface.IsIntact());

        scene.Interface.Restore();
        Assert.True(scene.Interface.IsIntact());
        Assert.Equal("ConnectionRefused", Scene.Ask(scene.Guest, Scene.HostAddress, 80));
        scene.Interface.SetPolicy(policy, scene.Interface.Generation, []);
        Assert.Equal(ConfinedScene.Address, Scene.Ask(scene.Guest, Scene.HostAddress, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(scene.Guest, Scene.HostAddress, 81));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_namespace_is_as_it_was_afterwards(bool hasCrashed) => OwnHost.Run(() =>
    {
        using ConfinedScene scene = new(EgressPolicy.Parse(true, [], []), isConnected: false);
        Assert.NotEqual(scene.Before, scene.Describe());
        if (hasCrashed)
        {
            JoinedNamespace.GiveBackAfterCrash(scene.Record!);
            JoinedNamespace.GiveBackAfterCrash(scene.Record!);
        }
        else
        {
            scene.Joined.GiveBack();
        }

        Assert.Equal(scene.Before, scene.Describe());
        Assert.True(Scene.Ping(null, own));
        Assert.True(Scene.Ping(null, own6));
    });

    /// <summary>Random policies, and destinations of every kind, as <see cref="PolicyAgreementTests"/>.</summary>
    [Fact]
    public void The_explanation_of_a_connection_is_what_happens_to_it() => OwnHost.Run(() =>
    {
        string[] allowed = ["192.0.2.1", "192.0.2.0/24", "192.0.2.1:53", "192.0.2.0/24:80", "0.0.0.0/0", "::/0", "[2001:db8::/32]:443", "169.254.169.254", "host", "host:80", "10.50.0.1", "example.org", "example.net:443"];
        string[] denied = ["192.0.2.1", "192.0.2.0/24:80", "host", "host:80", "2001:db8::/32", "0.0.0.0/0:443", "10.50.0.0/24", "example.org:80", "example.net:443/tcp", "bad.example"];
        File.WriteAllText("/proc/sys/net/ipv4/icmp_ratelimit", "0");
        using ConfinedScene scene = new(EgressPolicy.Parse(true, [], []));
        string[] addresses = [$"{Scene.HostAddress}", $"{Scene.HostAddress6}", $"{router}", $"{router6}", $"{metadata}", OfName, OfName6, OfNamesPort];
        ushort[] ports = [53, 80, 443];
        foreach (ushort port in ports)
        {
            scene.Outside.Serve(null, port);
        }

        Random random = new(Seed);
        ConfinedPlace place = new([scene.Interface]);
        uint generation = scene.Interface.Generation;
        List<string> differences = [];
        for (int round = 0; round < Policies; round++)
        {
            EgressPolicy policy = EgressPolicy.Parse(random.Next(2) == 0, Pick(allowed, 4), Pick(denied, 3));
            generation = scene.Interface.SetPolicy(policy, generation, [.. AdmissionsOf(policy)]);
            EgressJudge judge = new(policy, place);
            foreach ((IPAddress address, ushort port) in addresses.SelectMany(address => ports.Select(port => (IPAddress.Parse(address), port))))
            {
                EgressVerdict verdict = judge.Judge(address, port, TransportProtocol.Tcp);
                string answer = Scene.Ask(scene.Guest, address, port);
                if (verdict.IsAllowed != IPAddress.TryParse(answer, out _))
                {
                    differences.Add($"{address} {port} is {(verdict.IsAllowed ? "allowed" : "denied")} ({verdict.Reason}), and the answer is {answer}: {policy.AllowsByDefault} {string.Join(' ', policy.Allow.Select(entry => entry.Text))}, --deny {string.Join(' ', policy.Deny.Select(entry => entry.Text))}");
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));

        string[] Pick(string[] from, int most) => [.. random.GetItems(from, random.Next(most)).Distinct()];
    });

    private static IEnumerable<Admission> AdmissionsOf(EgressPolicy policy) =>
        from learned in ((string Name, string Address)[])[("example.org", OfName), ("example.org", OfName6), ("example.net", OfNamesPort)]
        let judged = policy.Judge(learned.Name)
        where judged.NamesAddresses
        select new Admission([IPAddress.Parse(learned.Address)], judged.Allowed, judged.Denied, TimeSpan.FromHours(1));

    private static void AssertAlive(Socket connection)
    {
        connection.Send(new byte[1]);
        Assert.True(connection.Receive(new byte[100]) > 0);
    }

    private static void AssertCut(Socket connection) => Assert.Equal(SocketError.ConnectionReset, Assert.ThrowsAny<SocketException>(() =>
    {
        for (int attempt = 0; attempt < 3; attempt++)
        {
            AssertAlive(connection);
        }
    }).SocketErrorCode);
}
