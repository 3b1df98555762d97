using Hearth.Containers;
using Hearth.Keeper.Parts.Network;
using Hearth.Network.Names;

namespace Hearth.Keeper.Tests;

/// <summary>What a policy lets a container resolve, and which addresses an answer may have.</summary>
public sealed class ContainerPolicyTests
{
    [Theory]
    [InlineData("web", NameVerdict.AdmitAny)]
    [InlineData("web.dns.podman", NameVerdict.AdmitAny)]
    [InlineData("api.example.org", NameVerdict.AdmitPublic)]
    [InlineData("other", NameVerdict.Refuse)]
    [InlineData("web.example.org", NameVerdict.Refuse)]
    public void Names_of_the_network_may_lead_to_private_addresses(string name, NameVerdict verdict)
    {
        ContainerPolicy policy = new(
            [], NetworkSettings.PolicyOf(new EgressRules(true, ["web", "*.dns.podman", "api.example.org:443"], [])), TimeProvider.System,
            asked => !asked.Contains('.', StringComparison.Ordinal) || asked.EndsWith(".dns.podman", StringComparison.Ordinal));

        Assert.Equal(verdict, policy.Judge(name, DnsType.Address));
    }

    [Fact]
    public void A_name_that_is_denied_with_a_port_is_resolved_and_one_without_is_not()
    {
        ContainerPolicy policy = new([], NetworkSettings.PolicyOf(new EgressRules(false, [], ["example.org:80", "*.example.net"])), TimeProvider.System);

        Assert.Equal(NameVerdict.AdmitPublic, policy.Judge("example.org", DnsType.Address));
        Assert.Equal(NameVerdict.Refuse, policy.Judge("www.example.net", DnsType.Address));
        Assert.Equal([("www.example.net", 1L)], policy.Refused);
    }
}
