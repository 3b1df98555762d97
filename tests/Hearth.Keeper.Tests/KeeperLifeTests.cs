using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Guest.Protocol.Messages;
using Hearth.Guest.Protocol.Tests;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Running;
using Hearth.Keeper.Tests.Support;
using Hearth.Records;
using Hearth.Records.Events;
using Hearth.Records.Tests.Support;

namespace Hearth.Keeper.Tests;

/// <summary>A container's state, whose keeper gets its requests and its machine's end in whatever order.</summary>
public sealed class KeeperLifeTests : IDisposable
{
    private readonly Workplace place = new();
    private readonly ContainerStore store;

    public KeeperLifeTests() => store = new ContainerStore(place.Directories, TimeProvider.System);

    public void Dispose() => place.Dispose();

    [Fact]
    public async Task A_pause_that_the_end_overtakes_changes_nothing_of_it()
    {
        TaskCompletionSource pausing = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using FakeMachine machine = new() { Pausing = pausing.Task };
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        using KeeperLife life = await RunAsync(machine, guest);
        Task pause = life.PauseAsync(CancellationToken.None);

        life.End(new RunOutcome(137, null, [], new RunReport { ExitCode = 137, Phases = [] }));
        pausing.SetResult();

        HearthException late = await Assert.ThrowsAsync<HearthException>(() => pause.InTime());
        Assert.Equal(HearthError.WrongState, late.Error);
        ContainerState kept = store.Resolve("web").State;
        Assert.Equal((ContainerStatus.Exited, 137, null), (kept.Status, kept.ExitCode, kept.Keeper));
    }

    [Fact]
    public async Task A_machine_that_is_resumed_runs_whether_its_guest_takes_the_time_or_not()
    {
        await using FakeMachine machine = new();
        await using GuestEnd guest = await GuestEnd.OpenAsync(quiet: TimeSpan.FromMilliseconds(100), answer: TimeSpan.FromMilliseconds(100));
        using KeeperLife life = await RunAsync(machine, guest);
        await life.PauseAsync(CancellationToken.None).InTime();
        Assert.Equal(ContainerStatus.Paused, store.Resolve("web").State.Status);

        HearthException silent = await Assert.ThrowsAsync<HearthException>(() => life.ResumeAsync(CancellationToken.None).InTime());

        Assert.Equal(HearthError.GuestSilent, silent.Error);
        Assert.Equal(ContainerStatus.Running, store.Resolve("web").State.Status);
    }

    /// <summary>A life whose container runs.</summary>
    private async Task<KeeperLife> RunAsync(FakeMachine machine, GuestEnd guest)
    {
        Container container = place.KeepContainer("web");
        KeeperLife life = new(container, store, new ContainerEvents(place.Directories, TimeProvider.System), HostBoot.Current, TimeProvider.System);
        life.Begin();
        life.Booted(machine, identity: null);
        _ = life.ReadyAsync(guest.Session, CancellationToken.None);
        (GuestProcess process, _) = await guest.StartAsync("main");
        ((IRunObserver)life).Started(process, new ProcessStarted("main", 7, 1));
        return life;
    }
}
