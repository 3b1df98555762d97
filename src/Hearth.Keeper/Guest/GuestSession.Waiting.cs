using Hearth.Containers;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Keeper.Guest;

/// <content>Waiting for a guest that may have stopped answering.</content>
internal sealed partial class GuestSession
{
    private readonly GuestDeadline deadline;

    /// <summary>How long the guest may take to answer a query that needs no work.</summary>
    public TimeSpan AnswerTimeout => deadline.Answer;

    /// <summary>Whether the guest's processors are suspended on purpose: then its silence is no sign of a failure.</summary>
    public bool IsSuspended { get; set; }

    /// <summary>Waits for an operation of the guest, as long as the guest answers queries.</summary>
    /// <param name="task">The operation.</param>
    /// <param name="act">What it does, as the rest of "cannot" in an error message.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <exception cref="HearthException">The guest does not answer any more.</exception>
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

    /// <summary>
    /// Sends a query that needs no work. Any answer shows that the guest is responsive, and so does the end of the task.
    /// </summary>
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
            // The guest was suspended during the wait.
        }
        finally
        {
            await giveUp.CancelAsync().ConfigureAwait(false);
            Observe(answer);
        }
    }
}
