using Hearth.Containers;
using Hearth.Control;
using Hearth.Linux.Processes;
using Hearth.Records;
using Hearth.Records.Events;
using Hearth.Records.Recovery;

namespace Hearth.Client;

/// <content>
/// How containers end. A keeper ends its container even if the guest or the VMM does not answer. A keeper that does not answer
/// is killed, and everything that it holds ends with it.
/// </content>
public sealed partial class ContainerService
{
    /// <summary>A keeper that has not ended its machine and released everything within this time is killed.</summary>
    private static readonly TimeSpan endTimeout = TimeSpan.FromSeconds(20);

    /// <summary>The same after a stop, since the guest may have to write data back and the output must be read.</summary>
    private static readonly TimeSpan stopEndTimeout = TimeSpan.FromSeconds(180);

    /// <summary>How long a kill waits for the end.</summary>
    private static readonly TimeSpan killTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Sends a signal to a container's process. SIGKILL ends the container even if guest, VMM or keeper do not answer.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="signal">The signal's number.</param>
    /// <param name="all">True for all processes of the container.</param>
    /// <param name="cancellationToken">Ends the wait; the signal is delivered nevertheless.</param>
    /// <exception cref="HearthException">The container does not run, or the signal cannot be delivered.</exception>
    public async Task SignalAsync(string id, int signal, bool all = false, CancellationToken cancellationToken = default)
    {
        try
        {
            await ActAsync(id, "kill", new SignalRequest(signal, all, ExecId: null), cancellationToken).ConfigureAwait(false);
        }
        catch (HearthException silent) when (silent.Error == HearthError.KeeperSilent && signal == SignalNumber.Kill)
        {
            await EndByKillingAsync(id, cancellationToken).ConfigureAwait(false);
        }

        Logger.Signalled(id, signal);
    }

