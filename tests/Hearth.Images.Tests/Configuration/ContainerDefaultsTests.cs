using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;
using Hearth.Distribution.Manifests;
using Hearth.Images.Configuration;

namespace Hearth.Images.Tests.Configuration;

/// <summary>What a container was started with becomes its image's defaults.</summary>
public sealed class ContainerDefaultsTests
{
    [Theory]
    [InlineData(null, 15, null)]
    [InlineData("", 15, "")]
    [InlineData("SIGTERM", 15, "SIGTERM")]
    [InlineData("3", 3, "3")]
    [InlineData("SIGQUIT", 15, "SIGTERM")]
    [InlineData("nonsense", 15, "SIGTERM")]
    [InlineData(null, 3, "SIGQUIT")]
    [InlineData("SIGQUIT", 37, "37")]
    public void The_stop_signal_is_the_containers(string? image, int container, string? expected) => Assert.Equal(
        expected, ContainerDefaults.Of(new ContainerDescription { Spec = new ContainerSpec(), StopSignal = container }, new ProcessConfiguration { StopSignal = image }).StopSignal);

    [Theory]
    [InlineData(null, 10, null)]
    [InlineData(10, 10, 10)]
    [InlineData(60, 10, 10)]
    [InlineData(60, 60, 60)]
    [InlineData(null, 5, 5)]
    public void The_stop_timeout_is_the_containers(int? image, int container, int? expected) => Assert.Equal(
        expected, ContainerDefaults.Of(new ContainerDescription { Spec = new ContainerSpec(), StopTimeoutSeconds = container }, new ProcessConfiguration { StopTimeout = image }).StopTimeout);

    [Fact]
    public void Anonymous_volumes_are_added_to_those_of_the_image()
    {
        VolumeMount Volume(string path, bool isAnonymous) => new() { Kind = VolumeKind.Volume, Source = "name", Destination = path, IsAnonymous = isAnonymous };

        ProcessConfiguration image = new() { Volumes = new Dictionary<string, EmptyObject> { ["/data"] = new() } };
        ContainerDescription container = new() { Spec = new ContainerSpec(), Volumes = [Volume("/data", true), Volume("/more", true), Volume("/named", false)] };
        Assert.Equal(["/data", "/more"], ContainerDefaults.Of(container, image).Volumes!.Keys.Order());
        Assert.Null(ContainerDefaults.Of(new ContainerDescription { Spec = new ContainerSpec() }, new ProcessConfiguration()).Volumes);
    }
}
