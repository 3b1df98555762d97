using Hearth.Containers;
using Hearth.Containers.Specification;

namespace Hearth.Rendering.Tests;

public sealed class ContainerFilterTests
{
    private static readonly Container web = new(
        new ContainerDescription
        {
            Id = new string('b', 64),
            Name = "web",
            Image = new ImageOrigin("docker.io/library/nginx:latest", "sha256:ff", "sha256:0123456789ab" + new string('0', 52)),
            Spec = new ContainerSpec { Root = new RootSpec { Path = "nginx:latest" }, Process = new ProcessSpec { Args = ["true"] } },
        },
        new ContainerState(),
        "/nowhere");

    [Theory]
    [InlineData("ancestor=nginx", true)]
    [InlineData("ancestor=nginx:latest", true)]
    [InlineData("ancestor=docker.io/library/nginx", true)]
    [InlineData("ancestor=0123456789ab", true)]
    [InlineData("ancestor=0123", true)]
    [InlineData("ancestor=sha256:0123456789ab", true)]
    [InlineData("ancestor=nginx:1", false)]
    [InlineData("ancestor=ngin", false)]
    [InlineData("ancestor=000", false)]
    [InlineData("ancestor=sha256:", false)]
    [InlineData("status=created", true)]
    [InlineData("status=Restarting", false)]
    [InlineData("status=dead", false)]
    [InlineData("health=none", true)]
    [InlineData("exited=-1", false)]
    public void Values_are_dockers(string filter, bool isFound) =>
        Assert.Equal(isFound, ContainerFilter.Parse([filter], _ => web).Matches(web));

    [Theory]
    [InlineData("status=borken", "created, running")]
    [InlineData("health=well", "healthy")]
    [InlineData("exited=no", "a whole number")]
    public void A_value_that_none_can_have_is_refused(string filter, string words) =>
        Assert.Contains(words, Assert.Throws<FormatException>(() => ContainerFilter.Parse([filter], _ => web)).Message, StringComparison.Ordinal);
}
