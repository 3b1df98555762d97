using Hearth.Runtime.Events;
using Hearth.Runtime.Keeping;
using Hearth.Runtime.State;

namespace Hearth.Runtime.Containers;

/// <summary>
/// The operations on containers, for the command line, for a daemon, for programs of others: each container is held by a keeper
/// process, and this is a client of it. Nothing is kept here between two calls, so any number of processes may use it at once.
/// </summary>
/// <param name="directories">Where containers are kept.</param>
/// <param name="clock">Where the time comes from.</param>
/// <param name="launcher">Starts keepers; null for this program itself, which then has to be hearth.</param>
public sealed partial class ContainerService(RuntimeDirectories directories, TimeProvider clock, KeeperLauncher? launcher = null)
{
    /// <summary>A keeper gives everything back within this time, or its container is taken from it.</summary>
    private static readonly TimeSpan endTimeout = TimeSpan.FromSeconds(20);

    private readonly ContainerStore store = new(directories, clock);
    private readonly ContainerEvents events = new(directories, clock);
    private readonly KeeperLauncher keepers = launcher ?? new KeeperLauncher();

    public ContainerStore Store => store;

    /// <summary>Gives back what crashes have left, and settles the state of containers whose keeper was killed.</summary>
    /// <returns>A line for people about each.</returns>
    public IReadOnlyList<string> Reconcile() => [.. Reconciliation.Run(directories), .. new ContainerReconciliation(store, events, clock).Run()];

    /// <summary>Keeps a new container; nothing of it runs yet.</summary>
    /// <exception cref="RuntimeException">The request cannot be one, the name is taken, or the state directory cannot be written.</exception>
    public Container Create(CreateRequest request)
    {
        RunChecks.Check(request.Run);
        Container container = store.Create(request.Name, (id, name) => new ContainerConfig
        {
            Id = id,
            Name = name,
            Created = clock.GetUtcNow(),
            Request = ContainerPaths.MakeAbsolute(request.Run),
            Cache = request.Run.Rootfs.Cache is { } cache ? new Rootfs.CacheSettings(cache.Path, cache.Limit) : null,
            AutoRemove = request.AutoRemove,
            InputEndsWithClient = request.InputEndsWithClient,
            Labels = request.Labels,
            StopSignal = request.StopSignal,
            StopTimeoutSeconds = request.StopTimeoutSeconds,
            Engine = request.Engine,
            Log = request.Log,
        });
        events.Tell(container.Config, EventAction.Create);
        return container;
    }

    /// <summary>Starts a container and returns when its process runs.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="notice">Told what people should know while they wait.</param>
    /// <param name="startTimestamp">When the start was asked for, by the clock.</param>
    /// <exception cref="RuntimeException">It runs already, or could not be started.</exception>
    public async Task StartAsync(string id, Action<string> notice, long startTimestamp)
    {
        RequireStartable(id);
        (ControlConnection connection, int pid) = keepers.Launch(directories, id, startTimestamp, standardStreams: null);
        ChildReaping.Begin(pid);
        using (connection)
        {
            await connection.SendAsync(new StartRequest(Attach: false, Input: false, Size: null)).ConfigureAwait(false);
            await AskAsync<StartedReply>(connection, notice).ConfigureAwait(false);
        }
    }

    /// <summary>Starts a container with its streams attached to the caller's.</summary>
    /// <returns>How it ended; null where the caller detached.</returns>
    /// <exception cref="RuntimeException">It runs already, or its keeper could not be had.</exception>
    public async Task<RunOutcome?> StartAttachedAsync(string id, ClientAttachment attachment, long startTimestamp)
    {
        RequireStartable(id);
        (ControlConnection connection, int pid) = keepers.Launch(directories, id, startTimestamp, standardStreams: null);
        ChildReaping.Begin(pid);
        using (connection)
        {
            connection.Send(new StartRequest(Attach: true, attachment.Streams.Input is not null, attachment.Size));
            return await CarryAsync(id, connection, attachment).ConfigureAwait(false);
        }
    }

    /// <summary>Attaches the caller's streams to a running container.</summary>
    /// <returns>How it ended; null where the caller detached.</returns>
    /// <exception cref="RuntimeException">It does not run.</exception>
    public async Task<RunOutcome?> AttachAsync(string id, ClientAttachment attachment)
    {
        using ControlConnection connection = Connect(id, "attach to");
        connection.Send(new AttachRequest(attachment.Streams.Input is not null, attachment.Size));
        return await CarryAsync(id, connection, attachment).ConfigureAwait(false);
    }

