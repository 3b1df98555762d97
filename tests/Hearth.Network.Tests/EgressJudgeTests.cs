using System.Net;

namespace Hearth.Network.Tests;

/// <summary>The explanations, rule by rule; <see cref="PolicyTests"/> shows that the kernel decides the same.</summary>
public sealed class EgressJudgeTests
{
    [Theory]
    [InlineData("", "", "198.51.100.1:80", true, "the container has no egress policy")]
    [InlineData("", "", "169.254.169.254:80", false, "169.254.0.0/16 is closed")]
    [InlineData("", "", "[fd00:ec2::254]:80", false, "fd00:ec2::/32 is closed")]
    [InlineData("", "", "172.29.0.1:80", false, "it is the host, whose services are closed unless --allow host names them; ports that containers publish are open")]
    [InlineData("", "198.51.100.0/24", "198.51.100.1:80", false, "--deny 198.51.100.0/24 names it")]
    [InlineData("", "198.51.100.0/24", "203.0.113.1:80", true, "--egress is allow, and no --deny names it")]
    [InlineData("169.254.169.254", "", "169.254.169.254:80", true, "--allow 169.254.169.254 names it")]
    [InlineData("0.0.0.0/0", "", "169.254.169.254:80", false, "169.254.0.0/16 is closed")]
    [InlineData("!198.51.100.1:443/tcp", "", "198.51.100.1:443", true, "--allow 198.51.100.1:443/tcp names it")]
    [InlineData("!198.51.100.1:443/tcp", "", "198.51.100.1:443/udp", false, "no --allow names it, and --egress is deny")]
    [InlineData("!host:90", "", "172.29.0.1:90", true, "it is the host, and --allow host:90 names it")]
    [InlineData("!host:90", "", "172.29.0.1:91", false, "it is the host, whose services and published ports are closed unless --allow host names them")]
    [InlineData("host", "host:22", "172.29.0.1:22", false, "it is the host, and --deny host:22 names it")]
    [InlineData("!example.org 192.0.2.53", "", "192.0.2.53:53/udp", true, "--allow 192.0.2.53 names it")]
    [InlineData("!example.org 192.0.2.0/24", "", "192.0.2.53:853", false, "other name servers are closed, since the policy has names; --allow opens one by its address")]
    [InlineData("!example.org 192.0.2.53:53", "", "192.0.2.53:53/udp", true, "--allow 192.0.2.53:53 names it")]
    [InlineData("!example.org", "", "192.0.2.77:443", true, "a name that the policy allows has led to it")]
    [InlineData("!example.org", "", "192.0.2.77:53", false, "other name servers are closed")]
    [InlineData("!example.org", "", "192.0.2.78:53", true, "a name that the policy allows has led to it")]
    [InlineData("host", "172.29.0.1", "172.29.0.1:80", false, "--deny 172.29.0.1 names it")]
    [InlineData("", "10.0.0.0/8", "172.29.0.1:8080", true, "it is the host, and a container publishes this port")]
    [InlineData("!", "10.0.0.0/8", "172.29.0.1:8080", false, "it is the host, whose services and published ports are closed")]
    [InlineData("", "", "224.0.0.251:5353/udp", true, "the container has no egress policy; multicast and broadcast reach its networks only")]
    [InlineData("", "10.0.0.0/8", "[ff02::fb]:5353/udp", true, "--egress is allow, and no --deny names it; multicast")]
    [InlineData("192.0.2.1", "", "255.255.255.255:5353/udp", false, "multicast and broadcast are closed")]
    [InlineData("!224.0.0.251:5353", "", "224.0.0.251:5353/udp", true, "--allow 224.0.0.251:5353 names it")]
    [InlineData("", "", "10.77.0.5:80", false, "it is in the network 'other', which the container is not in")]
    [InlineData("!example.org", "", "example.org:443", true, "--allow example.org names it; its addresses are opened when it is resolved, except private ones")]
    [InlineData("!example.org:443", "", "example.org:80", false, "--allow example.org:443 names it, but another port")]
    [InlineData("!*.example.org", "", "example.org:80", false, "no --allow names it, and --egress is deny, so it is not resolved")]
    [InlineData("", "*.example.org", "www.example.org:80", false, "--deny *.example.org names it, so it is not resolved")]
    [InlineData("", "example.org:80", "example.org:80", false, "--deny example.org:80 names it; this port of its addresses is closed when it is resolved")]
    [InlineData("", "example.org:80/tcp", "example.org:80/udp", true, "--egress is allow, and no --deny names it; its addresses are judged")]
    [InlineData("!example.org", "*.org:80", "example.org:80", false, "--deny *.org:80 names it; this port")]
    [InlineData("!example.org", "*.org:80", "example.org:443", true, "--allow example.org names it; its addresses are opened")]
    [InlineData("!", "example.org:80", "example.org:443", false, "no --allow names it, and --egress is deny, so it is not resolved")]
    [InlineData("example.org", "example.org:80 *.org", "example.org:443", false, "--deny *.org names it, so it is not resolved")]
    [InlineData("", "example.org:80", "192.0.2.79:80", false, "a name that --deny names with this port has led to it")]
    [InlineData("192.0.2.79", "example.org:80", "192.0.2.79:80", false, "a name that --deny names with this port has led to it")]
    [InlineData("", "example.org:80", "192.0.2.79:81", true, "--egress is allow, and no --deny names it")]
    [InlineData("", "198.51.100.0/24", "example.org:80", true, "--egress is allow, and no --deny names it; its addresses are judged when the container connects")]
    public void The_rule_that_decides_is_named(string allow, string deny, string destination, bool isAllowed, string reason)
    {
        string[] allowed = allow.TrimStart('!').Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string[] denied = deny.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        EgressPolicy? policy = allowed.Length + denied.Length == 0 ? null : EgressPolicy.Parse(!allow.StartsWith('!'), allowed, denied);
        EgressJudge judge = new(policy, new Place());
        EgressEntry target = EgressEntry.Parse(destination);

        EgressVerdict verdict = target.Network is { } network
            ? judge.Judge(network.BaseAddress, target.Port!.Value, target.Protocol ?? TransportProtocol.Tcp)
            : judge.Judge(target.Name!, target.Port!.Value, target.Protocol ?? TransportProtocol.Tcp);

        Assert.Equal(isAllowed, verdict.IsAllowed);
        Assert.StartsWith(reason, verdict.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "192.0.2.9:80", "192.0.2.9", true, "--egress is allow, and no --deny names it; except port 80 (--deny 192.0.2.9:80 names it)")]
    [InlineData("", "192.0.2.9:80", "192.0.2.8", true, "--egress is allow, and no --deny names it")]
    [InlineData("!192.0.2.0/24:443/tcp 192.0.2.9:53/udp", "", "192.0.2.9", false, "no --allow names it, and --egress is deny; except port 53/udp (--allow 192.0.2.9:53/udp names it), port 443/tcp (--allow 192.0.2.0/24:443/tcp names it)")]
    [InlineData("!192.0.2.0/24:443/tcp", "", "192.0.2.9:443", true, "--allow 192.0.2.0/24:443/tcp names it; except port 443/udp (no --allow names it, and --egress is deny)")]
    [InlineData("!192.0.2.0/24:443/tcp", "", "192.0.2.9:443/udp", false, "no --allow names it, and --egress is deny")]
    [InlineData("host:90", "", "172.29.0.1", false, "it is the host, whose services are closed unless --allow host names them; ports that containers publish are open; except port 90 (it is the host, and --allow host:90 names it)")]
    [InlineData("!192.0.2.0/24 example.org", "", "192.0.2.9", true, "--allow 192.0.2.0/24 names it; except port 53 (other name servers are closed, since the policy has names; --allow opens one by its address), port 853 (other name servers are closed, since the policy has names; --allow opens one by its address)")]
    [InlineData("!example.org:443", "", "example.org", false, "--allow example.org:443 names it, but another port; except port 443 (--allow example.org:443 names it; its addresses are opened when it is resolved, except private ones)")]
    [InlineData("!192.0.2.9:1 192.0.2.9:2 192.0.2.9:3 192.0.2.9:4 192.0.2.9:5 192.0.2.9:6 192.0.2.9:7 192.0.2.9:8 192.0.2.9:9 192.0.2.9:10", "", "192.0.2.9", false, "no --allow names it, and --egress is deny; except port 1 (")]
    public void Ports_for_which_it_is_otherwise_are_named(string allow, string deny, string destination, bool isAllowed, string reason)
    {
        string[] allowed = allow.TrimStart('!').Split(' ', StringSplitOptions.RemoveEmptyEntries);
        EgressPolicy policy = EgressPolicy.Parse(!allow.StartsWith('!'), allowed, deny.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        EgressJudge judge = new(policy, new Place());
        EgressEntry target = EgressEntry.Parse(destination);

        EgressExplanation explanation = EgressExplanation.Of(
            policy, target.Port, target.Protocol, (port, protocol) => target.Network is { } network ? judge.Judge(network.BaseAddress, port, protocol) : judge.Judge(target.Name!, port, protocol));

        Assert.Equal(isAllowed, explanation.Verdict.IsAllowed);
        Assert.Equal(allowed.Length > 5 ? $"{reason}--allow" : reason, allowed.Length > 5 ? $"{explanation}"[..(reason.Length + 7)] : $"{explanation}");
        Assert.Equal(allowed.Length > 5, $"{explanation}".EndsWith("port 8 (--allow 192.0.2.9:8 names it) and 2 more", StringComparison.Ordinal));
    }

    [Fact]
    public void Internal_networks_lead_nowhere_else()
    {
        EgressJudge judge = new(null, new Place { HasWayOut = false });

        Assert.Equal(new EgressVerdict(false, "the container has only internal networks, so it is not resolved"), judge.Judge("example.org", 443, TransportProtocol.Tcp));
        Assert.Equal(new EgressVerdict(false, "the container has only internal networks, which do not lead to it"), judge.Judge(IPAddress.Parse("192.0.2.1"), 443, TransportProtocol.Tcp));
    }

    /// <summary>The host is 172.29.0.1, and names have led to 192.0.2.77, to a port of 192.0.2.78, and to 192.0.2.79, of which port 80 is denied.</summary>
    private sealed class Place : IEgressPlace
    {
        public bool HasWayOut { get; init; } = true;

        public bool IsOfHost(IPAddress address) => address.ToString() == "172.29.0.1";

        public bool IsGroup(IPAddress address) => EgressPolicy.Groups.Any(group => group.Contains(address));

        public bool IsPublished(IPAddress address, TransportProtocol protocol, ushort port) => port == 8080;

        public LearnedScope FindLearned(IPAddress address, TransportProtocol protocol, ushort port) => address.ToString() switch
        {
            "192.0.2.77" => LearnedScope.Address,
            "192.0.2.78" => LearnedScope.Port,
            "192.0.2.79" when port == 80 => LearnedScope.Barred,
            _ => LearnedScope.None,
        };

        public string? FindObstacle(IPAddress address) => !HasWayOut ? "the container has only internal networks, which do not lead to it"
            : address.ToString().StartsWith("10.77.", StringComparison.Ordinal) ? "it is in the network 'other', which the container is not in"
            : null;
    }
}
