using Hearth.Containers;
using Hearth.Keeper.Running;
using Hearth.Linux.Processes;
using Hearth.Records.Events;

namespace Hearth.Keeper.Sessions;

/// <summary>
/// Sends signals to a container, and ends it. A request to end a container always succeeds, even if its guest or its monitor
/// does not answer: if they do not comply in time, the machine is killed.
/// </summary>
internal sealed class KeeperEnding(KeeperLife life, ContainerRun run, TimeProvider clock)
{
    /// <summary>How long to wait for the end of a killed process if the guest has not answered.</summary>
    private static readonly TimeSpan silentTimeout = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the run may take after the process's end. Readers take the remaining output in this time, and the guest writes
    /// back to volumes.
    /// </summary>
    private static readonly TimeSpan closingTimeout = TimeSpan.FromSeconds(90);

    /// <summary>How long to wait for the end of a killed process if the guest answers.</summary>
    private TimeSpan KillTimeout => life.AnswerTimeout > silentTimeout ? life.AnswerTimeout : silentTimeout;

    /// <summary>Sends a signal. SIGKILL ends the container even if the signal cannot be delivered.</summary>
    /// <returns>Completes when it is delivered.</returns>
    /// <exception cref="HearthException">
    /// The container has ended, or the guest or its monitor does not answer, or the guest refuses the signal.
    /// </exception>
    public async Task SignalAsync(int signal, bool all)
    {
        Announce(signal, signal == SignalNumber.Kill || signal == life.Description.StopSignal);
        if (signal == SignalNumber.Kill)
        {
            Task<bool> delivered = IsDeliveredAsync(signal, all);
            await Task.WhenAny(delivered, IsKilledAsync(delivered, KillTimeout)).ConfigureAwait(false);
            return;
        }

        try
        {
            await DeliverAsync(signal, all).ConfigureAwait(false);
        }
        catch (HearthException) when (life.ProcessGone.IsCompleted)
        {
            // The process ended before the answer arrived.
        }
    }

    /// <summary>
    /// 1. Sends the given signal. 2. Sends SIGKILL after the timeout. 3. Kills the machine if the process still does not end.
    /// </summary>
    /// <param name="signal">The first signal.</param>
    /// <param name="timeout">How long the process may take to end; infinite to wait as long as the guest answers.</param>
    /// <param name="keepsRestart">Whether a restart policy still applies.</param>
    /// <returns>Completes when all resources are released.</returns>
    /// <exception cref="HearthException">The container has ended.</exception>
    public async Task StopAsync(int signal, TimeSpan timeout, bool keepsRestart)
    {
        Announce(signal, isStop: !keepsRestart);
        Task<bool> asked = IsDeliveredAsync(signal, all: false);
        if (!await IsGoneAsync(asked, timeout).ConfigureAwait(false))
        {
            life.Events.Report(life.Description, EventAction.Kill, ContainerEvents.Signal(SignalNumber.Kill));
            bool hasAnswered = asked.IsCompletedSuccessfully && await asked.ConfigureAwait(false);
            await IsKilledAsync(IsDeliveredAsync(SignalNumber.Kill, all: true), hasAnswered ? KillTimeout : silentTimeout).ConfigureAwait(false);
        }

        if (!await IsDoneAsync(life.Ended, closingTimeout).ConfigureAwait(false))
        {
            run.EndByForce();
            await life.Ended.ConfigureAwait(false);
        }
    }

    /// <param name="signal">The signal.</param>
    /// <param name="isStop">Whether a user asks for the end.</param>
    private void Announce(int signal, bool isStop)
    {
        if (life.Ended.IsCompleted)
        {
            throw new HearthException(HearthError.WrongState, $"cannot kill container '{life.Description.Name}': it has ended");
        }

        if (isStop)
        {
            life.RecordStop();
        }

        life.Events.Report(life.Description, EventAction.Kill, ContainerEvents.Signal(signal));
    }

    /// <summary>Delivers a signal; resumes a paused machine first.</summary>
    private async Task DeliverAsync(int signal, bool all)
    {
        if (life.State.Status == ContainerStatus.Paused)
        {
            await life.ResumeAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await run.SignalAsync(signal, all).ConfigureAwait(false);
    }

    /// <returns>False if the guest or the monitor does not answer. A refusal is an answer.</returns>
    private async Task<bool> IsDeliveredAsync(int signal, bool all)
    {
        try
        {
            await DeliverAsync(signal, all).ConfigureAwait(false);
            return true;
        }
        catch (HearthException failure)
        {
            return failure.Error is not (HearthError.GuestSilent or HearthError.MachineSilent);
        }
    }

    /// <summary>Waits for the process's end until the timeout, or until it is known that the guest does not answer.</summary>
    private async Task<bool> IsGoneAsync(Task<bool> asked, TimeSpan timeout)
    {
        Task<bool> gone = IsDoneAsync(life.ProcessGone, timeout);
        return await Task.WhenAny(gone, asked).ConfigureAwait(false) == asked && !await asked.ConfigureAwait(false)
            ? life.ProcessGone.IsCompleted
            : await gone.ConfigureAwait(false);
    }

    /// <summary>Waits for the end of a killed process, and kills the machine if it does not end.</summary>
    /// <returns>True if the process ended before the machine had to be killed.</returns>
    private async Task<bool> IsKilledAsync(Task<bool> delivered, TimeSpan timeout)
    {
        bool isPointless = life.IsMonitorStopped && !delivered.IsCompleted;
        if (await IsDoneAsync(life.ProcessGone, isPointless ? TimeSpan.Zero : timeout).ConfigureAwait(false))
        {
            return true;
        }

        run.EndByForce();
        return false;
    }

    private async Task<bool> IsDoneAsync(Task task, TimeSpan timeout)
    {
        try
        {
            await task.WaitAsync(timeout, clock).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
        catch (HearthException)
        {
            return true; // The guest's channel ended first.
        }
    }
}
