using Hearth.Containers;
using Hearth.Control;
using Hearth.Linux.Processes;
using Hearth.Records;
using Hearth.Records.Events;
using Hearth.Records.Recovery;

namespace Hearth.Client;

/// <content>
/// How containers end. A keeper sees to it that a guest and a monitor that do not answer hold nothing up; a keeper that does not
/// answer itself is killed, and with it all that it holds.
/// </content>
public sealed partial class ContainerService
{
    /// <summary>A keeper ends a machine and gives everything back within this time, or its container is taken from it.</summary>
    private static readonly TimeSpan endTimeout = TimeSpan.FromSeconds(20);

    /// <summary>The same after a stop, where the guest may have to write back and the output to be read.</summary>
    private static readonly TimeSpan stopEndTimeout = TimeSpan.FromSeconds(180);

    /// <summary>Sends a signal to a container's process. SIGKILL ends the container, whatever does not answer.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="signal">Its number.</param>
    /// <param name="all">True for all processes of the container.</param>
    /// <param name="cancellationToken">Ends the wait; the signal is delivered nevertheless.</param>
    /// <exception cref="HearthException">The container does not run, or the signal cannot be delivered.</exception>
    public async Task KillAsync(string id, int signal, bool all = false, CancellationToken cancellationToken = default)
    {
        try
        {
            await ActAsync(id, "kill", new SignalRequest(signal, all, ExecId: null), cancellationToken).ConfigureAwait(false);
        }
        catch (HearthException silent) when (silent.Error == HearthError.KeeperSilent && signal == SignalNumber.Kill)
        {
            await EndByKillingAsync(id, cancellationToken).ConfigureAwait(false);
        }

        log.Signalled(id, signal);
    }

    /// <summary>Ends a container: its stop signal, and when the time is over SIGKILL. Returns when it has ended, also where it had already.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="timeout">Null for the container's own; negative to wait for ever.</param>
    /// <param name="signal">Null for the container's own.</param>
    /// <param name="cancellationToken">Ends the wait; the stop goes on, with its time limit.</param>
    public Task StopAsync(string id, TimeSpan? timeout = null, int? signal = null, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "stop", EndInOrderAsync(id, timeout, signal, cancellationToken));

    private async Task EndInOrderAsync(string id, TimeSpan? timeout, int? signal, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Container container = Read(id);
        using ControlConnection? connection = TryConnect(id);
        if (connection is null)
        {
            await AwaitReleaseAsync(id, cancellationToken).ConfigureAwait(false);
            return;
        }

        TimeSpan wait = timeout ?? TimeSpan.FromSeconds(container.Description.StopTimeoutSeconds);
        StopRequest request = new(signal ?? container.Description.StopSignal, (long)wait.TotalMilliseconds);
        await EndByKeeperAsync(id, connection, request, wait < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : wait + stopEndTimeout, "stop", cancellationToken).ConfigureAwait(false);
        events.Report(container.Description, EventAction.Stop);
        log.Stopped(id);
    }

    /// <summary>Waits until a container has ended.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="cancellationToken">Ends the wait; nothing else changes.</param>
    /// <returns>Its exit code.</returns>
    public Task<int> WaitAsync(string id, CancellationToken cancellationToken = default) => LogFailureAsync(id, "wait for", AwaitEndAsync(id, cancellationToken));

