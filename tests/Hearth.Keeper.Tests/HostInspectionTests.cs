using Hearth.Containers;
using Hearth.Keeper.Diagnosis;
using Hearth.Linux.Processes;
using Hearth.Machines.Firecracker;
using Hearth.Records.Tests.Support;

namespace Hearth.Keeper.Tests;

public sealed class HostInspectionTests : IDisposable
{
    private readonly Workplace place = new();

    [Fact]
    public void Every_need_is_told_with_advice_where_it_is_not_met()
    {
        IReadOnlyList<HostNeed> needs = Inspect((ContainerDescription.InitVariable, place.At("missing")));
        Assert.Equal(
            ["root", "capabilities", "FUSE", "VMM", "Firecracker", "KVM", "guest kernel", "guest init", "scratch disks", "packed roots", "network", "joined networks", "CNI", "forwarding", "disk", "cgroups", "descriptors"],
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
        Assert.Equal(state, Find(Inspect(), "guest kernel").State);
    }

    [Fact]
    public void An_init_that_is_there_meets_its_need()
    {
        string init = place.Write("init", "");
        HostNeed need = Find(Inspect((ContainerDescription.InitVariable, init)), "guest init");
        Assert.Equal((NeedState.Met, init), (need.State, need.Finding));
    }

    [Fact]
    public void Looking_changes_nothing()
    {
        _ = Inspect();
        Assert.False(Directory.Exists(place.Directories.State) || Directory.Exists(place.Directories.Run));
    }

    [Theory]
    [InlineData("/etc/passwd", "HEARTH_FIRECRACKER names '/etc/passwd', which cannot be executed")]
    [InlineData("/nonexistent", "HEARTH_FIRECRACKER names '/nonexistent', which does not exist")]
    [InlineData("/etc", "HEARTH_FIRECRACKER names '/etc', which is a directory")]
    [InlineData("/bin/true", "HEARTH_FIRECRACKER names '/bin/true', which is no Firecracker")]
    public void What_keeps_firecracker_from_being_taken_is_told_by_what_it_is(string named, string finding)
    {
        IReadOnlyList<HostNeed> needs = Inspect((FirecrackerDriver.Variable, named));

        Assert.StartsWith(finding, Find(needs, "Firecracker").Finding, StringComparison.Ordinal);
        Assert.DoesNotContain(needs, need => need.Name == "jailer");
        Assert.Contains("1.13.1 (the default) and 1.16.1", Find(needs, "Firecracker").Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.13.1", "1.13.1", "CVE-2026-1386")]
    [InlineData("1.16.1", "1.16.1", null)]
    [InlineData("1.16.1", "1.16.0", "use both programs of one release")]
    public void A_jailer_is_looked_at_for_its_release_and_its_holes(string firecracker, string jailer, string? advice)
    {
        string program = Script("firecracker", $"Firecracker v{firecracker}");
        Script("jailer", $"Jailer v{jailer}");

        IReadOnlyList<HostNeed> needs = Inspect((FirecrackerDriver.Variable, program));

        Assert.StartsWith($"{program}, version {firecracker}; tried were 1.13.1 (the default) and 1.16.1", Find(needs, "Firecracker").Finding, StringComparison.Ordinal);
        HostNeed found = Find(needs, "jailer");
        Assert.StartsWith($"{place.At("jailer")}, version {jailer}", found.Finding, StringComparison.Ordinal);
        Assert.Equal(advice is null ? NeedState.Met : NeedState.Limited, found.State);
        Assert.Contains(advice ?? "", found.Advice ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_jailer_and_a_release_that_was_never_tried_are_told()
    {
        string program = Script("firecracker", "Firecracker v1.15.0");

        IReadOnlyList<HostNeed> needs = Inspect((FirecrackerDriver.Variable, program), (FirecrackerJailOptions.Variable, "/bin/true"));

        Assert.StartsWith("HEARTH_JAILER names '/bin/true', which is no jailer of Firecracker's", Find(needs, "jailer").Finding, StringComparison.Ordinal);
        Assert.Contains("not tested with Firecracker 1.15.0", Find(needs, "Firecracker").Advice, StringComparison.Ordinal);
    }

    public void Dispose() => place.Dispose();

    /// <summary>A program that gives a version as those of a release do, which cannot be had here.</summary>
    private string Script(string name, string version)
    {
        string path = place.Write(name, $"#!/bin/sh\n[ \"$1\" = --version ] && echo '{version}'\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }

    private IReadOnlyList<HostNeed> Inspect(params (string Name, string Value)[] environment) =>
        new HostInspection(place.Directories, new HostEnvironment(environment.ToDictionary(variable => variable.Name, variable => variable.Value))).Inspect();

    private static HostNeed Find(IReadOnlyList<HostNeed> needs, string name) => needs.Single(need => need.Name == name);
}
