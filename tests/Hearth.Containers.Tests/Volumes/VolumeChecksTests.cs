using Hearth.Containers.Volumes;

namespace Hearth.Containers.Tests.Volumes;

public sealed class VolumeChecksTests
{
    [Theory]
    [InlineData("data", "relative")]
    [InlineData("data", "/")]
    [InlineData("data", "/a/../b")]
    [InlineData("data", "/./a")]
    [InlineData("data", "/dev/shm")]
    [InlineData("data", "/proc")]
    [InlineData("a/b", "/data")]
    public void A_volume_needs_a_name_and_a_place_of_its_own(string name, string destination) =>
        Assert.Throws<HearthException>(() => VolumeChecks.Check([Volume(name, destination)]));

    [Fact]
    public void Two_volumes_are_not_at_one_place_and_one_not_at_two()
    {
        Assert.Contains("cannot mount two volumes at '/data'", Refusal(Volume("one", "/data"), Bind("/src", "/data/")), StringComparison.Ordinal);
        Assert.Contains("the volume 'one' twice", Refusal(Volume("one", "/a"), Volume("one", "/b")), StringComparison.Ordinal);
        VolumeChecks.Check([Bind("/src", "/a"), Bind("/src", "/b"), Volume("one", "/a/b")]);
    }

    [Fact]
    public void Binds_have_absolute_sources_and_are_not_without_number()
    {
        Assert.Contains("absolute", Refusal(Bind("src", "/a")), StringComparison.Ordinal);
        Assert.Contains("64", Refusal([.. Enumerable.Range(0, 65).Select(i => Bind("/src", $"/a{i}"))]), StringComparison.Ordinal);
    }

    private static string Refusal(params VolumeMount[] mounts) => Assert.Throws<HearthException>(() => VolumeChecks.Check(mounts)).Message;

    private static VolumeMount Volume(string name, string destination) => new() { Kind = VolumeKind.Volume, Source = name, Destination = destination };

    private static VolumeMount Bind(string source, string destination) => new() { Kind = VolumeKind.Bind, Source = source, Destination = destination };
}
