using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Control;
using Hearth.Records;
using Hearth.Records.Events;
using Hearth.Records.Networks;
using Hearth.Records.Recovery;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hearth.Client;

/// <summary>
/// The operations on containers, for the command line, a daemon or other programs. A keeper process holds each container, and
/// this class is its client. It keeps no state between calls, so any number of processes may use it at the same time.
/// </summary>
/// <remarks>
/// An asynchronous operation does nothing if it is cancelled before it sends its request to the keeper. After that its wait ends
/// with <see cref="OperationCanceledException"/>, and its own comment says what happens to the request.
/// </remarks>
/// <param name="directories">Where containers are stored.</param>
/// <param name="clock">The source of the time.</param>
/// <param name="keepers">Starts keepers.</param>
/// <param name="logger">Receives operations, failures and all diagnostics; null for none.</param>
public sealed partial class ContainerService(HearthDirectories directories, TimeProvider clock, KeeperLauncher keepers, ILogger? logger = null)
{
    private const string ExecAct = "exec in";

    private readonly ContainerStore store = new(directories, clock);
    private readonly ContainerEvents events = new(directories, clock);
    private readonly ILogger log = logger ?? NullLogger.Instance;

    public ContainerStore Store => store;

    /// <summary>Releases leftovers of crashes, and records the end of containers whose keeper was killed.</summary>
    /// <returns>A diagnostic for each container.</returns>
    public IReadOnlyList<Diagnostic> Reconcile()
    {
        Diagnostic[] diagnostics = [.. Reconciliation.Run(directories), .. new ContainerReconciliation(store, events, clock).Run()];
        foreach (Diagnostic diagnostic in diagnostics)
        {
            log.Diagnosed(diagnostic);
        }

        return diagnostics;
    }

    /// <summary>Creates the record of a new container. Nothing of it runs yet.</summary>
    /// <exception cref="HearthException">The description is invalid, the name is taken, or the record cannot be written.</exception>
    public Container Create(ContainerDescription description)
    {
        description = EgressRules.Apply(description);
        DescriptionChecks.Check(description);
        EgressChecks.Check(EgressRules.Of(description.Network));
        Container container = store.Create(description.WithAbsolutePaths());
        events.Report(container.Description, EventAction.Create);
        log.Created(container.Id, container.Name);
        return container;
    }

    /// <summary>Starts a container and returns when its process runs.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="diagnose">Receives diagnostics for the waiting user.</param>
    /// <param name="timing">When the start was requested.</param>
    /// <param name="cancellationToken">Undoes the start. Before this throws, the container has ended and its run is released.</param>
    /// <exception cref="HearthException">The container runs already, or could not be started.</exception>
    public Task StartAsync(string id, Action<Diagnostic> diagnose, StartTiming timing, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "start", LaunchAsync(id, diagnose, timing, cancellationToken));

    /// <summary>Starts a container with its streams attached to the caller's.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="attachment">The caller's streams.</param>
    /// <param name="timing">When the start was requested.</param>
    /// <param name="cancellationToken">
    /// Before the process runs, undoes the start as <see cref="StartAsync"/> does. After that it detaches the caller, and the
    /// container keeps running.
    /// </param>
    /// <returns>How the container ended; null if the caller detached.</returns>
    /// <exception cref="HearthException">The container runs already, or its keeper could not be started.</exception>
    public Task<RunOutcome?> StartAttachedAsync(string id, ClientAttachment attachment, StartTiming timing, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "start", LaunchAttachedAsync(id, attachment, timing, cancellationToken));

    /// <summary>Attaches the caller's streams to a running container.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="attachment">The caller's streams.</param>
    /// <param name="cancellationToken">Detaches the caller; the container keeps running.</param>
    /// <returns>How the container ended; null if the caller detached.</returns>
    /// <exception cref="HearthException">The container does not run.</exception>
    public Task<RunOutcome?> AttachAsync(string id, ClientAttachment attachment, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "attach to", JoinAsync(id, attachment, cancellationToken));

    /// <summary>Starts another command in a running container, as docker's exec does.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="process">
    /// The command, terminal and variables, and what differs from the container's first process: a directory (empty for the same)
    /// and a user name.
    /// </param>
    /// <param name="attachment">The caller's streams; null to detach from the process.</param>
    /// <param name="cancellationToken">Detaches the caller; the process keeps running.</param>
    /// <returns>Its exit code; 0 for a detached process.</returns>
    /// <exception cref="HearthException">The container does not run, or the process could not be started.</exception>
    public Task<int> ExecCommandAsync(string id, ProcessSpec process, ClientAttachment? attachment, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, ExecAct, StartProcessAsync(id, process, attachment, endsWithClient: false, inherits: true, cancellationToken));

