using Hearth.Client;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Specification;
using Hearth.Guest.Protocol.Tests;
using Hearth.Linux.Processes;
using Hearth.Records.Events;
using Hearth.Records.Recovery;
using Hearth.Records.Tests.Support;

namespace Hearth.Records.Tests;

public sealed class ContainerStoreTests : IDisposable
{
    private static readonly ProcessIdentity dead = new(int.MaxValue, 1);

    private readonly Workplace place = new();
    private readonly ContainerStore store;

    public ContainerStoreTests() => store = new ContainerStore(place.Directories, TimeProvider.System);

    public void Dispose() => place.Dispose();

    [Fact]
    public void A_container_is_found_by_its_name_its_id_and_the_beginning_of_its_id()
    {
        Container made = Make("web");
        foreach (string reference in (string[])["web", made.Id, made.Id[..12], made.Id[..4]])
        {
            Assert.Equal(made.Id, store.Resolve(reference).Id);
        }

        Assert.Equal(HearthError.ContainerUnknown, Assert.Throws<HearthException>(() => store.Resolve("api")).Error);
        Assert.Equal(HearthError.ContainerUnknown, Assert.Throws<HearthException>(() => store.Resolve("")).Error);
        Assert.Equal(HearthError.ContainerUnknown, Assert.Throws<HearthException>(() => store.Resolve("../names")).Error);
    }

    [Fact]
    public void A_beginning_that_several_ids_have_is_refused()
    {
        // Seventeen ids cannot all begin with another of sixteen digits.
        string[] ids = [.. Enumerable.Range(0, 17).Select(_ => Make(null).Id)];
        char shared = ids.GroupBy(id => id[0]).First(group => group.Count() > 1).Key;
        Assert.Contains("may be several", Assert.Throws<HearthException>(() => store.Resolve($"{shared}")).Message, StringComparison.Ordinal);
        Assert.Equal(17, store.List().Select(container => container.Name).Distinct().Count());
    }

    [Fact]
    public void A_name_belongs_to_one_container_and_is_free_when_that_is_gone()
    {
        Container first = Make("web");
        HearthException taken = Assert.Throws<HearthException>(() => Make("web"));
        Assert.Equal(HearthError.NameTaken, taken.Error);
        Assert.Contains(first.Id[..12], taken.Message, StringComparison.Ordinal);
        Assert.Single(store.List());

        store.Remove(first);
        Assert.Empty(store.List());
        Make("web");
    }

    [Fact]
    public void A_name_that_a_killed_process_took_goes_with_the_next_look_and_others_stay()
    {
        Make("web");
        File.CreateSymbolicLink(Path.Combine(place.Directories.Names, "half"), new string('a', 64));

        store.RemoveUnfinished();

        Assert.Equal(["web"], Directory.EnumerateFileSystemEntries(place.Directories.Names).Select(Path.GetFileName));
    }

    [Fact]
    public void A_name_that_a_killed_process_took_is_taken_over()
    {
        Make("other");
        File.CreateSymbolicLink(Path.Combine(place.Directories.Names, "web"), ContainerId.New().ToString());
        Assert.Equal("web", store.Resolve(Make("web").Id).Name);
    }

