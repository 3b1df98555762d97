using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Control;
using Hearth.Linux.Processes;

namespace Hearth.Client;

/// <summary>Container engines start a container in two steps: they create its machine, and later start its process.</summary>
public sealed partial class ContainerService
{
    /// <summary>Boots a container's machine without starting its process.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="streams">The keeper's standard streams.</param>
    /// <param name="startTimestamp">When it was requested: a timestamp of the Clock.</param>
    /// <param name="diagnose">Receives diagnostics for the waiting user.</param>
    /// <param name="cancellationToken">Undoes the preparation, as <see cref="StartAsync"/> does.</param>
    /// <returns>The keeper's pid. It is a child of this process, and the caller must reap it.</returns>
    /// <exception cref="HearthException">The container runs already, or could not be prepared.</exception>
    public Task<int> PrepareAsync(string id, KeeperStandardStreams streams, long startTimestamp, Action<Diagnostic> diagnose, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "create", LaunchPreparedAsync(id, streams, startTimestamp, diagnose, cancellationToken));

    /// <summary>Starts the process of a prepared container.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the container by force before this throws: its prepared state cannot be restored.</param>
    /// <exception cref="HearthException">The container is not prepared or runs already, or its process cannot be started.</exception>
    public Task<StartedReply> StartPreparedAsync(string id, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "start", ReleasePreparedAsync(id, cancellationToken));

    /// <summary>Ends a container by force, if it runs.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait; the container ends nevertheless, but a keeper that does not answer is not killed.</param>
    public Task EndByForceAsync(string id, CancellationToken cancellationToken = default) => LogFailureAsync(id, "end", EndAsync(id, cancellationToken));

    private async Task<int> LaunchPreparedAsync(string id, KeeperStandardStreams streams, long startTimestamp, Action<Diagnostic> diagnose, CancellationToken cancellationToken)
    {
        (ControlConnection connection, int pid) = Launch(id, startTimestamp, streams, cancellationToken);
        using ProcessHandle? keeper = Hold(pid, cancellationToken);
        using (connection)
        {
            try
            {
                await AskAsync<DoneReply>(id, connection, "create", new PrepareRequest(), LogAnd(diagnose), cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // The caller does not get the pid, so it cannot reap the keeper.
                ChildReaping.Begin(pid);
                await UndoStartAsync(id, keeper).ConfigureAwait(false);
                throw;
            }
        }

        Logger.Prepared(id, pid);
        return pid;
    }

    private async Task<StartedReply> ReleasePreparedAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ControlConnection connection = await ConnectAsync(id, "start", cancellationToken).ConfigureAwait(false);
        StartRequest request = new(Attach: false, Input: false, Size: null);
        StartedReply reply = await OrUndoAsync(id, keeper: null, AskAsync<StartedReply>(id, connection, "start", request, Log, cancellationToken)).ConfigureAwait(false);
        Logger.Started(id);
        return reply;
    }
}
