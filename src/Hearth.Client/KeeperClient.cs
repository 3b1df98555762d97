using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Containers.Specification;
using Hearth.Control;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Hearth.Client;

/// <summary>
/// The requests that a container's keeper answers, wherever it runs: a derived class connects to it. It keeps no state between calls.
/// </summary>
/// <param name="clock">The source of the time.</param>
/// <param name="logger">Receives operations, failures and all diagnostics; null for none.</param>
public abstract partial class KeeperClient(TimeProvider clock, ILogger? logger) : IRunningContainers
{
    protected const string ExecAct = "exec in";

    protected TimeProvider Clock { get; } = clock;

    protected ILogger Logger { get; } = logger ?? NullLogger.Instance;

    /// <summary>Connects to a container's keeper.</summary>
    /// <returns>Null if it has none: the container does not run.</returns>
    /// <exception cref="HearthException">The host of the container cannot be reached.</exception>
    protected abstract ValueTask<ControlConnection?> TryConnectAsync(string id, CancellationToken cancellationToken);

    /// <summary>Connects to what answers one request about a container's files, whether it runs or not.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="act">The requested operation, as the verb after "cannot".</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public abstract ValueTask<ControlConnection> OpenFilesAsync(string id, string act, CancellationToken cancellationToken = default);

    /// <summary>Reads the current state of a container.</summary>
    /// <exception cref="HearthException">The container does not exist.</exception>
    protected abstract ValueTask<Container> ReadAsync(string id, CancellationToken cancellationToken);

    /// <summary>What messages about a silent keeper call the container, and its keeper if that is a process of this host.</summary>
    protected abstract (string Name, ProcessIdentity? Keeper) Identify(string id);

    /// <summary>A connection has ended before its answer.</summary>
    /// <param name="cause">Why, if the keeper is on this host.</param>
    protected virtual HearthException Lost(string cause) => new(HearthError.KeeperFailed, cause);

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

    /// <summary>Asks a new keeper to start its container, attached to the caller.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="connection">The keeper's first. The caller closes it; a start that is not complete goes on.</param>
    /// <param name="attachment">The caller's streams.</param>
    /// <param name="queuedMs">How long the start has waited for its turn.</param>
    /// <param name="started">Called when the process runs.</param>
    /// <param name="cancellationToken">Detaches the caller.</param>
    protected Task<RunOutcome?> BeginAttachedAsync(string id, ControlConnection connection, ClientAttachment attachment, long queuedMs, Action started, CancellationToken cancellationToken)
    {
        connection.Send(new StartRequest(Attach: true, attachment.Streams.Input is not null, attachment.Size) { QueuedMs = queuedMs });
        return CarryAsync(id, connection, attachment, "start", started, cancellationToken);
    }

    private async Task<RunOutcome?> JoinAsync(string id, ClientAttachment attachment, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ControlConnection connection = await ConnectAsync(id, "attach to", cancellationToken).ConfigureAwait(false);
        connection.Send(new AttachRequest(attachment.Streams.Input is not null, attachment.Size));
        return await CarryAsync(id, connection, attachment, "attach to", () => { }, cancellationToken).ConfigureAwait(false);
    }

    private async Task<int> StartProcessAsync(
        string id, ProcessSpec process, ClientAttachment? attachment, bool endsWithClient, bool inherits, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ControlConnection connection = await ConnectAsync(id, ExecAct, cancellationToken).ConfigureAwait(false);
        connection.Send(new ExecRequest(process, attachment is null, attachment?.Streams.Input is not null, attachment?.Size)
        {
            EndsWithClient = endsWithClient, Inherits = inherits,
        });
        if (attachment is null)
        {
            await AskAsync<StartedReply>(connection, Watch(id, ExecAct), Log, cancellationToken).ConfigureAwait(false);
            Logger.Executed(id, process.Args[0]);
            return 0;
        }

        RunOutcome? outcome = await CarryAsync(id, connection, attachment, ExecAct, () => Logger.Executed(id, process.Args[0]), cancellationToken).ConfigureAwait(false);
        if (outcome is null)
        {
            attachment.Detached();
        }

        return outcome?.ExitCode ?? 0;
    }

