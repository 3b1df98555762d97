using Hearth.Containers;
using Hearth.Keeper.Running;
using Hearth.Linux.Processes;
using Hearth.Records.Events;

namespace Hearth.Keeper.Sessions;

/// <summary>
/// Signals for a container, and the ways to its end. What is to end a container always does, whether its guest and its monitor
/// answer or not: where they do not follow in time, the machine is killed.
/// </summary>
internal sealed class KeeperEnding(KeeperLife life, ContainerRun run, TimeProvider clock)
{
    /// <summary>For a process that is killed through a guest of which nothing was heard.</summary>
    private static readonly TimeSpan silentTimeout = TimeSpan.FromSeconds(5);

    /// <summary>After the process's end: what output its readers still take, and what the guest writes back to volumes.</summary>
    private static readonly TimeSpan closingTimeout = TimeSpan.FromSeconds(90);

    /// <summary>For a process that is killed through a guest that answers.</summary>
    private TimeSpan KillTimeout => life.AnswerTimeout > silentTimeout ? life.AnswerTimeout : silentTimeout;

    /// <summary>Sends a signal. SIGKILL ends the container also where nobody takes the signal.</summary>
    /// <returns>Done when it is delivered.</returns>
    /// <exception cref="HearthException">It has ended, or the guest or its monitor does not answer, or refuses the signal.</exception>
    public async Task SignalAsync(int signal, bool all)
    {
        Announce(signal);
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
            // Its end was faster than the answer.
        }
    }

    /// <summary>1. The signal that asks. 2. After the time, the one that does not. 3. Where the guest does not even follow that, the machine's end.</summary>
    /// <param name="signal">The one that asks.</param>
    /// <param name="timeout">How long it may take; infinite to wait for ever, as long as somebody is there to follow.</param>
    /// <returns>Done when all was given back.</returns>
    /// <exception cref="HearthException">It has ended.</exception>
    public async Task StopAsync(int signal, TimeSpan timeout)
    {
        Announce(signal);
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

    private void Announce(int signal)
    {
        if (life.Ended.IsCompleted)
        {
            throw new HearthException(HearthError.WrongState, $"cannot kill container '{life.Description.Name}': it has ended");
        }

        life.Events.Report(life.Description, EventAction.Kill, ContainerEvents.Signal(signal));
    }

    /// <summary>A machine that stands still goes on first.</summary>
    private async Task DeliverAsync(int signal, bool all)
    {
        if (life.State.Status == ContainerStatus.Paused)
        {
            await life.ResumeAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await run.SignalAsync(signal, all).ConfigureAwait(false);
    }

    /// <returns>False where nobody answers. A guest that refuses the signal does.</returns>
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

    /// <summary>Waits for the process's end as long as it may take, or until it is known that nobody is there to follow.</summary>
    private async Task<bool> IsGoneAsync(Task<bool> asked, TimeSpan timeout)
    {
        Task<bool> gone = IsDoneAsync(life.ProcessGone, timeout);
        return await Task.WhenAny(gone, asked).ConfigureAwait(false) == asked && !await asked.ConfigureAwait(false)
            ? life.ProcessGone.IsCompleted
            : await gone.ConfigureAwait(false);
    }

    /// <summary>Waits for the end of a process that was killed, and ends the machine of one that does not end.</summary>
    /// <returns>Whether the guest had followed.</returns>
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