    /// <summary>Starts another process in a running container.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="request">The process.</param>
    /// <param name="attachment">The caller's streams; null to leave the process to itself.</param>
    /// <returns>Its exit code; 0 for one that is left to itself.</returns>
    /// <exception cref="RuntimeException">The container does not run, or the process could not be started.</exception>
    public async Task<int> ExecAsync(string id, ExecProcess request, ClientAttachment? attachment)
    {
        using ControlConnection connection = Connect(id, "exec in");
        connection.Send(new ExecRequest(request, attachment is null, attachment?.Streams.Input is not null, attachment?.Size));
        if (attachment is null)
        {
            await AskAsync<StartedReply>(connection, _ => { }).ConfigureAwait(false);
            return 0;
        }

        RunOutcome? outcome = await CarryAsync(id, connection, attachment).ConfigureAwait(false);
        return outcome?.ExitCode ?? 0;
    }

    /// <summary>Sends a signal to a container's process.</summary>
    /// <exception cref="RuntimeException">The container does not run.</exception>
    public Task KillAsync(string id, int signal, bool all = false) => ActAsync(id, "kill", new SignalRequest(signal, all, ExecId: null));

    /// <summary>Ends a container: its stop signal, and when the time is over SIGKILL. Returns when it has ended, also where it had already.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="timeout">Null for the container's own; negative to wait for ever.</param>
    /// <param name="signal">Null for the container's own.</param>
    public async Task StopAsync(string id, TimeSpan? timeout = null, int? signal = null)
    {
        Container container = Read(id);
        using ControlConnection? connection = TryConnect(id);
        if (connection is not null)
        {
            TimeSpan wait = timeout ?? TimeSpan.FromSeconds(container.Config.StopTimeoutSeconds);
            await connection.SendAsync(new StopRequest(signal ?? container.Config.StopSignal, (long)wait.TotalMilliseconds)).ConfigureAwait(false);
            await ExpectEndAsync(connection).ConfigureAwait(false);
            events.Tell(container.Config, EventAction.Stop);
        }

        await AwaitReleaseAsync(id).ConfigureAwait(false);
    }

    /// <summary>Stops a container, where it runs, and starts it again.</summary>
    public async Task RestartAsync(string id, TimeSpan? timeout, int? signal, Action<string> notice)
    {
        await StopAsync(id, timeout, signal).ConfigureAwait(false);
        await StartAsync(id, notice, clock.GetTimestamp()).ConfigureAwait(false);
        events.Tell(Read(id).Config, EventAction.Restart);
    }

    public Task PauseAsync(string id) => ActAsync(id, "pause", new PauseRequest());

    public Task ResumeAsync(string id) => ActAsync(id, "unpause", new ResumeRequest());

    /// <summary>Waits until a container has ended.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> WaitAsync(string id, CancellationToken cancellationToken = default)
    {
        using (ControlConnection? connection = TryConnect(id))
        {
            if (connection is not null)
            {
                await connection.SendAsync(new WaitRequest(), cancellationToken).ConfigureAwait(false);
                if (await connection.ReceiveMessageAsync(cancellationToken).ConfigureAwait(false) is EndedReply exited)
                {
                    return exited.ExitCode;
                }
            }
        }

        // Its keeper is about to go, or was killed.
        await AwaitReleaseAsync(id).ConfigureAwait(false);
        Reconcile();
        return Read(id).State.ExitCode;
    }

    /// <summary>Removes a container.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="force">True to end it first, at once.</param>
    /// <exception cref="RuntimeException">It runs, or cannot be removed.</exception>
    public async Task RemoveAsync(string id, bool force)
    {
        Container container = Read(id);
        if (force)
        {
            await EndAsync(id).ConfigureAwait(false);
            if (store.TryRead(id) is not { } ended)
            {
                return; // It was to go when it ended; whoever removed it has told so.
            }

            container = ended;
        }

        using ContainerHold? hold = store.TryHold(id);
        if (hold is null)
        {
            throw new RuntimeException(RuntimeError.WrongState,
                $"cannot remove container '{container.Name}': it is {container.State.Status.ToString().ToLowerInvariant()}; stop it first ('hearth stop {container.Name}'), or remove it by force ('hearth rm -f')");
        }

        store.Remove(container);
        events.Tell(container.Config, EventAction.Destroy);
    }

    public Container Rename(string id, string name)
    {
        Container container = Read(id);
        Container renamed = container with { Config = store.Rename(container.Config, name) };
        events.Tell(renamed.Config, EventAction.Rename, ContainerEvents.OldName(container.Name));
        return renamed;
    }

    /// <summary>A container as it stands now.</summary>
    /// <exception cref="RuntimeException">It is gone.</exception>
    public Container Read(string id) =>
        store.TryRead(id) ?? throw new RuntimeException(RuntimeError.ContainerUnknown, $"there is no container '{id}'");

    /// <summary>Ends what runs of a container, by its keeper, or where that does not answer by killing it.</summary>
    private async Task EndAsync(string id)
    {
        using ControlConnection? connection = TryConnect(id);
        if (connection is not null)
        {
            try
            {
                await connection.SendAsync(new EndRequest()).ConfigureAwait(false);
                await ExpectEndAsync(connection).WaitAsync(endTimeout, clock).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is TimeoutException or IOException)
            {
                KillKeeper(id);
            }
        }

        await AwaitReleaseAsync(id).ConfigureAwait(false);
        Reconcile();
    }

