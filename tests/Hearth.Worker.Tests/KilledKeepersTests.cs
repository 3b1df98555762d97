using System.Diagnostics;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Records.Events;
using Hearth.Records.Rotation;

namespace Hearth.Worker.Tests;

/// <summary>Keepers that are killed while nobody asks for their containers.</summary>
public sealed class KilledKeepersTests : IDisposable
{
    private static readonly TimeSpan deadline = TimeSpan.FromSeconds(30);

    private readonly string root = Directory.CreateTempSubdirectory("hearth-worker-").FullName;
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;
    private readonly Engine engine;

    public KilledKeepersTests() => engine = EngineSupport.Make(root);

    public void Dispose()
    {
        engine.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_end_of_its_container_is_recorded_at_once(bool isBeforeTheDaemon)
    {
        using Process keeper = Process.Start("sleep", "1000");
        Container box = engine.Containers.Create(new ContainerDescription
        {
            Spec = new ContainerSpec { Root = new RootSpec { Path = root }, Process = new ProcessSpec { Args = ["true"] } },
        });
        if (isBeforeTheDaemon)
        {
            Hold(box, keeper);
        }

        using JournalReading<ContainerEvent> journal = engine.OpenJournal().Open(new EventQuery { OnlyNew = true, Follow = true, Filter = EventFilter.Parse(["event=die"]) });
        Task watching = engine.WatchAsync();
        if (!isBeforeTheDaemon)
        {
            Hold(box, keeper);
            new ContainerEvents(engine.Options.Directories, TimeProvider.System).Report(box.Description, EventAction.Start);
        }

        Task<ContainerEvent> died = FirstAsync(journal);
        await Task.Delay(TimeSpan.FromMilliseconds(500), cancellation);
        Assert.False(died.IsCompleted);
        keeper.Kill();

        ContainerEvent happened = await died.WaitAsync(deadline, cancellation);
        Assert.Equal((box.Id, "137"), (happened.Actor.Id, happened.Actor.Attributes[EventAttribute.ExitCode]));
        Assert.Equal(ContainerStatus.Exited, engine.Containers.Read(box.Id).State.Status);
        engine.End();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    [Fact]
    public async Task A_damaged_record_keeps_neither_the_daemon_from_starting_nor_its_list_from_the_others()
    {
        Container[] made = [.. Enumerable.Range(0, 2).Select(_ => engine.Containers.Create(new ContainerDescription
        {
            Spec = new ContainerSpec { Root = new RootSpec { Path = root }, Process = new ProcessSpec { Args = ["true"] } },
        }))];
        await File.WriteAllTextAsync(Path.Combine(made[0].RecordDirectory, "state.json"), "{", cancellation);

        Task watching = engine.WatchAsync();
        Assert.Equal([made[1].Id], engine.Containers.List().Select(container => container.Id));
        Assert.Equal([made[1].Id], (await engine.Containers.ListAsync(cancellation)).Select(entry => entry.Container.Id));
        await engine.Containers.RemoveAsync(made[0].Id, force: true, cancellationToken: cancellation);
        Assert.False(Directory.Exists(made[0].RecordDirectory));

        engine.End();
        await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    private void Hold(Container box, Process keeper) => engine.Containers.Store.WriteState(box.Id, new ContainerState
    {
        Status = ContainerStatus.Running, Keeper = ProcessIdentity.Read(keeper.Id), Boot = HostBoot.Current, StartedAt = TimeProvider.System.GetUtcNow(),
    });

    private async Task<ContainerEvent> FirstAsync(JournalReading<ContainerEvent> journal)
    {
        await foreach (ContainerEvent happened in journal.ReadAsync(cancellation))
        {
            return happened;
        }

        throw new InvalidOperationException("the journal has ended");
    }
}
