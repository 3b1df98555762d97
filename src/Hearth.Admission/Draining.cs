namespace Hearth.Admission;

/// <summary>The way of a worker out of service: no new containers, and some time for those that run.</summary>
public sealed class Draining(AdmissionQueue admission, TimeProvider clock)
{
    private static readonly TimeSpan interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock gate = new();
    private (long Begun, TimeSpan Grace)? drain;

    public DrainState State
    {
        get
        {
            lock (gate)
            {
                return drain is null ? DrainState.Open
                    : admission.Occupancy.Containers == 0 || Left <= TimeSpan.Zero ? DrainState.Drained
                    : DrainState.Draining;
            }
        }
    }

    /// <summary>When containers that still run are left to the next daemon; null if this worker does not drain.</summary>
    public DateTimeOffset? Deadline
    {
        get
        {
            lock (gate)
            {
                return drain is null ? null : clock.GetUtcNow() + Left;
            }
        }
    }

    /// <summary>The clock may be set in the meantime.</summary>
    private TimeSpan Left => drain is { } begun ? begun.Grace - clock.GetElapsedTime(begun.Begun) : TimeSpan.Zero;

    /// <summary>Takes no new containers from now on.</summary>
    /// <param name="grace">How long those that run may go on.</param>
    public void Begin(TimeSpan grace)
    {
        lock (gate)
        {
            drain = (clock.GetTimestamp(), grace);
        }

        admission.IsDraining = true;
    }

    /// <summary>Takes new containers again.</summary>
    public void End()
    {
        lock (gate)
        {
            drain = null;
        }

        admission.IsDraining = false;
    }

    /// <summary>Waits until all containers have ended or their time is over.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        while (State == DrainState.Draining)
        {
            await Task.Delay(interval, clock, cancellationToken);
        }
    }
}

public enum DrainState
{
    /// <summary>The worker takes containers.</summary>
    Open,

    /// <summary>It takes none, and some still run.</summary>
    Draining,

    /// <summary>None runs, or the time for those that do is over.</summary>
    Drained,
}
