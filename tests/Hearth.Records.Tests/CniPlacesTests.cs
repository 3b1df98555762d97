using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Linux.Files;
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

    /// <summary>Else each command would wait for it again.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_plugin_that_hangs_is_not_run_again_for_a_while(bool isOfEarlierBoot)
    {
        ManualClock clock = new();
        CniRecord record = RecordOf($"echo called >>{place.At("calls")}; test -e {place.At("ready")} || exec sleep 1000");
        CniPlaces.Keep(place.Directories, record);
        if (isOfEarlierBoot)
        {
            Restart();
        }
        else
        {
            RunDirectory.Create(place.Directories, place.NewResources(new ProcessIdentity(int.MaxValue, 1)) with { Id = id, Cni = record });
        }

        Diagnostic failed = Assert.Single(Run(takes: 60));
        Assert.Equal(DiagnosticCode.LeftoversNotRemoved, failed.Code);
        Assert.Contains("the plugin 'own' has not ended for 0.2 s and was killed; the next try is in 5 min", failed.Text, StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromMinutes(4).TotalMilliseconds);
        Assert.Empty(Run(takes: 0));
        Assert.Equal("called\n", Calls);

        clock.Advance(TimeSpan.FromMinutes(2).TotalMilliseconds);
        Assert.Contains("the next try is in 10 min", Assert.Single(Run(takes: 60)).Text, StringComparison.Ordinal);
        Assert.Empty(Run(takes: 0));

        // The host's time may be set back: then the noted one is of no use.
        place.Write("ready", "");
        clock.Jump(TimeSpan.FromDays(-1));
        Assert.Equal(DiagnosticCode.LeftoversRemoved, Assert.Single(Run(takes: 0)).Code);
        Assert.False(File.Exists(FileOfPlace));
        Assert.Equal("called\ncalled\ncalled\n", Calls);

        IReadOnlyList<Diagnostic> Run(int takes)
        {
            return Reconciliation.Run(place.Directories, new SlowClock(clock, TimeSpan.FromSeconds(takes)), TimeSpan.FromSeconds(0.2));
        }
    }

    [Fact]
    public void A_command_does_not_wait_for_another_that_runs_the_plugins()
    {
        CniPlaces.Keep(place.Directories, RecordOf($"echo called >>{place.At("calls")}"));
        Restart();
        using (DirectoryLock.Take(place.Directories.Cni))
        {
            Assert.Empty(Reconciliation.Run(place.Directories));
        }

        Assert.Equal("", Calls);
        Assert.Single(Reconciliation.Run(place.Directories));
    }

    [Fact]
    public void Of_several_places_whose_plugins_hang_a_command_tries_one()
    {
        CniRecord record = RecordOf($"echo called >>{place.At("calls")}; exec sleep 1000");
        foreach (string each in (string[])[id, ContainerId.New().ToString(), ContainerId.New().ToString()])
        {
            CniPlaces.Keep(place.Directories, record with { ContainerId = each });
        }

        Array.ForEach(Directory.GetFiles(place.Directories.Cni), Restart);
        Assert.Single(Reconciliation.Run(place.Directories, TimeProvider.System, TimeSpan.FromSeconds(0.2)));
        Assert.Equal("called\n", Calls);
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
        Restart(FileOfPlace);
        if (Directory.Exists(place.Directories.Run))
        {
            Directory.Delete(place.Directories.Run, recursive: true);
        }
    }

    private static void Restart(string file) =>
        File.WriteAllText(file, File.ReadAllText(file).Replace(HostBoot.Current, Guid.NewGuid().ToString(), StringComparison.Ordinal));

    private CniRecord RecordOf(string script)
    {
        string plugin = place.Write("plugins/own", $"#!/bin/sh\n{script}\n");
        File.SetUnixFileMode(plugin, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return new CniRecord(
            """{ "cniVersion": "1.0.0", "name": "front", "type": "own" }""", [Path.GetDirectoryName(plugin)!], "/usr/bin:/bin", id, Path.Combine(place.Directories.Containers, id, "netns"));
    }

    /// <summary>A clock by which each measured time is as long as a test says.</summary>
    private sealed class SlowClock(TimeProvider clock, TimeSpan taken) : TimeProvider
    {
        private bool hasBegun;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => clock.GetUtcNow();

        public override long GetTimestamp()
        {
            hasBegun = !hasBegun;
            return hasBegun ? 0 : taken.Ticks;
        }
    }
}
