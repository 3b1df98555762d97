using Hearth.Containers;
using Hearth.Control;
using Hearth.Linux.Processes;

namespace Hearth.Client;

/// <summary>
/// A client's waiting for a keeper. What was asked for may take long by itself, so a keeper that says nothing for a while is asked
/// by another connection whether it is there; one that does not answer that is given up.
/// </summary>
/// <param name="directory">The container's, in which its keeper listens.</param>
/// <param name="act">What was asked for, as the rest of "cannot".</param>
/// <param name="find">The container's name, and its keeper where it is known.</param>
/// <param name="clock">Where the time comes from.</param>
internal sealed class KeeperWatch(string directory, string act, Func<(string Name, ProcessIdentity? Keeper)> find, TimeProvider clock)
{
    /// <summary>Of silence, before the keeper is asked whether it is there.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromSeconds(3);

    /// <summary>A keeper answers at once, but for one whose host is overloaded.</summary>
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

    /// <summary>For who waits by the calling thread: returns where the keeper is there.</summary>
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

        // Nobody listens where a keeper has not begun to, or is about to end: what is waited for shows which.
        using ControlConnection? connection = ControlSocket.TryConnect(directory) is { } socket ? new ControlConnection(socket) : null;
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

    /// <summary>Any answer will do, also that of an older keeper that does not know the question.</summary>
    private static async Task PingAsync(ControlConnection connection)
    {
        try
        {
            await connection.SendAsync(new PingRequest()).ConfigureAwait(false);
            await connection.ReceiveMessageAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or HearthException)
        {
            // It has just ended, which the other connection shows.
        }
    }

    private HearthException Silent(string name, string why) =>
        new(HearthError.KeeperSilent, $"cannot {act} container '{name}': {why}'hearth rm -f {name}' ends the container");

    private static void Observe(Task task) =>
        task.ContinueWith(static one => _ = one.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
}