    private async Task<int> AwaitEndAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
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
        await AwaitReleaseAsync(id, cancellationToken).ConfigureAwait(false);
        Reconcile();
        return Read(id).State.ExitCode;
    }

    /// <summary>Removes a container.</summary>
    /// <param name="id">Whole.</param>
    /// <param name="force">True to end it first, at once.</param>
    /// <param name="cancellationToken">Ends the wait for the container's end, which comes nevertheless; the container is not removed then.</param>
    /// <exception cref="HearthException">It runs, or cannot be removed.</exception>
    public Task RemoveAsync(string id, bool force, CancellationToken cancellationToken = default) => LogFailureAsync(id, "remove", TakeAwayAsync(id, force, cancellationToken));

    private async Task TakeAwayAsync(string id, bool force, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Container container = Read(id);
        if (force)
        {
            await EndAsync(id, cancellationToken).ConfigureAwait(false);
            if (store.TryRead(id) is not { } ended)
            {
                return; // It was to go when it ended; whoever removed it has told so.
            }

            container = ended;
        }

        using ContainerHold? hold = store.TryHold(id);
        if (hold is null)
        {
            throw new HearthException(HearthError.WrongState,
                $"cannot remove container '{container.Name}': it is {container.State.Status.ToString().ToLowerInvariant()}; stop it first ('hearth stop {container.Name}'), or remove it by force ('hearth rm -f')");
        }

        store.Remove(container);
        events.Report(container.Description, EventAction.Destroy);
        log.Removed(id);
    }

    /// <summary>Ends what runs of a container at once.</summary>
    private async Task EndAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using ControlConnection? connection = TryConnect(id);
        if (connection is null)
        {
            await AwaitReleaseAsync(id, cancellationToken).ConfigureAwait(false);
            Reconcile();
            return;
        }

        await EndByKeeperAsync(id, connection, new EndRequest(), endTimeout, "end", cancellationToken).ConfigureAwait(false);
        Reconcile();
        log.EndedByForce(id);
    }

    /// <summary>Has a keeper end its container, and kills one that does not answer or does not come to an end.</summary>
    private async Task EndByKeeperAsync(string id, ControlConnection connection, ControlMessage request, TimeSpan timeout, string act, CancellationToken cancellationToken)
    {
        try
        {
            await connection.SendAsync(request, cancellationToken).ConfigureAwait(false);
            await ExpectEndAsync(connection, Watch(id, act), cancellationToken).WaitAsync(timeout, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or IOException or HearthException { Error: HearthError.KeeperSilent })
        {
            await EndByKillingAsync(id, cancellationToken).ConfigureAwait(false);
            return;
        }

        await AwaitReleaseAsync(id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Kills a keeper: its machine ends with it, and what else it held is given back here.</summary>
    private async Task EndByKillingAsync(string id, CancellationToken cancellationToken)
    {
        if (KeeperOf(id) is { } keeper)
        {
            // By a descriptor: its number may be another process's by now.
            using ProcessHandle? process = ProcessHandle.TryOpen(keeper.Pid);
            if (keeper.IsAlive)
            {
                process?.Signal(SignalNumber.Kill);
                log.KeeperKilled(id);
            }
        }

        await AwaitReleaseAsync(id, cancellationToken).ConfigureAwait(false);
        Reconcile();
    }

    /// <summary>The process that holds a container: by its state, or at the beginning and the end of a run by what it has taken of the host.</summary>
    private ProcessIdentity? KeeperOf(string id)
    {
        if (store.TryRead(id)?.State is { IsHeld: true, Keeper: { } keeper })
        {
            return keeper;
        }

        try
        {
            return RunResources.Parse(File.ReadAllBytes(Path.Combine(directories.Containers, id, RunDirectory.ResourcesFile)))?.Owner;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Waits until nobody holds the container any more.</summary>
    private async Task AwaitReleaseAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            using ContainerHold hold = await store.HoldAsync(id, endTimeout, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new HearthException(HearthError.KeeperSilent, $"container {id[..12]} has not ended within {endTimeout.TotalSeconds:0} s; 'hearth rm -f {id[..12]}' ends it by force");
        }
        catch (HearthException gone) when (gone.Error == HearthError.ContainerUnknown)
        {
            // Removed at its end.
        }
    }

    private static async Task ExpectEndAsync(ControlConnection connection, KeeperWatch watch, CancellationToken cancellationToken)
    {
        ControlMessage? reply = await watch.WhileAliveAsync(connection.ReceiveMessageAsync(cancellationToken).AsTask(), cancellationToken).ConfigureAwait(false);
        if (reply is FailedReply { Error: not HearthError.WrongState } failed)
        {
            throw new HearthException(failed.Error, failed.Message);
        }
    }
}