    /// <summary>Starts another process in a running container.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="process">The process, such as the container's own with another command (<see cref="ProcessSpec.WithCommand"/>).</param>
    /// <param name="attachment">The caller's streams; null to detach from the process.</param>
    /// <param name="endsWithClient">Whether the process is killed if this client disappears or cancels before it exits.</param>
    /// <param name="cancellationToken">
    /// Detaches the caller. With <paramref name="endsWithClient"/> the process is killed; otherwise it keeps running.
    /// </param>
    /// <returns>Its exit code; 0 for a detached process.</returns>
    /// <exception cref="HearthException">The container does not run, or the process could not be started.</exception>
    public Task<int> ExecAsync(string id, ProcessSpec process, ClientAttachment? attachment, bool endsWithClient = false, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, ExecAct, StartProcessAsync(id, process, attachment, endsWithClient, inherits: false, cancellationToken));

    /// <summary>Stops a container if it runs, and starts it again.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="timeout">As in <see cref="StopAsync"/>.</param>
    /// <param name="signal">As in <see cref="StopAsync"/>.</param>
    /// <param name="diagnose">Receives diagnostics for the waiting user.</param>
    /// <param name="cancellationToken">A stop continues, and no start follows; a start is undone.</param>
    public Task RestartAsync(string id, TimeSpan? timeout, int? signal, Action<Diagnostic> diagnose, CancellationToken cancellationToken = default) =>
        RestartAsync(id, timeout, signal, () => StartAsync(id, diagnose, new StartTiming(clock.GetTimestamp()), cancellationToken), cancellationToken);

    /// <summary>Stops a container if it runs, and starts it again in a way of the caller's.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="timeout">As in <see cref="StopAsync"/>.</param>
    /// <param name="signal">As in <see cref="StopAsync"/>.</param>
    /// <param name="start">Starts the container.</param>
    /// <param name="cancellationToken">A stop continues, and no start follows.</param>
    public async Task RestartAsync(string id, TimeSpan? timeout, int? signal, Func<Task> start, CancellationToken cancellationToken = default)
    {
        await StopAsync(id, timeout, signal, cancellationToken).ConfigureAwait(false);
        await start().ConfigureAwait(false);
        events.Report(Read(id).Description, EventAction.Restart);
    }

    /// <summary>Suspends all processes of a running container.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait; the container is suspended nevertheless.</param>
    /// <exception cref="HearthException">The container does not run.</exception>
    public Task PauseAsync(string id, CancellationToken cancellationToken = default) => ActAsync(id, "pause", new PauseRequest(), cancellationToken);

    /// <summary>Resumes a suspended container.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait; the container is resumed nevertheless.</param>
    /// <exception cref="HearthException">The container is not suspended.</exception>
    public Task ResumeAsync(string id, CancellationToken cancellationToken = default) => ActAsync(id, "unpause", new ResumeRequest(), cancellationToken);

    /// <summary>Reads the current state of a container.</summary>
    /// <exception cref="HearthException">The container does not exist.</exception>
    public Container Read(string id) =>
        store.TryRead(id) ?? throw new HearthException(HearthError.ContainerUnknown, $"there is no container '{id}'");

