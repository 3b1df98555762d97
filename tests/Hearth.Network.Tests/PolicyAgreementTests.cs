using System.Net;

namespace Hearth.Network.Tests;

/// <summary>
/// Random policies, and destinations of every kind: what <see cref="EgressJudge"/> says of a connection, and what happens to it on a
/// host with two networks, published and relayed ports, and addresses that names have opened.
/// </summary>
public sealed class PolicyAgreementTests
{
    private const int Seed = 15;
    private const int Policies = 30;
    private const string OfName = "198.51.100.7";
    private const string OfName6 = "2001:db8::7";
    private const string OfNamesPort = "198.51.100.8";

    /// <summary>The address of a name below a name, which it shares with that of a port.</summary>
    private const string OfSharedName = OfNamesPort;
    private const string Metadata = "169.254.169.254";

    private static readonly string[] allowed =
    [
        "192.0.2.9", "192.0.2.0/24", "192.0.2.9:53", "192.0.2.0/24:80", "0.0.0.0/0", "::/0", "2001:db8::9", "[2001:db8::/32]:443", "[2001:db8::9]:853/tcp", Metadata, "169.254.0.0/16:80",
        "fd20:ce::254", "host", "host:80", "host:8080/tcp", "host:53/udp", "example.org", "example.net:443", "*.example.org", "*.example.org:80", "172.29.0.0/16", "10.77.0.0/24", "192.0.2.9:80/udp",
    ];

    private static readonly string[] denied =
    [
        "192.0.2.1", "192.0.2.9:80", "192.0.2.0/24:53/udp", "172.29.0.1", "172.29.0.0/16:80", "host", "host:8080", "host:8081/tcp", "2001:db8::/32", "bad.example", Metadata, "::/0", "0.0.0.0/0:443",
        "198.51.100.0/24", "example.org:80", "example.net:443/tcp", "*.example.org:80/tcp", "*.example.org:443",
    ];

    [Fact]
    public void The_explanation_of_a_connection_is_what_happens_to_it() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        BridgeNetwork otherNetwork = new(NetworkDefinition.Of("otherbridge", Subnet.Parse("10.77.0.0/24")));
        (Host one, NetworkAttachment guest) = scene.AddGuest();
        (Host two, NetworkAttachment neighbour) = scene.AddGuest(new AttachRequest(9)
        {
            Ports = [new PublishedPort(TransportProtocol.Tcp, null, 8080, 80)],
            RelayedPorts = [new PublishedPort(TransportProtocol.Tcp, null, 8081, 80)],
        });
        (Host three, NetworkAttachment stranger) = scene.AddGuest(new AttachRequest(0) { Ports = [new PublishedPort(TransportProtocol.Tcp, Scene.HostAddress, 8090, 80)] }, otherNetwork);
        Serve(scene, two, three);
        Destination[] destinations = [.. DestinationsOf(guest, neighbour, stranger)];
        EgressPlace place = new([(scene.Network, guest)], bridge => bridge);
        Random random = new(Seed);
        uint generation = 0;
        List<string> differences = [];
        for (int round = 0; round < Policies; round++)
        {
            EgressPolicy? policy = round == 0 ? null : EgressPolicy.Parse(random.Next(2) == 0, Pick(random, allowed, 4), Pick(random, denied, 3));
            generation = scene.Network.SetPolicy(guest, policy, generation, policy is null ? [] : [.. AdmissionsOf(policy)]);
            generation = policy is null ? 0 : generation;
            EgressJudge judge = new(policy, place);
            foreach (Destination to in destinations)
            {
                EgressVerdict verdict = judge.Judge(to.Address, to.Port, to.Protocol);
                AssertSameWithoutPort(policy, judge, to, verdict);
                string answer = to.Protocol == TransportProtocol.Tcp ? Scene.Ask(one, to.Address, to.Port) : Scene.AskByDatagram(one, to.Address, to.Port);
                if (verdict.IsAllowed != IPAddress.TryParse(answer, out _))
                {
                    differences.Add($"{to} is {(verdict.IsAllowed ? "allowed" : "denied")} ({verdict.Reason}), and the answer is {answer}: {TextOf(policy)}");
                }
            }
        }

