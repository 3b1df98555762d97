namespace Hearth.Images.Lazy;

/// <summary>
/// Decides when a run fetches what nobody waits for: one request at a time, and only while no reader has waited for some time;
/// after <see cref="Hurry"/> several at once, at any time. Thread-safe.
/// </summary>
/// <param name="calm">How long no reader must have waited.</param>
/// <param name="clock">The time of that.</param>
internal sealed class FetchPace(TimeSpan calm, TimeProvider clock) : IDisposable
{
    private const int HurriedRequests = 4;

    /// <summary>A reader that begins to wait during a background request shares the connection with it for so long.</summary>
    private const int CalmRequestBytes = 1 << 20;

    private const int HurriedRequestBytes = 4 << 20;

    private readonly Lock gate = new();
    private readonly SemaphoreSlim turns = new(1);
    private readonly CancellationTokenSource hurried = new();
    private long lastWait = clock.GetTimestamp();
    private int waiting;
    private int requesting;

    /// <summary>Completes when no reader waits for a request of its own.</summary>
    private TaskCompletionSource idle = MakeCompleted();

    public bool IsHurried => hurried.IsCancellationRequested;

    /// <summary>What one request fetches at most, unless a single span is longer.</summary>
    public int MostRequestBytes => IsHurried ? HurriedRequestBytes : CalmRequestBytes;

    /// <summary>How many requests run at once at most.</summary>
    public static int MostRequests => HurriedRequests;

    /// <summary>From now on no reader has waited.</summary>
    public void Restart()
    {
        lock (gate)
        {
            lastWait = clock.GetTimestamp();
        }
    }

    /// <summary>A reader begins to wait.</summary>
    /// <param name="needsRequest">Whether for a request of its own, and not for one that ran already.</param>
    public void BeginWait(bool needsRequest)
    {
        lock (gate)
        {
            waiting++;
            if (needsRequest && requesting++ == 0)
            {
                idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }
    }

    /// <param name="needsRequest">As at its begin.</param>
    public void EndWait(bool needsRequest)
    {
        lock (gate)
        {
            lastWait = clock.GetTimestamp();
            waiting--;
            if (needsRequest && --requesting == 0)
            {
                idle.SetResult();
            }
        }
    }

    /// <summary>Waits until the next request may run. The caller calls <see cref="EndTurn"/> after it.</summary>
    public async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        await turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, hurried.Token);
            while (!IsHurried && UntilCalm() is { Ticks: > 0 } rest)
            {
                await Task.Delay(rest, clock, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch
        {
            turns.Release();
            throw;
        }
    }

    /// <summary>Waits until no reader waits for a request of its own.</summary>
    public Task WaitForReadersAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return idle.Task.WaitAsync(cancellationToken);
        }
    }

    public void EndTurn() => turns.Release();

    /// <summary>From now on everything is fetched as fast as possible.</summary>
    public void Hurry()
    {
        lock (gate)
        {
            if (!IsHurried)
            {
                turns.Release(HurriedRequests - 1);
                hurried.Cancel();
            }
        }
    }

    public void Dispose()
    {
        hurried.Dispose();
        turns.Dispose();
    }

    private static TaskCompletionSource MakeCompleted()
    {
        TaskCompletionSource completed = new();
        completed.SetResult();
        return completed;
    }

    private TimeSpan UntilCalm()
    {
        lock (gate)
        {
            return waiting > 0 ? calm : calm - clock.GetElapsedTime(lastWait);
        }
    }
}
