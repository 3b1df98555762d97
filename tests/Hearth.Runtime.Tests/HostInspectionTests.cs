using Hearth.Runtime.Diagnosis;
using Hearth.Runtime.Tests.Support;

namespace Hearth.Runtime.Tests;

public sealed class HostInspectionTests : IDisposable
{
    private readonly Workplace place = new();

    [Fact]
    public void Every_need_is_told_with_advice_where_it_is_not_met()
    {
        IReadOnlyList<HostNeed> needs = new HostInspection(place.Directories, place.At("missing")).Inspect();
        Assert.Equal(
            ["root", "FUSE", "VMM", "Firecracker", "KVM", "guest kernel", "guest init", "scratch disks", "packed roots", "disk", "cgroups", "descriptors"],
            needs.Select(need => need.Name));
        Assert.All(needs, need => Assert.Equal(need.State == NeedState.Met, need.Advice is null));
        Assert.All(needs, need => Assert.NotEmpty(need.Finding));
        Assert.Equal(NeedState.Unmet, Find(needs, "guest kernel").State);
        Assert.Equal(NeedState.Unmet, Find(needs, "guest init").State);
    }

    [Theory]
    [InlineData("[\"erofs\", \"overlay\"]", NeedState.Met)]
    [InlineData("[\"squashfs\", \"overlay\"]", NeedState.Met)]
    [InlineData("null", NeedState.Met)]
    [InlineData("[\"squashfs\"]", NeedState.Unmet)]
    [InlineData("[\"overlay\"]", NeedState.Unmet)]
    public void A_kernel_has_to_mount_overlays_and_one_of_the_formats(string fileSystems, NeedState state)
    {
        place.AddKernel("k", "6.1", fileSystems);
        Assert.Equal(state, Find(new HostInspection(place.Directories, null).Inspect(), "guest kernel").State);
    }

    [Fact]
    public void An_init_that_is_there_meets_its_need()
    {
        string init = place.Write("init", "");
        HostNeed need = Find(new HostInspection(place.Directories, init).Inspect(), "guest init");
        Assert.Equal((NeedState.Met, init), (need.State, need.Finding));
    }

    [Fact]
    public void Looking_changes_nothing()
    {
        _ = new HostInspection(place.Directories, null).Inspect();
        Assert.False(Directory.Exists(place.Directories.State) || Directory.Exists(place.Directories.Run));
    }

    public void Dispose() => place.Dispose();

    private static HostNeed Find(IReadOnlyList<HostNeed> needs, string name) => needs.Single(need => need.Name == name);
}
