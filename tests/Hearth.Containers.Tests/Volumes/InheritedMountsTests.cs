using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;

namespace Hearth.Containers.Tests.Volumes;

/// <summary>docker's <c>--volumes-from</c>.</summary>
public sealed class InheritedMountsTests
{
    private static readonly ContainerDescription other = new()
    {
        Spec = new ContainerSpec { Mounts = [MountSpec.SharedMemory(1)] },
        Volumes = [VolumeFlag.Parse("data:/data").Volume!, VolumeFlag.Parse("/srv:/srv").Volume!, VolumeFlag.Parse("/anonymous").Volume!],
        Rootfs = new RootfsOptions { Binds = [VolumeFlag.Parse("/etc:/host:ro").Bind!] },
    };

    [Theory]
    [InlineData("first", false)]
    [InlineData("first:rw", false)]
    [InlineData("first:ro", true)]
    [InlineData("first:ro,z", true)]
    public void Mounts_are_at_the_same_places(string text, bool isReadOnly)
    {
        ContainerDescription read = InheritedMounts.Parse(text).AddTo(new ContainerDescription { Spec = new ContainerSpec() }, other);

        Assert.Equal(["/data", "/srv", "/anonymous"], read.Volumes.Select(volume => volume.Destination));
        Assert.All(read.Volumes, volume => Assert.Equal(isReadOnly, volume.ReadOnly));
        Assert.Equal("/host", Assert.Single(read.Rootfs.Binds).Destination);
        Assert.Empty(read.Spec.Mounts);
    }

    [Fact]
    public void A_containers_own_mount_hides_an_inherited_one()
    {
        ContainerDescription own = new()
        {
            Spec = new ContainerSpec { Mounts = [TmpfsFlag.Parse("/srv")] },
            Volumes = [VolumeFlag.Parse("mine:/host").Volume!],
        };

        ContainerDescription read = InheritedMounts.Parse("first").AddTo(own, other);

        Assert.Equal(["mine", "data", other.Volumes[2].Source], read.Volumes.Select(volume => volume.Source));
        Assert.Empty(read.Rootfs.Binds);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":ro")]
    [InlineData("first:rx")]
    [InlineData("first:ro,rw")]
    public void Other_forms_are_refused(string text) => Assert.Throws<FormatException>(() => InheritedMounts.Parse(text));
}