    private void KillKeeper(string id)
    {
        if (store.TryRead(id)?.State is { IsHeld: true, Keeper: { } keeper })
        {
            Linux.Processes.Signals.Send(keeper.Pid, Linux.Processes.SignalNumber.Kill);
        }
    }

    /// <summary>Waits until nobody holds the container any more.</summary>
    private async Task AwaitReleaseAsync(string id)
    {
        try
        {
            using ContainerHold hold = await store.HoldAsync(id, endTimeout, clock, CancellationToken.None).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new RuntimeException(RuntimeError.KeeperFailed, $"container {id[..12]} has not ended within {endTimeout.TotalSeconds:0} s: 'hearth rm -f' ends it by force");
        }
        catch (RuntimeException gone) when (gone.Error == RuntimeError.ContainerUnknown)
        {
            // Removed at its end.
        }
    }

    private void RequireStartable(string id)
    {
        Container container = Read(id);
        if (container.State.IsHeld)
        {
            throw new RuntimeException(RuntimeError.WrongState, $"container '{container.Name}' is {container.State.Status.ToString().ToLowerInvariant()} already");
        }
    }

    private async Task ActAsync(string id, string act, ControlMessage request)
    {
        using ControlConnection connection = Connect(id, act);
        await connection.SendAsync(request).ConfigureAwait(false);
        await AskAsync<DoneReply>(connection, _ => { }).ConfigureAwait(false);
    }

    private ControlConnection? TryConnect(string id) =>
        ControlSocket.TryConnect(Path.Combine(directories.Containers, id)) is { } socket ? new ControlConnection(socket) : null;

    private ControlConnection Connect(string id, string act) => TryConnect(id) ?? throw NotRunning(id, act);

    private RuntimeException NotRunning(string id, string act)
    {
        Container container = Read(id);
        string status = container.State is { IsHeld: false, Status: ContainerStatus.Running or ContainerStatus.Paused } ? "no longer running" : "not running";
        return new RuntimeException(RuntimeError.WrongState, $"cannot {act} container '{container.Name}': it is {status}; 'hearth start {container.Name}' starts it");
    }

    private static async Task ExpectEndAsync(ControlConnection connection)
    {
        ControlMessage? reply = await connection.ReceiveMessageAsync().ConfigureAwait(false);
        if (reply is FailedReply { Error: not RuntimeError.WrongState } failed)
        {
            throw new RuntimeException(failed.Error, failed.Message);
        }
    }

    private static async Task<T> AskAsync<T>(ControlConnection connection, Action<string> notice)
        where T : ControlMessage
    {
        while (true)
        {
            switch (await connection.ReceiveMessageAsync().ConfigureAwait(false))
            {
                case T reply:
                    return reply;
                case NoticeReply told:
                    notice(told.Line);
                    break;
                case FailedReply failed:
                    throw new RuntimeException(failed.Error, failed.Message);
                case null:
                    throw new RuntimeException(RuntimeError.KeeperFailed, "the process that keeps the container ended before it answered: 'hearth inspect' tells why, or its keeper.log");
            }
        }
    }

    /// <summary>Carries streams, and by connections of their own the signals and sizes that the caller gets meanwhile.</summary>
    private async Task<RunOutcome?> CarryAsync(string id, ControlConnection connection, ClientAttachment attachment)
    {
        using ClientSignals signals = new(request => SendAside(id, request), attachment);
        AttachedClient client = new(connection, attachment.Streams, attachment.Keys, attachment.Notice)
        {
            Started = started =>
            {
                signals.Begin(started);
                attachment.Started();
            },
        };
        EndOfProcess? end = await client.RunAsync(attachment.HoldsCallingThread).ConfigureAwait(false);
        EndedReply? run = end as EndedReply;
        return end is null ? null : new RunOutcome(
            end.ExitCode,
            run?.Failure is { } failure ? new RuntimeException(failure.Error, failure.Message) : null,
            run?.Warnings ?? [],
            run?.Report ?? new Reports.RunReport { ExitCode = end.ExitCode, Phases = [] })
        {
            Signal = end.Signal,
            OutOfMemory = end.OutOfMemory,
        };
    }

    /// <summary>A signal that cannot be delivered has nobody to go to: the end, which is waited for, tells why.</summary>
    private void SendAside(string id, ControlMessage request) => _ = SendAsideAsync(id, request);

    private async Task SendAsideAsync(string id, ControlMessage request)
    {
        try
        {
            using ControlConnection? connection = TryConnect(id);
            if (connection is not null)
            {
                await connection.SendAsync(request).ConfigureAwait(false);
                await connection.ReceiveMessageAsync().ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is IOException or RuntimeException)
        {
            // See above.
        }
    }
}
