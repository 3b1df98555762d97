using Hearth.Containers;
using Hearth.Containers.Diagnostics;
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

    /// <summary>Nobody waits for the end of a container in the background: its record says what went wrong.</summary>
    [Theory]
    [InlineData(null, "the mount is busy", "the mount is busy")]
    [InlineData("the guest is gone", "the mount is busy", "the guest is gone\nthe mount is busy")]
    [InlineData("the guest is gone", null, "the guest is gone")]
    [InlineData(null, null, null)]
    public async Task What_could_not_be_released_is_in_the_record(string? failure, string? release, string? error)
    {
        await using FakeMachine machine = new();
        await using GuestEnd guest = await GuestEnd.OpenAsync();
        using KeeperLife life = await RunAsync(machine, guest);

        life.End(new RunOutcome(
            0, failure is null ? null : new HearthException(HearthError.GuestSilent, failure),
            [Diagnostic.Warning(DiagnosticCode.LogFault, "a line is lost"), .. release is null ? [] : Diagnostic.Warnings(DiagnosticCode.ReleaseFailed, [release])],
            new RunReport { ExitCode = 0, Phases = [] }));

        Assert.Equal(error, store.Resolve("web").State.Error);
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
