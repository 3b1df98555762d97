using Hearth.Containers;
using Hearth.Containers.Diagnostics;
using Hearth.Control;
using Hearth.Linux.Processes;

namespace Hearth.Client;

/// <summary>What container engines divide: the making of a machine, and the start of what runs in it.</summary>
public sealed partial class ContainerService
{
    /// <summary>Boots a container's machine and holds its process back.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="streams">What becomes the keeper's standard streams.</param>
    /// <param name="startTimestamp">When it was asked for, by the clock.</param>
    /// <param name="diagnose">Gets what whoever waits should know.</param>
    /// <param name="cancellationToken">Undoes it, as <see cref="StartAsync"/> does.</param>
    /// <returns>The keeper's pid. It is a child of this process, which does not wait for it.</returns>
    /// <exception cref="HearthException">It runs already, or could not be prepared.</exception>
    public Task<int> PrepareAsync(string id, KeeperStandardStreams streams, long startTimestamp, Action<Diagnostic> diagnose, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "create", LaunchPreparedAsync(id, streams, startTimestamp, diagnose, cancellationToken));

    /// <summary>Starts the process of a container that was prepared.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="cancellationToken">Ends the container by force before this throws: it cannot be prepared again as it was.</param>
    /// <exception cref="HearthException">It was not, or was started, or its process cannot be.</exception>
    public Task<StartedReply> StartPreparedAsync(string id, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "start", ReleasePreparedAsync(id, cancellationToken));

    /// <summary>Ends what runs of a container, by force.</summary>
    /// <param name="id">Whole.</param>
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
                // Nobody gets the pid to wait for it.
                ChildReaping.Begin(pid);
                await UndoStartAsync(id, keeper).ConfigureAwait(false);
                throw;
            }
        }

        log.Prepared(id, pid);
        return pid;
    }

    private async Task<StartedReply> ReleasePreparedAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ControlConnection connection = Connect(id, "start");
        StartRequest request = new(Attach: false, Input: false, Size: null);
        StartedReply reply = await OrUndoAsync(id, keeper: null, AskAsync<StartedReply>(id, connection, "start", request, Log, cancellationToken)).ConfigureAwait(false);
        log.Started(id);
        return reply;
    }
}
