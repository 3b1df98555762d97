using System.Diagnostics;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Linux.Files;
using Hearth.Records.Recovery;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests;

public sealed class ReconciliationTests : IDisposable
{
    private static readonly ProcessIdentity dead = new(int.MaxValue, 1);

    private readonly Workplace place = new();

    [Fact]
    public void Nothing_there_is_nothing_to_do() => Assert.Empty(Reconciliation.Run(place.Directories));

    [Fact]
    public void A_container_whose_owner_lives_is_left_alone()
    {
        string scratch = place.Write("state/scratch/x.ext4", "x");
        RunResources state = place.NewResources() with { Files = [scratch] };
        RunDirectory.Create(place.Directories, state);
        Assert.Empty(Reconciliation.Run(place.Directories));
        Assert.Equal([state.Id], place.Containers);
        Assert.True(File.Exists(scratch));
    }

    [Fact]
    public void What_a_killed_owner_left_is_removed_with_its_files_and_its_machine()
    {
        using Process machine = Process.Start("sleep", "1000");
        string scratch = place.Write("state/scratch/x.ext4", "x");
        place.Write("jails/firecracker/x/root/kernel", "");
        File.CreateSymbolicLink(place.At("jails/firecracker/x/root/link"), place.MakeDirectory("kept"));
        RunResources state = place.NewResources(dead) with { Files = [scratch, place.At("state/never/made.ext4"), place.At("jails/firecracker/x")], Machine = ProcessIdentity.Read(machine.Id) };
        RunDirectory.Create(place.Directories, state);

        Diagnostic removed = Assert.Single(Reconciliation.Run(place.Directories));

        Assert.Equal(Diagnostic.Warning(DiagnosticCode.LeftoversRemoved, $"removed leftovers of container {state.Id[..12]}, whose process was killed"), removed);
        Assert.Empty(place.Containers);
        Assert.False(File.Exists(scratch));
        Assert.False(Directory.Exists(place.At("jails/firecracker/x")));
        Assert.True(Directory.Exists(place.At("kept")));
        Assert.True(machine.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(128 + 9, machine.ExitCode);
    }

    [Fact]
    public void A_process_that_only_has_the_machines_number_is_not_killed()
    {
        using Process other = Process.Start("sleep", "1000");
        try
        {
            ProcessIdentity identity = ProcessIdentity.Read(other.Id)!;
            RunDirectory.Create(place.Directories, place.NewResources(dead) with { Machine = identity with { StartTime = identity.StartTime - 1 } });
            Assert.Single(Reconciliation.Run(place.Directories));
            Assert.True(identity.IsAlive);
        }
        finally
        {
            other.Kill();
            other.WaitForExit();
        }
    }

    [Fact]
    public void Directories_half_made_or_half_removed_go_when_who_was_at_it_is_gone()
    {
        string id = ContainerId.New().ToString();
        string left = RunDirectory.HiddenName.Of(dead, id);
        string atWork = RunDirectory.HiddenName.Of(ProcessIdentity.Current, ContainerId.New().ToString());
        place.MakeDirectory($"run/containers/{left}/in/it");
        place.MakeDirectory($"run/containers/{atWork}");

        Assert.Contains(id[..12], Assert.Single(Reconciliation.Run(place.Directories)).Text, StringComparison.Ordinal);

        Assert.Equal([atWork], place.Containers);
    }

    [Fact]
    public void A_directory_without_a_state_is_left_alone()
    {
        place.MakeDirectory("run/containers/somebody-elses");
        Assert.Empty(Reconciliation.Run(place.Directories));
        Assert.Equal(["somebody-elses"], place.Containers);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("[1]")]
    public void A_state_that_cannot_be_read_is_told_and_keeps_no_other_from_being_removed(string json)
    {
        place.Write("run/containers/damaged/resources.json", json);
        RunDirectory.Create(place.Directories, place.NewResources(dead));
        IReadOnlyList<Diagnostic> diagnostics = Reconciliation.Run(place.Directories);
        Assert.Equal(2, diagnostics.Count);
        Assert.Contains(diagnostics, one => one.Code == DiagnosticCode.LeftoversNotRemoved && one.Text.StartsWith($"cannot remove leftovers of container damaged in '{place.At("run/containers/damaged")}'", StringComparison.Ordinal));
        Assert.Equal(["damaged"], place.Containers);
    }

    /// <summary>A slow plugin of CNI may take a minute; a second pass would repeat what it does, after the container's next start.</summary>
    [Fact]
    public void A_container_that_another_pass_releases_is_left_to_it()
    {
        RunResources state = place.NewResources(dead) with { Files = [place.Write("state/scratch/x", "")] };
        RunDirectory directory = RunDirectory.Create(place.Directories, state);
        using (DirectoryLock.Take(directory.Path))
        {
            Assert.Empty(Reconciliation.Run(place.Directories));
            Assert.Equal([state.Id], place.Containers);
            Assert.True(File.Exists(place.At("state/scratch/x")));
        }

        Assert.Single(Reconciliation.Run(place.Directories));
        Assert.Empty(place.Containers);
    }

    /// <summary>Its tap and disks are released after that.</summary>
    [Fact]
    public void A_machine_has_ended_before_anything_else_is_released()
    {
        using Process machine = Process.Start("sleep", "1000");
        ProcessIdentity identity = ProcessIdentity.Read(machine.Id)!;
        RunDirectory.Create(place.Directories, place.NewResources(dead) with { Machine = identity });
        Assert.Single(Reconciliation.Run(place.Directories));

        // A zombie has ended; the test's own runtime may not have waited for it yet.
        string stat = $"/proc/{machine.Id}/stat";
        Assert.True(!File.Exists(stat) || File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal));
        machine.WaitForExit();
    }

    [Fact]
    public void Several_passes_at_once_remove_each_container_once()
    {
        const int Containers = 40;
        for (int i = 0; i < Containers; i++)
        {
            RunDirectory.Create(place.Directories, place.NewResources(dead) with { Files = [place.Write($"state/scratch/{i}", "")] });
        }

        var diagnostics = new List<Diagnostic>[4];
        Parallel.For(0, diagnostics.Length, i => diagnostics[i] = [.. Reconciliation.Run(place.Directories)]);

        Assert.Empty(place.Containers);
        Assert.Equal(Containers, diagnostics.Sum(list => list.Count));
        Assert.All(diagnostics.SelectMany(list => list), one => Assert.Equal(DiagnosticCode.LeftoversRemoved, one.Code));
    }

    public void Dispose() => place.Dispose();
}