    protected Task<DoneReply> ActAsync(string id, string act, ControlMessage request, CancellationToken cancellationToken) =>
        QueryAsync<DoneReply>(id, act, request, cancellationToken);

    /// <summary>Logs how an operation failed, if it does.</summary>
    protected async Task<T> LogFailureAsync<T>(string id, string act, Task<T> operation)
    {
        await LogFailureAsync(id, act, (Task)operation).ConfigureAwait(false);
        return await operation.ConfigureAwait(false);
    }

    protected async Task LogFailureAsync(string id, string act, Task operation)
    {
        try
        {
            await operation.ConfigureAwait(false);
        }
        catch (HearthException failure)
        {
            Logger.Failed(act, id, failure.Error, failure.Message);
            throw;
        }
        catch (OperationCanceledException)
        {
            Logger.Cancelled(act, id);
            throw;
        }
    }

    protected void Log(Diagnostic diagnostic) => Logger.Diagnosed(diagnostic);

    protected Action<Diagnostic> LogAnd(Action<Diagnostic> diagnose) => diagnostic =>
    {
        Log(diagnostic);
        diagnose(diagnostic);
    };

    /// <param name="id">The full id.</param>
    /// <param name="act">The requested operation, as the verb after "cannot".</param>
    private protected KeeperWatch Watch(string id, string act) => new(() => TryConnectAsync(id, CancellationToken.None), act, () => Identify(id), Clock);

    private protected async ValueTask<ControlConnection> ConnectAsync(string id, string act, CancellationToken cancellationToken) =>
        await TryConnectAsync(id, cancellationToken).ConfigureAwait(false) ?? throw await NotRunningAsync(id, act, cancellationToken).ConfigureAwait(false);

    private protected async Task<HearthException> NotRunningAsync(string id, string act, CancellationToken cancellationToken)
    {
        Container container = await ReadAsync(id, cancellationToken).ConfigureAwait(false);
        string status = container.State is { IsHeld: false, Status: ContainerStatus.Running or ContainerStatus.Paused } ? "no longer running" : "not running";
        return new HearthException(HearthError.WrongState, $"cannot {act} container '{container.Name}': it is {status}; 'hearth start {container.Name}' starts it");
    }

    private protected async Task<T> AskAsync<T>(ControlConnection connection, KeeperWatch watch, Action<Diagnostic> diagnose, CancellationToken cancellationToken)
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
                    throw Lost("the container's keeper ended before it answered; 'hearth inspect' or its keeper.log shows why");
            }
        }
    }

    /// <summary>Carries the streams. Signals and terminal sizes that the caller gets meanwhile use separate connections.</summary>
    private async Task<RunOutcome?> CarryAsync(string id, ControlConnection connection, ClientAttachment attachment, string act, Action started, CancellationToken cancellationToken)
    {
        AttachedClient? client = null;
        using ClientSignals signals = new(request => SendAsideAsync(id, request), attachment, act == ExecAct, why => client!.GiveUp(why), Clock);
        client = new AttachedClient(connection, attachment.Streams, attachment.Keys, LogAnd(attachment.Diagnose), Watch(id, act))
        {
            LeavesWithInput = attachment.LeavesWithInput,
            Lost = Lost,
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
            Logger.Diagnosed(diagnostic);
        }

        if (outcome.Failure is { } failure)
        {
            Logger.RunFailed(id, failure.Error, failure.Message);
        }

        return outcome;
    }

    /// <exception cref="HearthException">The keeper does not answer, or refuses the request.</exception>
    private async Task SendAsideAsync(string id, ControlMessage request)
    {
        using ControlConnection? connection = await TryConnectAsync(id, CancellationToken.None).ConfigureAwait(false);
        if (connection is not null)
        {
            await connection.SendAsync(request, CancellationToken.None).ConfigureAwait(false);
            await AskAsync<DoneReply>(connection, Watch(id, "signal"), Log, CancellationToken.None).ConfigureAwait(false);
        }
    }
}