        Assert.True(differences.Count == 0, string.Join('\n', differences));
        otherNetwork.Release(stranger.TapName);
    });

    /// <summary>What is published depends on the port too, but policies do not say it.</summary>
    private static void AssertSameWithoutPort(EgressPolicy? policy, EgressJudge judge, Destination to, EgressVerdict verdict)
    {
        EgressExplanation explanation = EgressExplanation.Of(policy, null, null, (port, protocol) => judge.Judge(to.Address, port, protocol));
        EgressVerdict said = explanation.Exceptions.FirstOrDefault(exception => exception.Port == to.Port && (exception.Protocol ?? to.Protocol) == to.Protocol)?.Verdict ?? explanation.Verdict;
        Assert.True(said.IsAllowed == verdict.IsAllowed || verdict.Reason.EndsWith("a container publishes this port", StringComparison.Ordinal), $"{to}: {explanation}, and {verdict.Reason}: {TextOf(policy)}");
    }

    /// <summary>A guest of an internal network that makes itself a route reaches no more than one without.</summary>
    [Fact]
    public void An_internal_network_leads_to_its_own_containers_only() => OwnHost.Run(() =>
    {
        BridgeNetwork back = new(NetworkDefinition.Of("backbridge", Subnet.Parse("10.78.0.0/24"), isInternal: true));
        using Scene scene = new();
        (Host one, NetworkAttachment guest) = scene.AddGuest(network: back);
        (Host two, NetworkAttachment neighbour) = scene.AddGuest(new AttachRequest(9), back);
        (Host three, NetworkAttachment stranger) = scene.AddGuest(new AttachRequest(9) { Ports = [new PublishedPort(TransportProtocol.Tcp, null, 8080, 80)] });
        Serve(scene, two, three);
        EgressJudge judge = new(null, new EgressPlace([(back, guest)], bridge => bridge));
        (IPAddress Address, ushort Port, bool IsAllowed)[] cases =
        [
            (neighbour.Ipv4, 80, true),
            (neighbour.Ipv6, 80, true),
            (stranger.Ipv4, 80, false),
            (Scene.OutsideAddress, 80, false),
            (Scene.OutsideAddress6, 443, false),
            (guest.Ipv4Gateway, 80, false),
            (guest.Ipv4Gateway, 8080, false),
            (Scene.HostAddress, 8080, false),
        ];
        Assert.All(cases, to =>
        {
            Assert.Equal(to.IsAllowed, IPAddress.TryParse(Scene.Ask(one, to.Address, to.Port), out _));
            Assert.Equal(to.IsAllowed, judge.Judge(to.Address, to.Port, TransportProtocol.Tcp).IsAllowed);
        });
        back.Release(guest.TapName);
        back.Release(neighbour.TapName);
    });

    private static void Serve(Scene scene, Host two, Host three)
    {
        // Linux sends each host only one ICMP error a second, and these are refusals.
        File.WriteAllText("/proc/sys/net/ipv4/icmp_ratelimit", "0");
        File.WriteAllText("/proc/sys/net/ipv6/icmp/ratelimit", "0");
        foreach (string address in (string[])[OfName, OfName6, OfNamesPort, "fd20:ce::254"])
        {
            scene.AddOutside(address);
        }

        foreach (int port in (int[])[53, 80, 443, 853])
        {
            scene.Serve(scene.Outside, port);
        }

        scene.ServeDatagrams(scene.Outside, 53);
        scene.ServeDatagrams(scene.Outside, 80);
        scene.ServeDatagrams(null, 53);
        scene.Serve(null, 80);
        scene.Serve(null, 8081);
        scene.Serve(null, 8090);
        scene.Serve(two, 80);
        scene.Serve(three, 80);
    }

    private static IEnumerable<Destination> DestinationsOf(NetworkAttachment guest, NetworkAttachment neighbour, NetworkAttachment stranger)
    {
        foreach (ushort port in (ushort[])[53, 80, 443, 853])
        {
            yield return new Destination(Scene.OutsideAddress, port);
            yield return new Destination(Scene.OutsideAddress6, port);
            yield return new Destination(IPAddress.Parse(OfName), port);
            yield return new Destination(IPAddress.Parse(OfName6), port);
            yield return new Destination(IPAddress.Parse(OfNamesPort), port);
        }

        yield return new Destination(Scene.OutsideAddress, 53, TransportProtocol.Udp);
        yield return new Destination(Scene.OutsideAddress, 80, TransportProtocol.Udp);
        yield return new Destination(guest.Ipv4Gateway, 53, TransportProtocol.Udp);
        yield return new Destination(IPAddress.Parse(Metadata), 80);
        yield return new Destination(IPAddress.Parse("fd20:ce::254"), 80);
        foreach (IPAddress address in (IPAddress[])[guest.Ipv4Gateway, guest.Ipv6Gateway, Scene.HostAddress, Scene.HostAddress6])
        {
            yield return new Destination(address, 80);
            yield return new Destination(address, 8081);
        }

        foreach (IPAddress address in (IPAddress[])[guest.Ipv4Gateway, Scene.HostAddress])
        {
            yield return new Destination(address, 8080);
            yield return new Destination(address, 8090);
        }

        // Its refusal comes while the client still sends, so the client waits for a second.
        yield return new Destination(Scene.HostAddress6, 8080);

        yield return new Destination(neighbour.Ipv4, 80);
        yield return new Destination(neighbour.Ipv6, 80);
        yield return new Destination(stranger.Ipv4, 80);
        yield return new Destination(stranger.Ipv6, 80);
    }

    private static IEnumerable<Admission> AdmissionsOf(EgressPolicy policy) =>
        from learned in ((string Name, string Address)[])[("example.org", OfName), ("example.org", OfName6), ("example.net", OfNamesPort), ("www.example.org", OfSharedName)]
        let judged = policy.Judge(learned.Name)
        where judged.NamesAddresses
        select new Admission([IPAddress.Parse(learned.Address)], judged.Allowed, judged.Denied, TimeSpan.FromHours(1));

    private static string[] Pick(Random random, string[] from, int most) => [.. random.GetItems(from, random.Next(most)).Distinct()];

    private static string TextOf(EgressPolicy? policy) => policy is null ? "no policy"
        : $"{(policy.AllowsByDefault ? "allow" : "deny")}, --allow {string.Join(' ', policy.Allow.Select(entry => entry.Text))}, --deny {string.Join(' ', policy.Deny.Select(entry => entry.Text))}";

    private sealed record Destination(IPAddress Address, ushort Port, TransportProtocol Protocol = TransportProtocol.Tcp);
}