    /// <summary>Sends a signal to a container's process. After SIGKILL, waits for the container's end, as docker does: for ten seconds at most.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="signal">The signal's number.</param>
    /// <param name="cancellationToken">Ends the wait; the signal is delivered nevertheless.</param>
    /// <exception cref="HearthException">The container does not run, or the signal cannot be delivered.</exception>
    public async Task KillAsync(string id, int signal, CancellationToken cancellationToken = default)
    {
        await SignalAsync(id, signal, all: false, cancellationToken).ConfigureAwait(false);
        if (signal != SignalNumber.Kill)
        {
            return;
        }

        using CancellationTokenSource deadline = new(killTimeout, Clock);
        using CancellationTokenRegistration either = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), deadline);
        try
        {
            _ = await AwaitEndAsync(id, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or HearthException && !cancellationToken.IsCancellationRequested)
        {
            // It was killed, whatever still holds it, and may have been removed at its end.
        }
    }

    /// <summary>
    /// Stops a container: sends its stop signal, and SIGKILL after the timeout. Returns when the container has ended, immediately if it
    /// does not run.
    /// </summary>
    /// <param name="id">The full id.</param>
    /// <param name="timeout">Null for the container's own; negative to wait without limit.</param>
    /// <param name="signal">Null for the container's own.</param>
    /// <param name="cancellationToken">Ends the wait; the stop continues, with its timeout.</param>
    public Task StopAsync(string id, TimeSpan? timeout = null, int? signal = null, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "stop", EndInOrderAsync(id, timeout, signal, keepsRestart: false, cancellationToken));

    /// <summary>Stops a container since its host shuts down: its restart policy still applies, so the next daemon starts it again.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="cancellationToken">Ends the wait; the stop continues, with its timeout.</param>
    public Task StopForRestartAsync(string id, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "stop", EndInOrderAsync(id, timeout: null, signal: null, keepsRestart: true, cancellationToken));

    private async Task EndInOrderAsync(string id, TimeSpan? timeout, int? signal, bool keepsRestart, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Container container = Read(id);
        using ControlConnection? connection = TryConnect(id);
        if (connection is null)
        {
            await AwaitReleaseAsync(id, cancellationToken).ConfigureAwait(false);
            if (!keepsRestart)
            {
                RecordStop(container);
            }

            return;
        }

        TimeSpan wait = timeout ?? TimeSpan.FromSeconds(container.Description.StopTimeoutSeconds);
        StopRequest request = new(signal ?? container.Description.StopSignal, (long)wait.TotalMilliseconds) { KeepsRestart = keepsRestart };
        await EndByKeeperAsync(id, connection, request, wait < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : wait + stopEndTimeout, "stop", cancellationToken).ConfigureAwait(false);
        events.Report(container.Description, EventAction.Stop);
        Logger.Stopped(id);
    }

    /// <summary>Records a stop between two runs of a container that is started again after its end.</summary>
    private void RecordStop(Container container)
    {
        using ContainerHold? hold = container.Description.Restart is null ? null : store.TryHold(container.Id);
        if (hold is not null && store.TryRead(container.Id) is { State.StoppedByUser: false } ended)
        {
            store.WriteState(container.Id, ended.State with { StoppedByUser = true });
        }
    }

    /// <summary>Waits until a container has ended.</summary>
    /// <param name="id">The full id.</param>
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

        // Its keeper is about to exit, or was killed.
        await AwaitReleaseAsync(id, cancellationToken).ConfigureAwait(false);
        Reconcile();
        return Read(id).State.ExitCode;
    }

    /// <summary>Removes a container.</summary>
    /// <param name="id">The full id.</param>
    /// <param name="force">True to end the container first, immediately; also removes one whose record cannot be read.</param>
    /// <param name="removesVolumes">True to remove its anonymous volumes too, unless another container has them.</param>
    /// <param name="cancellationToken">Ends the wait. The container ends nevertheless, but is not removed.</param>
    /// <exception cref="HearthException">The container runs, or cannot be removed.</exception>
    public Task RemoveAsync(string id, bool force, bool removesVolumes = false, CancellationToken cancellationToken = default) =>
        LogFailureAsync(id, "remove", TakeAwayAsync(id, force, removesVolumes, cancellationToken));

    private async Task TakeAwayAsync(string id, bool force, bool removesVolumes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (force && IsDamaged(id))
        {
            await TakeAwayDamagedAsync(id, cancellationToken).ConfigureAwait(false);
            return;
        }

        Container container = Read(id);
        if (force)
        {
            await EndAsync(id, cancellationToken).ConfigureAwait(false);
            if (store.TryRead(id) is not { } ended)
            {
                return; // It was removed automatically at its end, and that event is already reported.
            }

            container = ended;
        }

        using ContainerHold? hold = store.TryHold(id) ?? await HoldEndedAsync(id, cancellationToken).ConfigureAwait(false);
        if (hold is null)
        {
            string status = container.State.Status == ContainerStatus.Created ? "starts" : $"is {container.State.Status.ToString().ToLowerInvariant()}";
            throw new HearthException(HearthError.WrongState,
                $"cannot remove container '{container.Name}': it {status}; stop it first ('hearth stop {container.Name}'), or remove it by force ('hearth rm -f')");
        }

        store.Remove(container);
        try
        {
            if (removesVolumes)
            {
                store.RemoveVolumes(container);
            }
        }
        finally
        {
            events.Report(container.Description, EventAction.Destroy);
            Logger.Removed(id);
        }
    }

    /// <summary>Whether a record exists and cannot be read.</summary>
    public bool IsDamaged(string id)
    {
        try
        {
            _ = store.TryRead(id);
            return false;
        }
        catch (HearthException exception) when (exception.Error == HearthError.StorageFailed)
        {
            return true;
        }
    }

    /// <summary>Removes a container of which only the id is known.</summary>
    private async Task TakeAwayDamagedAsync(string id, CancellationToken cancellationToken)
    {
        using (ControlConnection? connection = TryConnect(id))
        {
            if (connection is not null)
            {
                await connection.SendAsync(new EndRequest(), cancellationToken).ConfigureAwait(false);
            }
        }

        using ContainerHold hold = await HoldDamagedAsync(id, cancellationToken).ConfigureAwait(false);
        store.RemoveDamaged(id);
        events.ReportUnreadable(id, EventAction.Destroy);
        Logger.Removed(id);
    }

    private async Task<ContainerHold> HoldDamagedAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await store.HoldAsync(id, endTimeout, Clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new HearthException(HearthError.WrongState, $"cannot remove container {id[..12]}: another process holds it, and its record cannot be read; end that process first");
        }
    }

    /// <summary>A keeper reports the end of its container before it has released everything; then it lets go.</summary>
    /// <returns>Null if the container has not ended.</returns>
    private async Task<ContainerHold?> HoldEndedAsync(string id, CancellationToken cancellationToken)
    {
        if (Read(id).State.Status != ContainerStatus.Exited)
        {
            return null;
        }

        try
        {
            return await store.HoldAsync(id, endTimeout, Clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>Ends a container immediately, if it runs.</summary>
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
        Logger.EndedByForce(id);
    }

    /// <summary>Lets the keeper end its container. Kills a keeper that does not answer or does not end in time.</summary>
    private async Task EndByKeeperAsync(string id, ControlConnection connection, ControlMessage request, TimeSpan timeout, string act, CancellationToken cancellationToken)
    {
        try
        {
            await connection.SendAsync(request, cancellationToken).ConfigureAwait(false);
            await ExpectEndAsync(connection, Watch(id, act), cancellationToken).WaitAsync(timeout, Clock, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is TimeoutException or IOException or HearthException { Error: HearthError.KeeperSilent })
        {
            await EndByKillingAsync(id, cancellationToken).ConfigureAwait(false);
            return;
        }

        await AwaitReleaseAsync(id, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Kills a keeper. Its machine ends with it; this process releases everything else that it held.</summary>
    private async Task EndByKillingAsync(string id, CancellationToken cancellationToken)
    {
        if (KeeperOf(id) is { } keeper)
        {
            // Signals a descriptor, since the pid may belong to another process by now.
            using ProcessHandle? process = ProcessHandle.TryOpen(keeper.Pid);
            if (keeper.IsAlive)
            {
                process?.Signal(SignalNumber.Kill);
                Logger.KeeperKilled(id);
            }
        }

        await AwaitReleaseAsync(id, cancellationToken).ConfigureAwait(false);
        Reconcile();
    }

    /// <summary>
    /// The process that holds a container, from the container's state. At the beginning and the end of a run, from the record of the
    /// run's resources.
    /// </summary>
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

    /// <summary>Waits until no process holds the container.</summary>
    private async Task AwaitReleaseAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            using ContainerHold hold = await store.HoldAsync(id, endTimeout, Clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            throw new HearthException(HearthError.KeeperSilent, $"container {id[..12]} has not ended within {endTimeout.TotalSeconds:0} s; 'hearth rm -f {id[..12]}' ends it by force");
        }
        catch (HearthException gone) when (gone.Error == HearthError.ContainerUnknown)
        {
            // It was removed at its end.
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
