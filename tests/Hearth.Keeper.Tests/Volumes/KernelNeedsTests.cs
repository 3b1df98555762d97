using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Specification;
using Hearth.Containers.Volumes;
using Hearth.Keeper.Parts.Volumes;
using Hearth.Machines.Kernel;

namespace Hearth.Keeper.Tests.Volumes;

public sealed class KernelNeedsTests
{
    private readonly List<Diagnostic> diagnostics = [];

    [Fact]
    public void A_share_needs_fuse_and_says_which_option_is_missing()
    {
        HearthException failure = Assert.Throws<HearthException>(() => Settle(Kernel("ext4"), Share));
        Assert.Equal(HearthError.KernelUnavailable, failure.Error);
        Assert.Contains("cannot share '/src' with the guest: the kernel 'k' has no FUSE (CONFIG_FUSE_FS", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_may_be_a_snapshot_becomes_one_with_a_warning()
    {
        ContainerDescription settled = Settle(Kernel("ext4"), Share with { MayBeSnapshot = true, Recursive = false }, Volume);
        Assert.Equal([Volume], settled.Volumes);
        Assert.Equal([new RootfsBind("/dst", "/src", Recursive: false) { IsWritable = true }], settled.Rootfs.Binds);
        Assert.Contains("'/src' on '/dst' is a snapshot", Assert.Single(diagnostics).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_volume_needs_ext4() =>
        Assert.Contains("CONFIG_EXT4_FS", Assert.Throws<HearthException>(() => Settle(Kernel("fuse"), Volume)).Message, StringComparison.Ordinal);

    [Fact]
    public void Where_nothing_is_known_of_the_kernel_or_all_is_there_nothing_changes()
    {
        foreach (KernelEntry kernel in (KernelEntry[])[Kernel("ext4", "fuse"), Kernel() with { FileSystems = null }])
        {
            Assert.Equal([Share, Volume], Settle(kernel, Share, Volume).Volumes);
        }

        Assert.Empty(diagnostics);
    }

    private static VolumeMount Share => new() { Kind = VolumeKind.Bind, Source = "/src", Destination = "/dst" };

    private static VolumeMount Volume => new() { Kind = VolumeKind.Volume, Source = "data", Destination = "/data" };

    private static KernelEntry Kernel(params string[] fileSystems) => new()
    {
        Name = "k", Release = "6.1", Architecture = "x86_64", Digest = "", EndAddress = 0, Source = "", FileSystems = fileSystems,
    };

    private ContainerDescription Settle(KernelEntry kernel, params VolumeMount[] volumes) => KernelNeeds.Settle(
        new ContainerDescription { Spec = new ContainerSpec(), Volumes = volumes }, kernel, diagnostics);
}
