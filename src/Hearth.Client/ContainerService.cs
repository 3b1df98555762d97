using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Control;
using Hearth.Records;
using Hearth.Records.Events;
using Hearth.Records.Recovery;

namespace Hearth.Client;

/// <summary>
/// The operations on containers, for the command line, for a daemon, for programs of others: each container is held by a keeper
/// process, and this is a client of it. Nothing is kept here between two calls, so any number of processes may use it at once.
/// </summary>
/// <param name="directories">Where containers are kept.</param>
/// <param name="clock">Where the time comes from.</param>
/// <param name="keepers">Starts keepers.</param>
public sealed partial class ContainerService(HearthDirectories directories, TimeProvider clock, KeeperLauncher keepers)
{
    private const string ExecAct = "exec in";

    private readonly ContainerStore store = new(directories, clock);
    private readonly ContainerEvents events = new(directories, clock);

    public ContainerStore Store => store;

    /// <summary>Gives back what crashes have left, and settles the state of containers whose keeper was killed.</summary>
    /// <returns>A line for people about each.</returns>
    public IReadOnlyList<string> Reconcile() => [.. Reconciliation.Run(directories), .. new ContainerReconciliation(store, events, clock).Run()];

    /// <summary>Makes the record of a new container; nothing of it runs yet.</summary>
    /// <exception cref="HearthException">It cannot be run, the name is taken, or the state directory cannot be written.</exception>
    public Container Create(ContainerDescription description)
    {
        DescriptionChecks.Check(description);
        Container container = store.Create(description.WithAbsolutePaths());
        events.Report(container.Description, EventAction.Create);
        return container;
    }

    /// <summary>Starts a container and returns when its process runs.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="notice">Told what people should know while they wait.</param>
    /// <param name="startTimestamp">When the start was asked for, by the clock.</param>
    /// <exception cref="HearthException">It runs already, or could not be started.</exception>
    public async Task StartAsync(string id, Action<string> notice, long startTimestamp)
    {
        RequireStartable(id);
        (ControlConnection connection, int pid) = keepers.Launch(directories, id, startTimestamp, standardStreams: null);
        ChildReaping.Begin(pid);
        using (connection)
        {
            await connection.SendAsync(new StartRequest(Attach: false, Input: false, Size: null)).ConfigureAwait(false);
            await AskAsync<StartedReply>(connection, Watch(id, "start"), notice).ConfigureAwait(false);
        }
    }

    /// <summary>Starts a container with its streams attached to the caller's.</summary>
    /// <returns>How it ended; null where the caller detached.</returns>
    /// <exception cref="HearthException">It runs already, or its keeper could not be had.</exception>
    public async Task<RunOutcome?> StartAttachedAsync(string id, ClientAttachment attachment, long startTimestamp)
    {
        RequireStartable(id);
        (ControlConnection connection, int pid) = keepers.Launch(directories, id, startTimestamp, standardStreams: null);
        ChildReaping.Begin(pid);
        using (connection)
        {
            connection.Send(new StartRequest(Attach: true, attachment.Streams.Input is not null, attachment.Size));
            return await CarryAsync(id, connection, attachment, "start").ConfigureAwait(false);
        }
    }

    /// <summary>Attaches the caller's streams to a running container.</summary>
    /// <returns>How it ended; null where the caller detached.</returns>
    /// <exception cref="HearthException">It does not run.</exception>
    public async Task<RunOutcome?> AttachAsync(string id, ClientAttachment attachment)
    {
        using ControlConnection connection = Connect(id, "attach to");
        connection.Send(new AttachRequest(attachment.Streams.Input is not null, attachment.Size));
        return await CarryAsync(id, connection, attachment, "attach to").ConfigureAwait(false);
    }

    /// <summary>Starts another process in a running container.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="process">The process, such as the container's own with another command (<see cref="ProcessSpec.WithCommand"/>).</param>
    /// <param name="attachment">The caller's streams; null to detach from the process.</param>
    /// <param name="endsWithClient">Whether the process is killed if this client disappears before it exits.</param>
    /// <returns>Its exit code; 0 for one that is left to itself.</returns>
    /// <exception cref="HearthException">The container does not run, or the process could not be started.</exception>
    public async Task<int> ExecAsync(string id, ProcessSpec process, ClientAttachment? attachment, bool endsWithClient = false)
    {
        using ControlConnection connection = Connect(id, ExecAct);
        connection.Send(new ExecRequest(process, attachment is null, attachment?.Streams.Input is not null, attachment?.Size) { EndsWithClient = endsWithClient });
        if (attachment is null)
        {
            await AskAsync<StartedReply>(connection, Watch(id, ExecAct), _ => { }).ConfigureAwait(false);
            return 0;
        }

        RunOutcome? outcome = await CarryAsync(id, connection, attachment, ExecAct).ConfigureAwait(false);
        return outcome?.ExitCode ?? 0;
    }

