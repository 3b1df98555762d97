namespace Hearth.Distribution.Sources.Registry.Transport;

/// <summary>Limits how long one step of a request may take.</summary>
public static class Deadline
{
    /// <param name="limit">The time that the step has.</param>
    /// <param name="cause">What it means that the time is over.</param>
    /// <param name="step">The step.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Ends the step.</param>
    /// <exception cref="RequestException">The time is over; transient.</exception>
    public static async Task<T> WithinAsync<T>(TimeSpan limit, string cause, Func<CancellationToken, Task<T>> step, TimeProvider time, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(limit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            return await step(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException exception) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw RequestException.Transient(cause, exception);
        }
    }
}
