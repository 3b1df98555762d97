using Hearth.Containers.Specification;

namespace Hearth.Containers.Tests;

/// <summary>The egress policy of a specification's annotations.</summary>
public sealed class EgressRulesTests
{
    [Theory]
    [InlineData(NetworkMode.Nat)]
    [InlineData(NetworkMode.Auto)]
    [InlineData(NetworkMode.Namespace)]
    [InlineData(NetworkMode.Cni)]
    public void Annotations_are_the_policy_of_a_container_without_one(NetworkMode mode)
    {
        NetworkOptions network = Apply(new NetworkOptions { Mode = mode }, (EgressRules.Annotation, "deny"), (EgressRules.AllowAnnotation, "example.org:443, 10.0.0.0/8 host"), (EgressRules.DenyAnnotation, "10.0.0.1"));

        Assert.True(network.DeniesEgress);
        Assert.Equal(["example.org:443", "10.0.0.0/8", "host"], network.Allow);
        Assert.Equal(["10.0.0.1"], network.Deny);
    }

    [Fact]
    public void A_policy_of_flags_precedes_them_and_no_network_needs_none()
    {
        Assert.Equal(["10.0.0.0/8"], Apply(new NetworkOptions { Mode = NetworkMode.Nat, Deny = ["10.0.0.0/8"] }, (EgressRules.DenyAnnotation, "11.0.0.0/8")).Deny);
        Assert.False(Apply(new NetworkOptions { Mode = NetworkMode.None }, (EgressRules.Annotation, "deny")).DeniesEgress);
        Assert.False(Apply(new NetworkOptions { Mode = NetworkMode.Namespace, Target = "/run/netns/a" }, (EgressRules.Annotation, "allow")).DeniesEgress);
    }

    [Theory]
    [InlineData(NetworkMode.HostForward, "deny", "cannot apply the annotation org.hearth.egress")]
    [InlineData(NetworkMode.Nat, "no", "invalid annotation org.hearth.egress 'no': it must be allow or deny")]
    public void What_cannot_be_applied_is_refused(NetworkMode mode, string egress, string words) =>
        Assert.StartsWith(words, Assert.Throws<HearthException>(() => Apply(new NetworkOptions { Mode = mode }, (EgressRules.Annotation, egress))).Message, StringComparison.Ordinal);

    private static NetworkOptions Apply(NetworkOptions network, params (string Name, string Value)[] annotations) => EgressRules.Apply(new ContainerDescription
    {
        Spec = new ContainerSpec { Annotations = annotations.ToDictionary(annotation => annotation.Name, annotation => annotation.Value) },
        Network = network,
    }).Network;
}
