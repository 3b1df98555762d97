using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Keeper.Guest;

/// <content>Waiting for a guest that may have stopped answering.</content>
internal sealed partial class GuestSession
{
    private readonly GuestDeadline deadline;

    /// <summary>How long the guest may leave what costs nothing without an answer.</summary>
    public TimeSpan AnswerTimeout => deadline.Answer;

    /// <summary>Whether the guest's processors stand still on purpose: then its silence says nothing.</summary>
    public bool IsSuspended { get; set; }

    /// <summary>Waits for what the guest does, as long as the guest answers.</summary>
    /// <param name="task">What is waited for.</param>
    /// <param name="act">The rest of "cannot", for the message.</param>
    /// <param name="cancellationToken">Gives up the waiting.</param>
    /// <exception cref="HearthException">The guest answers no more.</exception>
    public async Task<T> WhileAnsweringAsync<T>(Task<T> task, string act, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await task.WaitAsync(deadline.Quiet, deadline.Clock, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException) when (!task.IsCompleted)
            {
                if (!IsSuspended)
                {
                    await ProbeAsync(task, act, cancellationToken).ConfigureAwait(false);
                }
            }
        }
    }

    /// <summary>Asks for what the guest knows without looking for it; any answer will do, and the one that is waited for as well.</summary>
    private async Task ProbeAsync(Task task, string act, CancellationToken cancellationToken)
    {
        if (deadline.IsMonitorStopped && !IsSuspended)
        {
            Observe(task);
            throw deadline.Missed(act);
        }

        using CancellationTokenSource giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<GuestAnswer> answer = RequestAsync(new QueryStatistics(), act, giveUp.Token);
        try
        {
            await Task.WhenAny(answer, task).WaitAsync(deadline.Answer, deadline.Clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!IsSuspended)
        {
            Observe(task);
            throw deadline.Missed(act);
        }
        catch (TimeoutException)
        {
            // It was suspended meanwhile.
        }
        finally
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            Observe(answer);
        }
    }
}
