using Hearth.Admission;
using Hearth.Client;
using Hearth.Containers;
using Hearth.Containers.Specification;
using Hearth.Records.Events;
using Hearth.Worker.Docker.Restarts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hearth.Worker.Tests.Restarts;

/// <summary>Which ended containers are about to start again, and how often they were tried.</summary>
public sealed class RestartWatchTests : IDisposable
{
    private static readonly TimeSpan deadline = TimeSpan.FromSeconds(30);

    private readonly string root = Directory.CreateTempSubdirectory("hearth-worker-").FullName;
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;
    private readonly Engine engine;

    public RestartWatchTests() => engine = EngineSupport.Make(root);

    private ContainerService Service => engine.Containers;

    public void Dispose()
    {
        engine.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task A_start_that_the_worker_does_not_take_is_no_try()
    {
        Container box = End(Create(new RestartPolicy(RestartCondition.OnFailure, MaximumRetries: 1)));
        int asked = 0;
        TaskCompletionSource started = new();
        RestartWatch watch = Watch((_, _) => ++asked < 3 ? throw new AdmissionException("it drains", mayRetry: true) : Complete(started));

        watch.Note(Died(box), cancellation);
        await started.Task.WaitAsync(deadline, cancellation);

        Assert.Equal((3, 1), (asked, watch.StateOf(box).Count));
    }

    [Fact]
    public async Task A_start_that_fails_is_a_try()
    {
        Container box = End(Create(new RestartPolicy(RestartCondition.OnFailure, MaximumRetries: 2)));
        int asked = 0;
        TaskCompletionSource last = new();
        RestartWatch watch = Watch((_, _) =>
        {
            _ = ++asked == 2 ? Complete(last) : Task.CompletedTask;
            throw new HearthException(HearthError.MachineFailed, "no machine");
        });

        watch.Note(Died(box), cancellation);
        await last.Task.WaitAsync(deadline, cancellation);

        await watch.CancelAsync(box, cancellation).WaitAsync(deadline, cancellation);
        Assert.Equal((2, 2), (asked, watch.StateOf(box).Count));
    }

    [Fact]
    public async Task It_waits_from_its_end_to_its_start_and_a_stop_waits_for_a_start_that_is_under_way()
    {
        Container box = End(Create(new RestartPolicy(RestartCondition.Always)));
        TaskCompletionSource asked = new(), booted = new();
        RestartWatch watch = Watch((_, _) =>
        {
            asked.SetResult();
            return booted.Task;
        });
        Assert.True(watch.StateOf(box).IsWaiting);

        watch.Note(Died(box), cancellation);
        await asked.Task.WaitAsync(deadline, cancellation);
        Assert.True(watch.StateOf(box).IsWaiting);
        Task<bool> stopping = watch.CancelAsync(box, cancellation);
        Task forgetting = watch.ForgetAsync(box.Id, cancellation);
        Assert.False(stopping.IsCompleted || forgetting.IsCompleted);

        booted.SetResult();
        Assert.True(await stopping.WaitAsync(deadline, cancellation));
        await forgetting.WaitAsync(deadline, cancellation);
        Assert.Equal(0, watch.StateOf(box).Count);
    }

    [Fact]
    public async Task A_start_by_another_program_begins_a_new_count()
    {
        Container box = End(Create(new RestartPolicy(RestartCondition.OnFailure, MaximumRetries: 1)));
        TaskCompletionSource started = new();
        RestartWatch watch = Watch((_, _) => Complete(started));
        watch.Note(Died(box), cancellation);
        await started.Task.WaitAsync(deadline, cancellation);

        await watch.CancelAsync(box, cancellation).WaitAsync(deadline, cancellation);
        Assert.Equal(new RestartState(1, IsWaiting: false), watch.StateOf(End(box, starts: 2)));
        Container others = End(box, starts: 3);
        Assert.Equal(new RestartState(0, IsWaiting: true), watch.StateOf(others));
    }

    [Fact]
    public void Those_that_are_about_to_start_again_are_not_pruned()
    {
        Container always = End(Create(new RestartPolicy(RestartCondition.Always)));
        Container limited = End(Create(new RestartPolicy(RestartCondition.OnFailure, MaximumRetries: 1)), starts: 1);
        Container tried = End(Create(new RestartPolicy(RestartCondition.OnFailure, MaximumRetries: 1)), starts: 2);
        Container stopped = End(Create(new RestartPolicy(RestartCondition.Always)), isStopped: true);
        Container without = End(Create(null));

        Assert.Equal(new[] { tried.Id, stopped.Id, without.Id }.Order(), Service.RemoveEnded(container => !ContainerService.IsToStartAgain(container)).Removed.Select(container => container.Id).Order());
        Assert.Equal(new[] { always.Id, limited.Id }.Order(), Service.Store.List().Select(container => container.Id).Order());
    }

    /// <summary>As docker's: an update starts nothing.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_policy_that_comes_after_the_end_is_for_the_next_end(bool isByEvent)
    {
        Container box = End(Create(policy: null));
        int asked = 0;
        RestartWatch watch = Watch((_, _) => Task.FromResult(++asked));
        await Service.UpdateAsync(box.Id, new ResourcesSpec(), new RestartChange(new RestartPolicy(RestartCondition.Always)), cancellation);

        if (isByEvent)
        {
            watch.Note(ContainerEvent.Of(EventType.Container, EventAction.Update, box.Id, TimeProvider.System.GetUtcNow()), cancellation);
        }
        else
        {
            watch.NoteUpdate(box.Id);
        }

        Assert.False(watch.StateOf(Service.Read(box.Id)).IsWaiting);
        Assert.Equal(0, asked);
        Assert.Equal(RestartCondition.Always, Service.Read(box.Id).Description.Restart!.Condition);
    }

    private RestartWatch Watch(Func<Container, CancellationToken, Task> start) => new(Service, start, TimeProvider.System, NullLogger.Instance);

    private static Task Complete(TaskCompletionSource source)
    {
        source.TrySetResult();
        return Task.CompletedTask;
    }

    private Container Create(RestartPolicy? policy) => Service.Create(new ContainerDescription
    {
        Spec = new ContainerSpec { Root = new RootSpec { Path = root }, Process = new ProcessSpec { Args = ["false"] } },
        Restart = policy,
    });

    /// <summary>Records that a container has failed.</summary>
    private Container End(Container container, int starts = 1, bool isStopped = false)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        Service.Store.WriteState(container.Id, new ContainerState
        {
            Status = ContainerStatus.Exited, ExitCode = 3, Starts = starts, StartedAt = now, FinishedAt = now, StoppedByUser = isStopped,
        });
        return Service.Read(container.Id);
    }

    private static ContainerEvent Died(Container container) => ContainerEvent.Of(EventType.Container, EventAction.Die, container.Id, TimeProvider.System.GetUtcNow());
}
