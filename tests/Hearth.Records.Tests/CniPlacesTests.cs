using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Network.Cni;
using Hearth.Records.Recovery;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests;

/// <summary>Places in networks of CNI, after a restart of the host has emptied the run directory.</summary>
public sealed class CniPlacesTests : IDisposable
{
    private readonly Workplace place = new();
    private readonly string id = ContainerId.New().ToString();

    public void Dispose() => place.Dispose();

    private string FileOfPlace => Path.Combine(place.Directories.Cni, $"{id}.json");

    private string Calls => File.Exists(place.At("calls")) ? File.ReadAllText(place.At("calls")) : "";

    [Fact]
    public void A_container_of_an_earlier_boot_is_removed_from_its_network_once()
    {
        CniPlaces.Keep(place.Directories, RecordOf($"echo \"$CNI_COMMAND $CNI_CONTAINERID '$CNI_NETNS'\" >>{place.At("calls")}"));
        Assert.Empty(Reconciliation.Run(place.Directories));
        Assert.Equal("", Calls);

        Restart();
        IReadOnlyList<Diagnostic>[] passes = new IReadOnlyList<Diagnostic>[4];
        Parallel.For(0, passes.Length, pass => passes[pass] = Reconciliation.Run(place.Directories));

        Assert.Equal(
            Diagnostic.Warning(DiagnosticCode.LeftoversRemoved, $"removed container {id[..12]} from its CNI network: the host went down while it ran"), Assert.Single(passes.SelectMany(pass => pass)));
        Assert.Equal($"DEL {id} ''\n", Calls);
        Assert.False(File.Exists(FileOfPlace));
    }

    [Fact]
    public void A_plugin_that_fails_is_run_again_by_the_next_command()
    {
        CniPlaces.Keep(place.Directories, RecordOf($"test -e {place.At("ready")} || {{ echo '{{\"msg\":\"not ready\"}}'; exit 1; }}"));
        Restart();

        Diagnostic failed = Assert.Single(Reconciliation.Run(place.Directories));
        Assert.Equal(DiagnosticCode.LeftoversNotRemoved, failed.Code);
        Assert.Contains("the plugin 'own' failed: not ready", failed.Text, StringComparison.Ordinal);
        Assert.True(File.Exists(FileOfPlace));

        place.Write("ready", "");
        Assert.Equal(DiagnosticCode.LeftoversRemoved, Assert.Single(Reconciliation.Run(place.Directories)).Code);
        Assert.Empty(Reconciliation.Run(place.Directories));
    }

    [Fact]
    public void A_crash_in_this_boot_forgets_the_place_with_the_run_directory()
    {
        CniRecord record = RecordOf("true");
        CniPlaces.Keep(place.Directories, record);
        RunDirectory.Create(place.Directories, place.NewResources(new ProcessIdentity(int.MaxValue, 1)) with { Id = id, Cni = record });

        Assert.Equal(DiagnosticCode.LeftoversRemoved, Assert.Single(Reconciliation.Run(place.Directories)).Code);

        Assert.False(File.Exists(FileOfPlace));
        CniPlaces.Forget(place.Directories, id);
    }

    [Fact]
    public void A_damaged_file_is_left_for_people()
    {
        place.Write($"state/cni/{id}.json", "{");
        Assert.Empty(Reconciliation.Run(place.Directories));
        Assert.True(File.Exists(FileOfPlace));
    }

    /// <summary>What a restart leaves: another boot, and no run directory.</summary>
    private void Restart()
    {
        File.WriteAllText(FileOfPlace, File.ReadAllText(FileOfPlace).Replace(HostBoot.Current, Guid.NewGuid().ToString(), StringComparison.Ordinal));
        if (Directory.Exists(place.Directories.Run))
        {
            Directory.Delete(place.Directories.Run, recursive: true);
        }
    }

    private CniRecord RecordOf(string script)
    {
        string plugin = place.Write("plugins/own", $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(plugin, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return new CniRecord(
            """{ "cniVersion": "1.0.0", "name": "front", "type": "own" }""", [Path.GetDirectoryName(plugin)!], "/usr/bin:/bin", id, Path.Combine(place.Directories.Containers, id, "netns"));
    }
}
