using System.Net;
using Hearth.Containers;
using Hearth.Control;
using Hearth.Keeper.Parts.Network;
using Hearth.Linux.Tests.Network;
using Hearth.Network;
using Hearth.Network.Names;

namespace Hearth.Keeper.Tests;

/// <summary><c>hearth network explain</c>: destinations are what the container's own resolver makes of them.</summary>
public sealed class ExplainTests
{
    [Theory]
    [InlineData("host.docker.internal:80", false, "host.docker.internal:80 (172.29.0.1, the host) is denied: it is the host, whose services are closed")]
    [InlineData("gateway.docker.internal:90", true, "gateway.docker.internal:90 (172.29.0.1, the host) is allowed: it is the host, and --allow host:90 names it")]
    [InlineData("host.hearth.internal", false, "host.hearth.internal (172.29.0.1, the host) is denied: it is the host, whose services are closed unless --allow host names them; ports that containers publish are open; except port 90 (")]
    [InlineData("Added.example:80", true, "Added.example:80 (192.0.2.7, by --add-host) is allowed: --egress is allow, and no --deny names it")]
    [InlineData("metadata.added.example:80", false, "metadata.added.example:80 (169.254.169.254, by --add-host) is denied: 169.254.0.0/16 is closed")]
    [InlineData("web:81", true, "web:81 (198.51.100.6, a container) is allowed: --egress is allow, and no --deny names it\nweb:81 (198.51.100.5, a container) is denied: --deny 198.51.100.5 names it")]
    [InlineData("host", false, "host is denied: it is the host")]
    [InlineData("192.0.2.9", true, "192.0.2.9 is allowed: --egress is allow, and no --deny names it; except port 53 (other name servers are closed, since the policy has names; --allow opens one by its address), port 80 (--deny 192.0.2.9:80 names it)")]
    [InlineData("denied.example", false, "denied.example is denied: --deny denied.example names it, so it is not resolved")]
    public void A_name_is_what_the_resolver_of_the_container_answers(string destination, bool isAllowed, string words) => OwnNamespace.Run(() =>
    {
        NetworkDefinition definition = NetworkDefinition.Of("explain", Subnet.Default);
        BridgeNetwork bridge = new(definition);
        Network.AttachRequest request = new(1);
        JoinedNetwork network = new(bridge, definition, new NetworkPlacement("explain"), bridge.Attach(request, _ => { }, _ => { }), request);
        ContainerPolicy policy = new([network], NetworkSettings.PolicyOf(new EgressRules(false, ["host:90"], ["192.0.2.9:80", "198.51.100.5", "denied.example"])), TimeProvider.System);
        IPAddress[] gateways = [network.At.Ipv4Gateway, network.At.Ipv6Gateway];
        GuestNames names = new([("added.example", IPAddress.Parse("192.0.2.7")), ("metadata.added.example", IPAddress.Parse("169.254.169.254"))], gateways, new OwnNames(new Web(), gateways));

        ExplainReply reply = new NetworkControl([network], policy, names, new EgressPlace([(bridge, network.At)], name => name)).Explain(destination);

        Assert.Equal(isAllowed, reply.IsAllowed);
        Assert.StartsWith(words, reply.Text, StringComparison.Ordinal);
        bridge.Release(network.At.TapName);
    });

    private sealed class Web : IHostNames
    {
        public IReadOnlyList<IPAddress>? Resolve(string name) => name == "web" ? [IPAddress.Parse("198.51.100.5"), IPAddress.Parse("198.51.100.6")] : null;

        public string? NameOf(IPAddress address) => null;
    }
}