    private async Task<RunOutcome?> JoinAsync(string id, ClientAttachment attachment, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ControlConnection connection = Connect(id, "attach to");
        connection.Send(new AttachRequest(attachment.Streams.Input is not null, attachment.Size));
        return await CarryAsync(id, connection, attachment, "attach to", () => { }, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> StartProcessAsync(
        string id, ProcessSpec process, ClientAttachment? attachment, bool endsWithClient, bool inherits, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ControlConnection connection = Connect(id, ExecAct);
        connection.Send(new ExecRequest(process, attachment is null, attachment?.Streams.Input is not null, attachment?.Size)
        {
            EndsWithClient = endsWithClient, Inherits = inherits,
        });
        if (attachment is null)
        {
            await AskAsync<StartedReply>(connection, Watch(id, ExecAct), Log, cancellationToken).ConfigureAwait(false);
            log.Executed(id, process.Args[0]);
            return 0;
        }

        RunOutcome? outcome = await CarryAsync(id, connection, attachment, ExecAct, () => log.Executed(id, process.Args[0]), cancellationToken).ConfigureAwait(false);
        return outcome?.ExitCode ?? 0;
    }

    private Container RequireStartable(string id)
    {
        Container container = Read(id);
        if (container.State.IsHeld)
        {
            throw new HearthException(HearthError.WrongState, $"cannot start container '{container.Name}': it is already {container.State.Status.ToString().ToLowerInvariant()}");
        }

        return container;
    }

    private Task<DoneReply> ActAsync(string id, string act, ControlMessage request, CancellationToken cancellationToken) =>
        QueryAsync<DoneReply>(id, act, request, cancellationToken);

    /// <summary>Logs how an operation failed, if it does.</summary>
    private async Task<T> LogFailureAsync<T>(string id, string act, Task<T> operation)
    {
        await LogFailureAsync(id, act, (Task)operation).ConfigureAwait(false);
        return await operation.ConfigureAwait(false);
    }

    private async Task LogFailureAsync(string id, string act, Task operation)
    {
        try
        {
            await operation.ConfigureAwait(false);
        }
        catch (HearthException failure)
        {
            log.Failed(act, id, failure.Error, failure.Message);
            throw;
        }
        catch (OperationCanceledException)
        {
            log.Cancelled(act, id);
            throw;
        }
    }

    private void Log(Diagnostic diagnostic) => log.Diagnosed(diagnostic);

    private Action<Diagnostic> LogAnd(Action<Diagnostic> diagnose) => diagnostic =>
    {
        Log(diagnostic);
        diagnose(diagnostic);
    };

    /// <param name="id">The full id.</param>
    /// <param name="act">The requested operation, as the verb after "cannot".</param>
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

    private static async Task<T> AskAsync<T>(ControlConnection connection, KeeperWatch watch, Action<Diagnostic> diagnose, CancellationToken cancellationToken)
        where T : ControlMessage
    {
        while (true)
        {
            switch (await watch.WhileAliveAsync(connection.ReceiveMessageAsync(cancellationToken).AsTask(), cancellationToken).ConfigureAwait(false))
            {
                case T answer:
                    return answer;
                case DiagnosticReply reply:
                    diagnose(reply.Diagnostic);
                    break;
                case FailedReply failed:
                    throw new HearthException(failed.Error, failed.Message);
                case null:
                    throw new HearthException(HearthError.KeeperFailed, "the container's keeper ended before it answered; 'hearth inspect' or its keeper.log shows why");
            }
        }
    }

    /// <summary>Carries the streams. Signals and terminal sizes that the caller gets meanwhile use separate connections.</summary>
    private async Task<RunOutcome?> CarryAsync(string id, ControlConnection connection, ClientAttachment attachment, string act, Action started, CancellationToken cancellationToken)
    {
        AttachedClient? client = null;
        using ClientSignals signals = new(request => SendAsideAsync(id, request), attachment, act == ExecAct, why => client!.GiveUp(why), clock);
        client = new AttachedClient(connection, attachment.Streams, attachment.Keys, LogAnd(attachment.Diagnose), Watch(id, act))
        {
            Started = reply =>
            {
                signals.Begin(reply);
                started();
                attachment.Started(reply.ExecId);
            },
        };
        EndOfProcess? end = await client.RunAsync(attachment.HoldsCallingThread, cancellationToken).ConfigureAwait(false);
        return end is null ? null : Log(id, OutcomeOf(end));
    }

    private static RunOutcome OutcomeOf(EndOfProcess end)
    {
        EndedReply? run = end as EndedReply;
        return new RunOutcome(
            end.ExitCode,
            run?.Failure is { } failure ? new HearthException(failure.Error, failure.Message) : null,
            run?.Diagnostics ?? [],
            run?.Report ?? new RunReport { ExitCode = end.ExitCode, Phases = [] })
        {
            Signal = end.Signal,
            OutOfMemory = end.OutOfMemory,
        };
    }

    private RunOutcome Log(string id, RunOutcome outcome)
    {
        foreach (Diagnostic diagnostic in outcome.Diagnostics)
        {
            log.Diagnosed(diagnostic);
        }

        if (outcome.Failure is { } failure)
        {
            log.RunFailed(id, failure.Error, failure.Message);
        }

        return outcome;
    }

    /// <exception cref="HearthException">The keeper does not answer, or refuses the request.</exception>
    private async Task SendAsideAsync(string id, ControlMessage request)
    {
        using ControlConnection? connection = TryConnect(id);
        if (connection is not null)
        {
            await connection.SendAsync(request, CancellationToken.None).ConfigureAwait(false);
            await AskAsync<DoneReply>(connection, Watch(id, "signal"), Log, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
