using Hearth.Containers;

namespace Hearth.Remote;

/// <summary>Asks a worker again after its connection was lost: a worker restarts within seconds.</summary>
/// <param name="clock">Measures the time.</param>
internal sealed class Reconnection(TimeProvider clock)
{
    private static readonly TimeSpan timeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan pause = TimeSpan.FromMilliseconds(500);

    private long? lost;

    private bool MayRetry => lost is { } since && clock.GetElapsedTime(since) < timeout;

    /// <summary>The worker has sent something.</summary>
    public void NoteProgress() => lost = null;

    /// <summary>The connection was lost. Waits before the next attempt.</summary>
    /// <param name="failure">Thrown if the worker has sent nothing for too long.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HearthException">It has sent nothing for too long.</exception>
    public async Task PauseAsync(HearthException failure, CancellationToken cancellationToken)
    {
        lost ??= clock.GetTimestamp();
        if (!MayRetry)
        {
            throw failure;
        }

        await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Connects; after a loss, again and again while the worker cannot be reached.</summary>
    /// <param name="connect">One attempt.</param>
    /// <param name="cancellationToken">Ends the wait between attempts.</param>
    /// <exception cref="HearthException">It cannot be reached, or refuses.</exception>
    public async Task<T> ConnectAsync<T>(Func<Task<T>> connect, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await connect().ConfigureAwait(false);
            }
            catch (HearthException failure) when (failure.Error == HearthError.HostUnsuitable && MayRetry)
            {
                await Task.Delay(pause, clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
