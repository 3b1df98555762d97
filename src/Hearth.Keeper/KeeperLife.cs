using Hearth.Containers;
using Hearth.Containers.Health;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Guest.Protocol.Messages;
using Hearth.Keeper.Guest;
using Hearth.Keeper.Running;
using Hearth.Machines;
using Hearth.Records;
using Hearth.Records.Events;

namespace Hearth.Keeper;

/// <summary>
/// The state of a container's run in its keeper, and the operations on it: a state machine that the run advances and that
/// clients wait for.
/// <code>
/// operation legal in
/// start     Created
/// exec      Created (an engine's), Running
/// pause     Running
/// resume    Paused
/// update    Running, Paused (the guest gets it when it goes on)
/// signal    Created (ends the run), Running, Paused
/// end       every state
/// </code>
/// </summary>
internal sealed partial class KeeperLife(Container container, ContainerStore store, ContainerEvents events, string boot, TimeProvider clock) : IRunObserver, IDisposable
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

    /// <summary>The directories of the store that contains the container.</summary>
    public HearthDirectories Directories => store.Directories;

    public void Dispose() => acting.Dispose();

    /// <summary>The description as recorded. No other process writes it while this process keeps the container.</summary>
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

    /// <summary>The machine's size at its start; later changes do not affect it.</summary>
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

    /// <summary>Completes when the container is set up and only its process has not started.</summary>
    public Task Ready => ready.Task;

    /// <summary>Completes when the process runs.</summary>
    public Task<StartedReply> Started => started.Task;

    /// <summary>Completes when the run has ended and all of its resources are released.</summary>
    public Task<EndedReply> Ended => ended.Task;

    /// <summary>
    /// Whether the process is held before its execve. An engine creates a container and starts it later. A failure then shows
    /// at the creation, and other processes can join the container from then on.
    /// </summary>
    public bool HoldsWorkload { get; } = container.Description.Engine is not null;

    /// <summary>Completes, possibly with an error, when the container's process has ended, even if the run still holds resources.</summary>
    public Task ProcessGone => process?.Exited ?? (Task)ended.Task;

    /// <summary>
    /// Whether the monitor was stopped (SIGSTOP) from outside. False for a paused container: some monitors pause by the same
    /// means.
    /// </summary>
    public bool IsMonitorStopped => State.Status != ContainerStatus.Paused && machine is { ProcessId: > 0 and int pid } && Linux.Processes.ProcessStates.IsStopped(pid);

    /// <summary>How long the guest may take to answer a query that needs no work.</summary>
    public TimeSpan AnswerTimeout => session?.AnswerTimeout ?? TimeSpan.Zero;

    /// <summary>Records that this process keeps the container.</summary>
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
            Health = Description.Health is { Command.Count: > 0 } ? new ContainerHealth() : null,
        });
        events.Report(Description, EventAction.Start);
        started.TrySetResult(new StartedReply(message.GuestPid));
    }

    /// <summary>Lets the process start as soon as the container is set up.</summary>
    /// <exception cref="HearthException">The container was started before.</exception>
    public void Start(WorkloadStart how)
    {
        if (!start.TrySetResult(how))
        {
            throw new HearthException(HearthError.WrongState, $"container '{description.Name}' was started already");
        }
    }

    /// <summary>Records a check of the container's health, unless the container has ended.</summary>
    public void Record(HealthProbe probe, HealthCheck check, TimeSpan sinceStart)
    {
        ContainerHealth? before;
        ContainerHealth after;
        lock (gate)
        {
            before = state.Health;
            if (before is null || state.Keeper is null)
            {
                return;
            }

            after = before.After(probe, check, sinceStart);
            state = state with { Health = after };
            store.WriteState(description.Id, state);
        }

        if (after.Status != before.Status)
        {
            events.Report(Description, EventAction.Health(after.Status));
        }
    }

    /// <summary>Records that a user asks for the end, so that it is no reason to start the container again.</summary>
    public void RecordStop()
    {
        lock (gate)
        {
            if (state.Keeper is not null)
            {
                state = state with { StoppedByUser = true };
                store.WriteState(description.Id, state);
            }
        }
    }

    /// <summary>Records the final state of the run.</summary>
    public void End(RunOutcome outcome)
    {
        bool ran = started.Task.IsCompletedSuccessfully;
        Move(ContainerMove.End, before => before with
        {
            ExitCode = outcome.ExitCode,
            Signal = outcome.Signal,
            OutOfMemory = outcome.OutOfMemory,
            Error = outcome.Trouble,
            FinishedAt = clock.GetUtcNow(),
        });
        if (ran)
        {
            events.Report(Description, EventAction.Die, ContainerEvents.ExitCode(outcome.ExitCode));
        }
    }

    /// <summary>Completes the tasks that clients wait for; the last step of a run.</summary>
    public void PublishEnd(EndedReply reply)
    {
        HearthException failure = reply.Failure is { } failed
            ? new HearthException(failed.Error, failed.Message)
            : new HearthException(HearthError.WrongState, $"container '{description.Name}' has ended");
        Fail(ready, failure);
        Fail(started, failure);
        ended.TrySetResult(reply);
    }

    /// <summary>Returns the guest's session and the container's process, for an operation that needs a running container.</summary>
    /// <param name="act">The operation, for the error message: "exec in".</param>
    /// <exception cref="HearthException">The container is not running.</exception>
    public (GuestSession Session, GuestProcess Process) Require(string act)
    {
        ContainerStatus status = State.Status;
        return session is { } guest && process is { } workload && status == ContainerStatus.Running
            ? (guest, workload)
            : throw WrongState(act, status);
    }

    /// <summary>
    /// Returns the guest's session, for another process in the container. The container's first process may still be held.
    /// </summary>
    /// <param name="act">The operation, for the error message: "exec in".</param>
    /// <exception cref="HearthException">The container has no process to join.</exception>
    public GuestSession RequireJoinable(string act)
    {
        ContainerStatus status = State.Status;
        return session is { } guest && HoldsWorkload && status == ContainerStatus.Created ? guest : Require(act).Session;
    }

    public static HearthException NoPolicy(string name) =>
        new(HearthError.WrongState, $"container '{name}' has no egress policy that can be changed now; start it with --egress, --allow or --deny, or with --network nat");

    private void Record(ContainerDescription changed)
    {
        lock (gate)
        {
            description = changed;
        }
    }

    /// <summary>Reports a failure of the monitor with the container's name.</summary>
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

    /// <exception cref="HearthException">The current state does not allow the move.</exception>
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
