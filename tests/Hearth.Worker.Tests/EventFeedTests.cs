using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Records.Events;

namespace Hearth.Worker.Tests;

/// <summary>Who gets the events of the host.</summary>
public sealed class EventFeedTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("hearth-worker-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_receiver_that_fails_keeps_no_event_from_others_and_gets_the_next()
    {
        using Engine engine = EngineSupport.Make(root);
        List<string> failing = [];
        TaskCompletionSource<string> last = new();
        engine.Events.Happened += happened =>
        {
            failing.Add(happened.Action);
            throw new IOException("no descriptor is left");
        };
        engine.Events.Happened += happened =>
        {
            if (happened.Action == EventAction.Die)
            {
                last.TrySetResult(happened.Action);
            }
        };
        Task following = engine.Events.FollowAsync(engine.Ending);
        Container box = engine.Containers.Create(new ContainerDescription
        {
            Spec = new ContainerSpec { Root = new RootSpec { Path = root }, Process = new ProcessSpec { Args = ["true"] } },
        });
        ContainerEvents events = new(engine.Options.Directories, TimeProvider.System);
        events.Report(box.Description, EventAction.Start);
        events.Report(box.Description, EventAction.Die);

        Assert.Equal(EventAction.Die, await last.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        engine.End();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => following);
        Assert.Equal([EventAction.Create, EventAction.Start, EventAction.Die], failing);
    }
}
