using Hearth.Guest.Protocol.Messages;
using Hearth.Machines;
using Hearth.Runtime.Containers;
using Hearth.Runtime.Events;
using Hearth.Runtime.Guest;
using Hearth.Runtime.Machines;
using Hearth.Runtime.State;

namespace Hearth.Runtime.Keeping;

/// <summary>
/// What a keeper knows of its container's run, and the acts on it: a state machine that the run moves and clients wait for.
/// <code>
/// act       legal in
/// start     Created
/// exec      Created (an engine's), Running
/// pause     Running
/// resume    Paused
/// signal    Created (ends the run), Running, Paused
/// end       everywhere
/// </code>
/// </summary>
internal sealed class KeeperLife(Container container, ContainerStore store, ContainerEvents events, string boot, TimeProvider clock) : IRunObserver, IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim acting = new(1, 1);
    private readonly TaskCompletionSource ready = NewSource();
    private readonly TaskCompletionSource<WorkloadStart> start = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<StartedReply> started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<EndedReply> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ContainerConfig config = container.Config;
    private DateTime configWritten = store.ConfigWrittenAt(container.Id);
    private ContainerState state = container.State;
    private IMachine? machine;
    private ProcessIdentity? machineIdentity;
    private GuestSession? session;
    private GuestProcess? process;

    public void Dispose() => acting.Dispose();

    /// <summary>As it stands now: others rename a container and change its limits while it runs.</summary>
    public ContainerConfig Config
    {
        get
        {
            DateTime written = store.ConfigWrittenAt(container.Id);
            lock (gate)
            {
                if (written != configWritten)
                {
                    configWritten = written;
                    config = ReadConfig() ?? config;
                }

                return config;
            }
        }
    }

    /// <summary>The machine as it was started, whatever was changed since.</summary>
    public MachineShape Shape { get; } = MachineShape.Of(container.Config.Request.Spec);

    public ContainerEvents Events => events;

    public ContainerState State
    {
        get
        {
            lock (gate)
            {
                return state;
            }
        }
    }

    /// <summary>Done when the container's world stands and only its process is missing.</summary>
    public Task Ready => ready.Task;

    /// <summary>Done when the process runs.</summary>
    public Task<StartedReply> Started => started.Task;

    /// <summary>Done when the run is over and all of it was given back.</summary>
    public Task<EndedReply> Ended => ended.Task;

    /// <summary>An engine makes a container and starts it later: what can fail of it fails when it is made, and it can be joined from then on.</summary>
    public bool HoldsWorkload { get; } = container.Config.Engine is not null;

    /// <summary>Tells everybody that this process keeps the container.</summary>
    public void Begin() => Move(before => new ContainerState
    {
        Status = ContainerStatus.Created,
        Keeper = ProcessIdentity.Current,
        Boot = boot,
        Starts = before.Starts + 1,
        StartedAt = before.StartedAt,
    });

    public void Booted(IMachine booted, ProcessIdentity? identity)
    {
        machine = booted;
        machineIdentity = identity;
    }

    public async Task<WorkloadStart> ReadyAsync(GuestSession guest, CancellationToken cancellationToken)
    {
        session = guest;
        guest.EventReceived += told =>
        {
            if (told.Kind == GuestEventKind.OutOfMemory)
            {
                events.Tell(Config, EventAction.OutOfMemory);
            }
        };
        ready.TrySetResult();
        return await start.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    void IRunObserver.Started(GuestProcess workload, ProcessStarted message)
    {
        process = workload;
        Move(before => before with
        {
            Status = ContainerStatus.Running,
            StartedAt = clock.GetUtcNow(),
            Machine = machineIdentity,
            Vmm = machine!.Vmm,
            Accelerator = machine.Accelerator,
        });
        events.Tell(Config, EventAction.Start);
        started.TrySetResult(new StartedReply(message.GuestPid));
    }

    /// <summary>Lets the process start as soon as it can.</summary>
    /// <exception cref="RuntimeException">It was started before.</exception>
    public void Start(WorkloadStart how)
    {
        if (!start.TrySetResult(how))
        {
            throw new RuntimeException(RuntimeError.WrongState, $"container '{config.Name}' was started already");
        }
    }

    /// <summary>The run is over: the state that stays.</summary>
    public void End(RunOutcome outcome)
    {
        bool ran = started.Task.IsCompletedSuccessfully;
        Move(before => before with
        {
            Status = ran ? ContainerStatus.Exited : ContainerStatus.Created,
            Keeper = null,
            Boot = null,
            Machine = null,
            ExitCode = outcome.ExitCode,
            Signal = outcome.Signal,
            OutOfMemory = outcome.OutOfMemory,
            Error = outcome.Failure?.Message,
            FinishedAt = clock.GetUtcNow(),
        });
        if (ran)
        {
            events.Tell(Config, EventAction.Die, ContainerEvents.ExitCode(outcome.ExitCode));
        }
    }

    /// <summary>Tells those who wait; the last thing of a run.</summary>
    public void Tell(EndedReply reply)
    {
        RuntimeException failure = reply.Failure is { } failed
            ? new RuntimeException(failed.Error, failed.Message)
            : new RuntimeException(RuntimeError.WrongState, $"container '{config.Name}' has ended");
        Fail(ready, failure);
        Fail(started, failure);
        ended.TrySetResult(reply);
    }

    /// <summary>The guest's session and the container's process, for what needs a running container.</summary>
    /// <param name="act">For the message: "exec in".</param>
    /// <exception cref="RuntimeException">The container does not run.</exception>
    public (GuestSession Session, GuestProcess Process) Require(string act)
    {
        ContainerStatus status = State.Status;
        return session is { } guest && process is { } workload && status == ContainerStatus.Running
            ? (guest, workload)
            : throw WrongState(act, status);
    }

    /// <summary>The guest's session, for one more process in the container: beside its first one, also where that is held back.</summary>
    /// <param name="act">For the message: "exec in".</param>
    /// <exception cref="RuntimeException">There is no process to join.</exception>
    public GuestSession RequireJoinable(string act)
    {
        ContainerStatus status = State.Status;
        return session is { } guest && HoldsWorkload && status == ContainerStatus.Created ? guest : Require(act).Session;
    }

    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        await acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            Require("pause");
            await machine!.PauseAsync(cancellationToken).ConfigureAwait(false);
            Move(before => before with { Status = ContainerStatus.Paused });
            events.Tell(Config, EventAction.Pause);
        }
        finally
        {
            acting.Release();
        }
    }

    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        await acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (State.Status != ContainerStatus.Paused)
            {
                throw WrongState("unpause", State.Status);
            }

            await machine!.ResumeAsync(cancellationToken).ConfigureAwait(false);
            await session!.SetClockAsync(clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
            Move(before => before with { Status = ContainerStatus.Running });
            events.Tell(Config, EventAction.Unpause);
        }
        finally
        {
            acting.Release();
        }
    }

    private RuntimeException WrongState(string act, ContainerStatus status) => new(
        RuntimeError.WrongState,
        $"cannot {act} container '{config.Name}': it is {status.ToString().ToLowerInvariant()}"
            + (status == ContainerStatus.Paused ? "; 'hearth unpause' lets it go on" : ""));

    private void Move(Func<ContainerState, ContainerState> change)
    {
        lock (gate)
        {
            // A process that has ended does not run again in this life, whoever comes late.
            state = change(state);
            store.WriteState(config.Id, state);
        }
    }

    private static void Fail(TaskCompletionSource source, Exception failure)
    {
        source.TrySetException(failure);
        _ = source.Task.Exception;
    }

    private static void Fail<T>(TaskCompletionSource<T> source, Exception failure)
    {
        source.TrySetException(failure);
        _ = source.Task.Exception;
    }

    private ContainerConfig? ReadConfig()
    {
        try
        {
            return store.TryRead(container.Id)?.Config;
        }
        catch (RuntimeException)
        {
            return null; // What was known of it does for an event.
        }
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