    [Fact]
    public async Task Of_many_who_want_one_name_one_gets_it()
    {
        bool[] got = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() =>
        {
            try
            {
                Make("web");
                return true;
            }
            catch (HearthException refused) when (refused.Error == HearthError.NameTaken)
            {
                return false;
            }
        })));
        Assert.Single(got, one => one);
        Assert.Single(store.List());
    }

    [Fact]
    public async Task Nobody_takes_away_what_another_is_making()
    {
        using CancellationTokenSource done = new();
        Task reconciling = Task.Factory.StartNew(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    Assert.Empty(Reconcile());
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        Container[] made = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => Task.Run(() => Make(null))));
        await done.CancelAsync();
        await reconciling;
        Assert.Equal(made.Select(container => container.Id).Order(), store.List().Select(container => container.Id).Order());
        Assert.All(made, container => Assert.Equal(container.Id, store.Resolve(container.Name).Id));
    }

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData(".hidden")]
    [InlineData("a/b")]
    [InlineData("two words")]
    public void What_is_no_name_is_refused(string name) =>
        Assert.Contains("invalid container name", Assert.Throws<HearthException>(() => Make(name)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_renamed_container_gives_its_old_name_back()
    {
        Container made = Make("web");
        store.Rename(made.Id, "web-old");
        Assert.Equal(made.Id, store.Resolve("web-old").Id);
        Assert.Equal("web-old", store.Resolve(made.Id).Name);
        Assert.NotEqual(made.Id, Make("web").Id);
        Assert.Equal(HearthError.NameTaken, Assert.Throws<HearthException>(() => store.Rename(made.Id, "web")).Error);
    }

    [Fact]
    public void A_container_is_not_renamed_to_its_own_name()
    {
        Container made = Make("web");
        Assert.Equal(HearthError.InvalidRequest, Assert.Throws<HearthException>(() => store.Rename(made.Id, "web")).Error);
        Assert.Equal(made.Id, store.Resolve("web").Id);
    }

    [Fact]
    public void What_a_killed_process_left_of_a_renaming_is_free_for_everybody()
    {
        Container made = Make("web");
        File.CreateSymbolicLink(Path.Combine(place.Directories.Names, "first"), made.Id);
        File.CreateSymbolicLink(Path.Combine(place.Directories.Names, "second"), made.Id);
        File.CreateSymbolicLink(Path.Combine(place.Directories.Names, "third"), made.Id);

        Assert.NotEqual(made.Id, Make("first").Id);
        store.Rename(made.Id, "second");
        store.RemoveUnfinished();

        Assert.Equal(["first", "second"], Directory.EnumerateFileSystemEntries(place.Directories.Names).Select(Path.GetFileName).Order());
        Assert.Equal(made.Id, store.Resolve("second").Id);
    }

    [Fact]
    public async Task Who_waits_for_a_container_learns_of_its_keeper_as_soon_as_that_is_recorded()
    {
        Container made = Make("web");
        using (store.TryHold(made.Id))
        {
            Task<ContainerHold?> waiting = store.HoldUnlessKeptAsync(made.Id, TimeSpan.FromMinutes(10), CancellationToken.None);
            Assert.False(waiting.IsCompleted);
            store.WriteState(made.Id, new ContainerState { Status = ContainerStatus.Running, Keeper = ProcessIdentity.Current, Boot = HostBoot.Current });
            Assert.Null(await waiting.InTime());
        }
    }

    [Fact]
    public async Task Who_waits_for_a_container_gets_it_when_the_lock_is_released()
    {
        Container made = Make("web");
        Task<ContainerHold?> waiting;
        using (store.TryHold(made.Id))
        {
            waiting = store.HoldUnlessKeptAsync(made.Id, TimeSpan.FromMinutes(10), CancellationToken.None);
        }

        using ContainerHold? hold = await waiting.InTime();
        Assert.NotNull(hold);
        Assert.Null(store.TryHold(made.Id));
    }

    [Fact]
    public async Task Who_waits_for_a_container_for_too_long_is_refused()
    {
        Container made = Make("web");
        using (store.TryHold(made.Id))
        {
            await Assert.ThrowsAsync<TimeoutException>(() => store.HoldUnlessKeptAsync(made.Id, TimeSpan.FromMilliseconds(20), CancellationToken.None).InTime());
        }
    }

    [Fact]
    public async Task What_two_change_of_a_description_at_once_both_stays()
    {
        ContainerService service = new(place.Directories, TimeProvider.System, new KeeperLauncher(HostEnvironment.Empty));
        Container made = Make("name-0");
        for (int round = 1; round <= 100; round++)
        {
            using Barrier together = new(2);
            string name = $"name-{round}";
            ByteSize memory = ByteSize.FromMebibytes(round);
            await Task.WhenAll(
                Alone(() => service.RenameAsync(made.Id, name).GetAwaiter().GetResult()),
                Alone(() => service.UpdateAsync(made.Id, new ResourcesSpec { Memory = new MemorySpec { Limit = memory.Bytes } }).GetAwaiter().GetResult())).InTime();

            ContainerDescription kept = store.Resolve(made.Id).Description;
            Assert.Equal((name, memory.Bytes), (kept.Name, kept.Spec.Linux?.Resources?.Memory?.Limit));

            Task Alone(Action change) => Task.Factory.StartNew(
                () =>
                {
                    together.SignalAndWait();
                    change();
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
        }
    }

    [Fact]
    public void A_description_comes_back_as_it_was_written()
    {
        ContainerDescription made = Make("web").Description;
        ContainerDescription read = store.Resolve("web").Description;
        Assert.Equal(made.Spec.ToJson(), read.Spec.ToJson());
        Assert.Equal((made.StopSignal, made.StopTimeoutSeconds, made.AutoRemove), (read.StopSignal, read.StopTimeoutSeconds, read.AutoRemove));
        Assert.Equal(new ByteSize(123456), read.ScratchSize);
        Assert.Equal(["proc"], read.Rootfs.Exclude);
        Assert.Equal("b", read.Labels["a"]);
        Assert.Equal(TimeSpan.FromSeconds(7), read.BootTimeout);
        Assert.Equal(UserRange.Default, read.MachineUsers);
    }

    [Fact]
    public void Only_its_owner_may_look_into_a_container()
    {
        Container made = Make("web");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(made.RecordDirectory));
    }

    [Theory]
    [InlineData(ContainerStatus.Running)]
    [InlineData(ContainerStatus.Paused)]
    public void A_container_whose_keeper_was_killed_has_ended(ContainerStatus status)
    {
        Container made = Make("web");
        store.WriteState(made.Id, new ContainerState { Status = status, Keeper = dead, Boot = HostBoot.Current, StartedAt = DateTimeOffset.UnixEpoch });
        Diagnostic settled = Assert.Single(Reconcile());
        Assert.Equal(DiagnosticCode.CrashSettled, settled.Code);
        Assert.Contains("'web'", settled.Text, StringComparison.Ordinal);

        ContainerState state = store.Resolve("web").State;
        Assert.Equal((ContainerStatus.Exited, 137, 9), (state.Status, state.ExitCode, state.Signal));
        Assert.Contains("was killed", state.Error, StringComparison.Ordinal);
        Assert.Empty(Reconcile());
    }

    [Fact]
    public void After_a_restart_of_the_host_nothing_runs_whatever_has_the_keepers_number_now()
    {
        Container made = Make("web");
        store.WriteState(made.Id, new ContainerState { Status = ContainerStatus.Running, Keeper = ProcessIdentity.Current, Boot = "another", StartedAt = DateTimeOffset.UnixEpoch });
        Assert.Single(Reconcile());
        Assert.Contains("host went down", store.Resolve("web").State.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_to_be_removed_at_its_end_is_when_its_keeper_was_killed()
    {
        Container made = Make("web", autoRemove: true);
        store.WriteState(made.Id, new ContainerState { Status = ContainerStatus.Running, Keeper = dead, Boot = HostBoot.Current });
        Reconcile();
        Assert.Empty(store.List());
        Assert.Empty(Directory.GetFileSystemEntries(place.Directories.Names));
    }

    [Fact]
    public void A_container_that_lives_or_is_held_is_left_alone()
    {
        Container living = Make("living");
        store.WriteState(living.Id, new ContainerState { Status = ContainerStatus.Running, Keeper = ProcessIdentity.Current, Boot = HostBoot.Current });
        Container held = Make("held");
        store.WriteState(held.Id, new ContainerState { Status = ContainerStatus.Running, Keeper = dead, Boot = HostBoot.Current });
        using (store.TryHold(held.Id))
        {
            Assert.Empty(Reconcile());
            Assert.Null(store.TryHold(held.Id));
        }

        Assert.Single(Reconcile());
    }

    [Fact]
    public void A_directory_that_was_being_made_or_removed_by_a_killed_process_is_taken_away()
    {
        Make("web");
        string left = store.DirectoryOf(ContainerId.New().ToString());
        Directory.CreateDirectory(left);
        File.WriteAllText(Path.Combine(left, "state.json"), "{}");
        string unfinished = Path.Combine(place.Directories.Records, RunDirectory.HiddenName.Of(dead, ContainerId.New().ToString()));
        Directory.CreateDirectory(unfinished);
        string atWork = Path.Combine(place.Directories.Records, RunDirectory.HiddenName.Of(ProcessIdentity.Current, ContainerId.New().ToString()));
        Directory.CreateDirectory(atWork);
        Reconcile();
        Assert.False(Directory.Exists(left));
        Assert.False(Directory.Exists(unfinished));
        Assert.True(Directory.Exists(atWork));
        Assert.Single(store.List());
    }

    [Fact]
    public void Damage_is_told_with_its_place()
    {
        Container made = Make("web");
        File.WriteAllText(Path.Combine(made.RecordDirectory, "container.json"), "{ \"id\": 1");
        HearthException failure = Assert.Throws<HearthException>(() => store.Resolve("web"));
        Assert.Equal(HearthError.StorageFailed, failure.Error);
        Assert.Contains(made.RecordDirectory, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("state.json", "{")]
    [InlineData("container.json", "{\"network\": {\"mode\": \"of-a-newer-version\"}}")]
    public void A_record_that_cannot_be_read_hides_no_other_and_can_be_removed(string file, string content)
    {
        Container bad = Make("bad");
        Container lost = Make("lost");
        store.WriteState(lost.Id, new ContainerState { Status = ContainerStatus.Running, Keeper = dead, Boot = HostBoot.Current });
        File.WriteAllText(Path.Combine(store.DirectoryOf(bad.Id), file), content);

        List<HearthException> damaged = [];
        Assert.Equal(["lost"], store.List(damaged.Add).Select(container => container.Name));
        Assert.Contains(bad.Id, Assert.Single(damaged).Message, StringComparison.Ordinal);
        Assert.Null(store.Find(bad.Id));
        Assert.Equal(HearthError.StorageFailed, Assert.Throws<HearthException>(() => store.Resolve("bad")).Error);
        Assert.Contains(Reconcile(), diagnostic => diagnostic.Code == DiagnosticCode.CrashSettled);
        Assert.Equal(ContainerStatus.Exited, store.Resolve("lost").State.Status);

        using (store.TryHold(bad.Id))
        {
            store.RemoveDamaged(bad.Id);
        }

        Make("bad");
        Assert.False(Directory.Exists(store.DirectoryOf(bad.Id)));
    }

    private IReadOnlyList<Diagnostic> Reconcile() => new ContainerReconciliation(store, new ContainerEvents(place.Directories, TimeProvider.System), TimeProvider.System).Run();

    private Container Make(string? name, bool autoRemove = false) => store.Create(name is null ? Description(autoRemove) : Description(autoRemove).WithName(name));

    private static ContainerDescription Description(bool autoRemove) => new()
    {
        AutoRemove = autoRemove,
        Labels = new Dictionary<string, string> { ["a"] = "b" },
        Spec = new ContainerSpec { Root = new RootSpec { Path = "/" }, Process = new ProcessSpec { Args = ["sh", "-c", "true"], Env = ["A=b"] } },
        ScratchSize = new ByteSize(123456),
        BootTimeout = TimeSpan.FromSeconds(7),
        Rootfs = new RootfsOptions { Exclude = ["proc"] },
    };
}
