using Hearth.Containers;
using Hearth.Control;
using Hearth.Linux.Processes;

namespace Hearth.Client;

/// <summary>
/// Waits for a keeper on behalf of a client. A request may rightly take long. So a keeper that is silent for a while gets a ping
/// on another connection. If it does not answer the ping, the wait fails.
/// </summary>
/// <param name="connect">Connects to the keeper; null if nobody listens.</param>
/// <param name="act">The requested operation, as the verb after "cannot".</param>
/// <param name="find">Finds the container's name, and its keeper if that is known.</param>
/// <param name="clock">The source of the time.</param>
internal sealed class KeeperWatch(Func<ValueTask<ControlConnection?>> connect, string act, Func<(string Name, ProcessIdentity? Keeper)> find, TimeProvider clock)
{
    /// <summary>How long a keeper may be silent before it gets a ping.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);

    /// <summary>A keeper answers a ping immediately, unless its host is overloaded.</summary>
    private static readonly TimeSpan answerTimeout = TimeSpan.FromSeconds(20);

    /// <exception cref="HearthException">The keeper does not answer.</exception>
    public async Task<T> WhileAliveAsync<T>(Task<T> task, CancellationToken cancellationToken = default)
    {
        await WhileAliveAsync((Task)task, cancellationToken).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    /// <exception cref="HearthException">The keeper does not answer.</exception>
    public async Task WhileAliveAsync(Task task, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                await task.WaitAsync(Quiet, clock, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (TimeoutException) when (!task.IsCompleted)
            {
                await ProbeAsync(task, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!task.IsCompleted)
            {
                Observe(task);
                throw;
            }
        }
    }

    /// <summary>For a caller that waits with its own thread: returns if the keeper answers.</summary>
    /// <exception cref="HearthException">The keeper does not answer.</exception>
    public void Probe() => ProbeAsync(Task.Delay(Timeout.Infinite, CancellationToken.None), CancellationToken.None).GetAwaiter().GetResult();

    private async Task ProbeAsync(Task task, CancellationToken cancellationToken)
    {
        (string name, ProcessIdentity? keeper) = find();
        if (keeper is { IsAlive: true } && ProcessStates.IsStopped(keeper.Pid))
        {
            Observe(task);
            throw Silent(name, $"its keeper (process {keeper.Pid}) is stopped; 'kill -CONT {keeper.Pid}' lets it go on, ");
        }

        // Nobody listens if a keeper has not begun to, or is about to end. The result of the task shows which.
        using ControlConnection? connection = await connect().ConfigureAwait(false);
        if (connection is null)
        {
            return;
        }

        try
        {
            await Task.WhenAny(PingAsync(connection), task).WaitAsync(answerTimeout, clock, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Observe(task);
            throw Silent(name, $"its keeper{(keeper is null ? "" : $" (process {keeper.Pid})")} has not answered for {answerTimeout.TotalSeconds:0} s; ");
        }
    }

    /// <summary>Any answer is enough, also the error of an older keeper that does not know the request.</summary>
    private static async Task PingAsync(ControlConnection connection)
    {
        try
        {
            await connection.SendAsync(new PingRequest()).ConfigureAwait(false);
            await connection.ReceiveMessageAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HearthException)
        {
            // The keeper has just ended. The other connection reports that.
        }
    }

    private HearthException Silent(string name, string why) =>
        new(HearthError.KeeperSilent, $"cannot {act} container '{name}': {why}'hearth rm -f {name}' ends the container");

    private static void Observe(Task task) =>
        task.ContinueWith(static one => _ = one.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
