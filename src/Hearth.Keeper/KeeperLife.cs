using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Running;
using Hearth.Machines;
using Hearth.Records;
using Hearth.Records.Events;

namespace Hearth.Keeper;

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
    private ContainerDescription description = container.Description;
    private ContainerState state = container.State;
    private IMachine? machine;
    private ProcessIdentity? machineIdentity;
    private GuestSession? session;
    private GuestProcess? process;

    /// <summary>Where the container is kept.</summary>
    public HearthDirectories Directories => store.Directories;

    public void Dispose() => acting.Dispose();

    /// <summary>As its record has it: nobody else writes it while this process keeps the container.</summary>
    public ContainerDescription Description
    {
        get
        {
            lock (gate)
            {
                return description;
            }
        }
    }

    /// <summary>The machine as it was started, whatever was changed since.</summary>
    public MachineShape Shape { get; } = container.Description.Shape;

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

    /// <summary>Done when the container is set up and only its process is missing.</summary>
    public Task Ready => ready.Task;

    /// <summary>Done when the process runs.</summary>
    public Task<StartedReply> Started => started.Task;

    /// <summary>Done when the run is over and all of it was given back.</summary>
    public Task<EndedReply> Ended => ended.Task;

    /// <summary>An engine makes a container and starts it later: what can fail of it fails when it is made, and it can be joined from then on.</summary>
    public bool HoldsWorkload { get; } = container.Description.Engine is not null;

    /// <summary>Done, perhaps as failed, when the container's process is gone, whatever of the run is still to be given back.</summary>
    public Task ProcessGone => process?.Exited ?? (Task)ended.Task;

    /// <summary>Whether somebody has stopped the monitor (SIGSTOP). Not where it stands still on purpose, which some monitors do by the same means.</summary>
    public bool IsMonitorStopped => State.Status != ContainerStatus.Paused && machine is { ProcessId: > 0 and int pid } && Linux.Processes.ProcessStates.IsStopped(pid);

    /// <summary>How long the guest may take for what costs nothing.</summary>
    public TimeSpan AnswerTimeout => session?.AnswerTimeout ?? TimeSpan.Zero;

    /// <summary>Tells everybody that this process keeps the container.</summary>
    public void Begin() => Move(ContainerMove.Begin, before => new ContainerState
    {
        Status = before.Status,
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
                events.Report(Description, EventAction.OutOfMemory);
            }
        };
        ready.TrySetResult();
        return await start.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    void IRunObserver.Started(GuestProcess workload, ProcessStarted message)
    {
        process = workload;
        Move(ContainerMove.Start, before => before with
        {
            StartedAt = clock.GetUtcNow(),
            Machine = machineIdentity,
            Vmm = machine!.Vmm,
            Accelerator = machine.Accelerator,
        });
        events.Report(Description, EventAction.Start);
        started.TrySetResult(new StartedReply(message.GuestPid));
    }

    /// <summary>Lets the process start as soon as it can.</summary>
    /// <exception cref="HearthException">It was started before.</exception>
    public void Start(WorkloadStart how)
    {
        if (!start.TrySetResult(how))
        {
            throw new HearthException(HearthError.WrongState, $"container '{description.Name}' was started already");
        }
    }

    /// <summary>The run is over: the state that stays.</summary>
    public void End(RunOutcome outcome)
    {
        bool ran = started.Task.IsCompletedSuccessfully;
        Move(ContainerMove.End, before => before with
        {
            ExitCode = outcome.ExitCode,
            Signal = outcome.Signal,
            OutOfMemory = outcome.OutOfMemory,
            Error = outcome.Failure?.Message,
            FinishedAt = clock.GetUtcNow(),
        });
        if (ran)
        {
            events.Report(Description, EventAction.Die, ContainerEvents.ExitCode(outcome.ExitCode));
        }
    }

    /// <summary>Tells those who wait; the last thing of a run.</summary>
    public void Tell(EndedReply reply)
    {
        HearthException failure = reply.Failure is { } failed
            ? new HearthException(failed.Error, failed.Message)
            : new HearthException(HearthError.WrongState, $"container '{description.Name}' has ended");
        Fail(ready, failure);
        Fail(started, failure);
        ended.TrySetResult(reply);
    }

    /// <summary>The guest's session and the container's process, for what needs a running container.</summary>
    /// <param name="act">For the message: "exec in".</param>
    /// <exception cref="HearthException">The container does not run.</exception>
    public (GuestSession Session, GuestProcess Process) Require(string act)
    {
        ContainerStatus status = State.Status;
        return session is { } guest && process is { } workload && status == ContainerStatus.Running
            ? (guest, workload)
            : throw WrongState(act, status);
    }

    /// <summary>The guest's session, for one more process in the container: beside its first one, also where that is held back.</summary>
    /// <param name="act">For the message: "exec in".</param>
    /// <exception cref="HearthException">There is no process to join.</exception>
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
            await SteerAsync("pause", machine!.PauseAsync(cancellationToken)).ConfigureAwait(false);
            session!.IsSuspended = true;
            Move(ContainerMove.Pause, before => before);
            events.Report(Description, EventAction.Pause);
        }
        finally
        {
            acting.Release();
        }
    }

    /// <summary>Lets the machine go on, and sets its clock, which stood still.</summary>
    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        await acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (State.Status != ContainerStatus.Paused)
            {
                throw WrongState("unpause", State.Status);
            }

            await SteerAsync("unpause", machine!.ResumeAsync(cancellationToken)).ConfigureAwait(false);
            session!.IsSuspended = false;
            Move(ContainerMove.Resume, before => before);
            events.Report(Description, EventAction.Unpause);
            await session.SetClockAsync(clock.GetUtcNow(), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            acting.Release();
        }
    }

    /// <summary>Changes limits: in the guest, on the host, and in the record for the next starts.</summary>
    /// <param name="resources">What they leave out stays.</param>
    /// <param name="limitOnHost">Sets the limits of the container's control group.</param>
    /// <param name="cancellationToken">Gives up waiting for the guest.</param>
    /// <exception cref="HearthException">The container does not run, its machine was started with less, or a limit cannot be set.</exception>
    public async Task UpdateAsync(ResourcesSpec resources, Action<ResourcesSpec> limitOnHost, CancellationToken cancellationToken)
    {
        await acting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            GuestSession guest = Require("update").Session;
            Shape.RequireFits(resources, Description.Name);
            await guest.UpdateLimitsAsync(GuestRequests.Update(resources), cancellationToken).ConfigureAwait(false);
            limitOnHost(resources);
            Record(store.ChangeDescription(container.Id, before => before.WithResources(resources)));
            events.Report(Description, EventAction.Update);
        }
        finally
        {
            acting.Release();
        }
    }

    /// <exception cref="HearthException">The name is taken or none.</exception>
    public void Rename(string name)
    {
        (ContainerDescription before, ContainerDescription after) = store.Rename(container.Id, name);
        Record(after);
        events.Report(after, EventAction.Rename, ContainerEvents.OldName(before.Name));
    }

    private void Record(ContainerDescription changed)
    {
        lock (gate)
        {
            description = changed;
        }
    }

    /// <summary>Tells by the container's name why its monitor did not follow.</summary>
    private async Task SteerAsync(string act, Task steering)
    {
        try
        {
            await steering.ConfigureAwait(false);
        }
        catch (MachineException silent) when (silent.Error == MachineError.VmmSilent)
        {
            string name = Description.Name;
            int pid = machine!.ProcessId;
            string way = Linux.Processes.ProcessStates.IsStopped(pid) ? $"'kill -CONT {pid}' lets it go on, " : "";
            throw new HearthException(HearthError.MachineSilent, $"cannot {act} container '{name}': {silent.Message.TrimEnd('.')}; {way}'hearth stop {name}' ends the container", silent);
        }
        catch (MachineException failure)
        {
            throw new HearthException(HearthError.MachineFailed, $"cannot {act} container '{Description.Name}': {failure.Message.TrimEnd('.')}", failure);
        }
    }

    private HearthException WrongState(string act, ContainerStatus status) => ContainerMoves.Refusal(act, description.Name, status);

    /// <exception cref="HearthException">The move comes too late.</exception>
    private void Move(ContainerMove move, Func<ContainerState, ContainerState> change)
    {
        lock (gate)
        {
            state = change(ContainerMoves.Make(state, move, description.Name));
            store.WriteState(description.Id, state);
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

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