    /// <summary>Stops a container, where it runs, and starts it again.</summary>
    public async Task RestartAsync(string id, TimeSpan? timeout, int? signal, Action<string> notice)
    {
        await StopAsync(id, timeout, signal).ConfigureAwait(false);
        await StartAsync(id, notice, clock.GetTimestamp()).ConfigureAwait(false);
        events.Report(Read(id).Description, EventAction.Restart);
    }

    public Task PauseAsync(string id) => ActAsync(id, "pause", new PauseRequest());

    public Task ResumeAsync(string id) => ActAsync(id, "unpause", new ResumeRequest());

    /// <summary>A container as it stands now.</summary>
    /// <exception cref="HearthException">It is gone.</exception>
    public Container Read(string id) =>
        store.TryRead(id) ?? throw new HearthException(HearthError.ContainerUnknown, $"there is no container '{id}'");

    private void RequireStartable(string id)
    {
        Container container = Read(id);
        if (container.State.IsHeld)
        {
            throw new HearthException(HearthError.WrongState, $"container '{container.Name}' is {container.State.Status.ToString().ToLowerInvariant()} already");
        }
    }

    private async Task ActAsync(string id, string act, ControlMessage request)
    {
        using ControlConnection connection = Connect(id, act);
        await connection.SendAsync(request).ConfigureAwait(false);
        await AskAsync<DoneReply>(connection, Watch(id, act), _ => { }).ConfigureAwait(false);
    }

    /// <param name="id">Whole.</param>
    /// <param name="act">What is asked of the keeper, as the rest of "cannot".</param>
    private KeeperWatch Watch(string id, string act) => new(
        Path.Combine(directories.Containers, id), act, () => store.TryRead(id) is { } container ? (container.Name, container.State.Keeper) : (id[..12], null), clock);

    private ControlConnection? TryConnect(string id) =>
        ControlSocket.TryConnect(Path.Combine(directories.Containers, id)) is { } socket ? new ControlConnection(socket) : null;

    private ControlConnection Connect(string id, string act) => TryConnect(id) ?? throw NotRunning(id, act);

    private HearthException NotRunning(string id, string act)
    {
        Container container = Read(id);
        string status = container.State is { IsHeld: false, Status: ContainerStatus.Running or ContainerStatus.Paused } ? "no longer running" : "not running";
        return new HearthException(HearthError.WrongState, $"cannot {act} container '{container.Name}': it is {status}; 'hearth start {container.Name}' starts it");
    }

    private static async Task<T> AskAsync<T>(ControlConnection connection, KeeperWatch watch, Action<string> notice, CancellationToken cancellationToken = default)
        where T : ControlMessage
    {
        while (true)
        {
            switch (await watch.WhileAliveAsync(connection.ReceiveMessageAsync(cancellationToken).AsTask(), cancellationToken).ConfigureAwait(false))
            {
                case T reply:
                    return reply;
                case NoticeReply told:
                    notice(told.Line);
                    break;
                case FailedReply failed:
                    throw new HearthException(failed.Error, failed.Message);
                case null:
                    throw new HearthException(HearthError.KeeperFailed, "the process that keeps the container ended before it answered: 'hearth inspect' tells why, or its keeper.log");
            }
        }
    }

    /// <summary>Carries streams, and by connections of their own the signals and sizes that the caller gets meanwhile.</summary>
    private async Task<RunOutcome?> CarryAsync(string id, ControlConnection connection, ClientAttachment attachment, string act)
    {
        AttachedClient? client = null;
        using ClientSignals signals = new(request => SendAsideAsync(id, request), attachment, act == ExecAct, why => client!.GiveUp(why), clock);
        client = new AttachedClient(connection, attachment.Streams, attachment.Keys, attachment.Notice, Watch(id, act))
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
            run?.Failure is { } failure ? new HearthException(failure.Error, failure.Message) : null,
            run?.Warnings ?? [],
            run?.Report ?? new RunReport { ExitCode = end.ExitCode, Phases = [] })
        {
            Signal = end.Signal,
            OutOfMemory = end.OutOfMemory,
        };
    }

    /// <exception cref="HearthException">The keeper does not answer, or refuses.</exception>
    private async Task SendAsideAsync(string id, ControlMessage request)
    {
        using ControlConnection? connection = TryConnect(id);
        if (connection is not null)
        {
            await connection.SendAsync(request).ConfigureAwait(false);
            await AskAsync<DoneReply>(connection, Watch(id, "signal"), _ => { }).ConfigureAwait(false);
        }
    }
}
