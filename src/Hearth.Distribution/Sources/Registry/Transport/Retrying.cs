using Hearth.Distribution.Sources.Registry.Settings;

namespace Hearth.Distribution.Sources.Registry.Transport;

/// <summary>Repeats what failed for a reason that may pass, after growing pauses or the one that the host asks for.</summary>
internal sealed class Retrying(RegistryLimits limits, TimeProvider time)
{
    /// <param name="act">What the requests are for, to follow "cannot".</param>
    /// <param name="attempt">One attempt.</param>
    /// <param name="cancellationToken">Ends attempts and pauses.</param>
    /// <exception cref="ImageException">The last attempt failed, or one failed for a reason that stays.</exception>
    public async Task<T> RunAsync<T>(string act, Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        for (int failures = 1; ; failures++)
        {
            try
            {
                return await attempt(cancellationToken).ConfigureAwait(false);
            }
            catch (RequestException exception)
            {
                await PauseAsync(act, failures, exception, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Waits until another attempt makes sense.</summary>
    /// <exception cref="ImageException">No further attempt makes sense.</exception>
    public Task PauseAsync(string act, int failures, RequestException exception, CancellationToken cancellationToken)
    {
        if (!exception.IsTransient || failures >= limits.MostAttempts || exception.Pause > limits.LongestPause)
        {
            throw new ImageException(exception.Error, $"cannot {act}: {exception.Message}", exception);
        }

        double growth = Math.Min(Math.Pow(2, failures - 1), limits.LongestDelay / limits.FirstDelay);
        TimeSpan delay = limits.FirstDelay * growth * (1 - (Random.Shared.NextDouble() / 2));
        return Task.Delay(exception.Pause > delay ? exception.Pause.Value : delay, time, cancellationToken);
    }
}
