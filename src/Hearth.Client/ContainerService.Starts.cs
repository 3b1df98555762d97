using Hearth.Client.Attachment;
using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Containers.Reports;
using Hearth.Control;
using Hearth.Linux.Processes;

namespace Hearth.Client;

/// <content>How containers start: a new keeper gets the request, and is ended if the start is cancelled.</content>
public sealed partial class ContainerService
{
    /// <summary>Starts the keeper of a container for a client that is elsewhere.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="requested">When the start was requested: a timestamp of the clock.</param>
    /// <returns>
    /// The connection, by which the client sends a <see cref="StartRequest"/>. If it closes before that, the keeper
    /// ends; after it, the start goes on.
    /// </returns>
    /// <exception cref="HearthException">The container runs already, or its keeper could not be started.</exception>
    public ControlConnection OpenStart(string id, long requested)
    {
        (ControlConnection connection, int pid) = Launch(id, requested, standardStreams: null, CancellationToken.None);
        ChildReaping.Begin(pid);
        return connection;
    }

    /// <summary>Connects to the keeper of a container for a client that is elsewhere.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">The container does not run.</exception>
    public async Task<ControlConnection> OpenAsync(string id, CancellationToken cancellationToken = default) =>
        TryConnect(id) ?? throw await NotRunningAsync(id, "reach", cancellationToken).ConfigureAwait(false);

    /// <summary>
    /// Connects to what answers one request about a container's files: its keeper, or a process that boots the machine of one that
    /// does not run. An engine's container must run: the engine has its files.
    /// </summary>
    /// <param name="id">The full id.</param>
    /// <param name="act">The requested operation, as the verb after "cannot".</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">There is no such container, or it does not run and must.</exception>
    public override async ValueTask<ControlConnection> OpenFilesAsync(string id, string act, CancellationToken cancellationToken = default)
    {
        Container container = Read(id);
        return TryConnectToRun(container)
            ?? (container.Description.Engine is null ? LaunchReader(id) : throw await NotRunningAsync(id, act, cancellationToken).ConfigureAwait(false));
    }

    private async Task LaunchAsync(string id, Action<Diagnostic> diagnose, StartTiming timing, CancellationToken cancellationToken)
    {
        (ControlConnection connection, int pid) = Launch(id, timing.Requested, standardStreams: null, cancellationToken);
        using ProcessHandle? keeper = Hold(pid, cancellationToken);
        ChildReaping.Begin(pid);
        using (connection)
        {
            StartRequest request = new(Attach: false, Input: false, Size: null) { QueuedMs = (long)timing.Queued.TotalMilliseconds };
            await OrUndoAsync(id, keeper, AskAsync<StartedReply>(id, connection, "start", request, LogAnd(diagnose), cancellationToken)).ConfigureAwait(false);
        }

        Logger.Started(id);
    }

    private async Task<RunOutcome?> LaunchAttachedAsync(string id, ClientAttachment attachment, StartTiming timing, CancellationToken cancellationToken)
    {
        (ControlConnection connection, int pid) = Launch(id, timing.Requested, standardStreams: null, cancellationToken);
        using ProcessHandle? keeper = Hold(pid, cancellationToken);
        ChildReaping.Begin(pid);
        using (connection)
        {
            bool hasStarted = false;
            try
            {
                return await BeginAttachedAsync(id, connection, attachment, (long)timing.Queued.TotalMilliseconds, Begin, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!Volatile.Read(ref hasStarted))
            {
                await UndoStartAsync(id, keeper).ConfigureAwait(false);
                throw;
            }

            void Begin()
            {
                Volatile.Write(ref hasStarted, true);
                Logger.Started(id);
            }
        }
    }

    private (ControlConnection Connection, int Pid) Launch(string id, long startTimestamp, KeeperStandardStreams? standardStreams, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        ContainerDescription description = RequireStartable(id).Description;
        return keepers.Launch(directories, id, startTimestamp, standardStreams, new KeeperNetwork(description.Network, isEngines: description.Engine is not null));
    }

    /// <summary>Opens a descriptor of a new keeper before it is reaped. Only a start that can be cancelled needs it.</summary>
    private static ProcessHandle? Hold(int pid, CancellationToken cancellationToken) => cancellationToken.CanBeCanceled ? ProcessHandle.TryOpen(pid) : null;

    private async Task<T> OrUndoAsync<T>(string id, ProcessHandle? keeper, Task<T> asked)
    {
        try
        {
            return await asked.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await UndoStartAsync(id, keeper).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lets the keeper end a cancelled start. A keeper that does not listen yet has no machine, and is killed.</summary>
    private async Task UndoStartAsync(string id, ProcessHandle? keeper)
    {
        using ControlConnection? connection = TryConnect(id);
        if (connection is null)
        {
            keeper?.Signal(SignalNumber.Kill);
            await AwaitReleaseAsync(id, CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            await EndByKeeperAsync(id, connection, new EndRequest(), endTimeout, "end", CancellationToken.None).ConfigureAwait(false);
        }

        Reconcile();
        Logger.StartUndone(id);
    }
}
