namespace Hearth.Worker.Admission;

/// <summary>The way of a worker out of service: no new containers, and some time for those that run.</summary>
internal sealed class Draining(AdmissionQueue admission, TimeProvider clock)
{
    private static readonly TimeSpan interval = TimeSpan.FromMilliseconds(200);

    private readonly Lock gate = new();
    private DateTimeOffset? deadline;

    public DrainState State
    {
        get
        {
            lock (gate)
            {
                return deadline is not { } end ? DrainState.Open
                    : admission.Occupancy.Containers == 0 || clock.GetUtcNow() >= end ? DrainState.Drained
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
                return deadline;
            }
        }
    }

    /// <summary>Takes no new containers from now on.</summary>
    /// <param name="grace">How long those that run may go on.</param>
    public void Begin(TimeSpan grace)
    {
        lock (gate)
        {
            deadline = clock.GetUtcNow() + grace;
        }

        admission.IsDraining = true;
    }

    /// <summary>Takes new containers again.</summary>
    public void End()
    {
        lock (gate)
        {
            deadline = null;
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

internal enum DrainState
{
    /// <summary>The worker takes containers.</summary>
    Open,

    /// <summary>It takes none, and some still run.</summary>
    Draining,

    /// <summary>None runs, or the time for those that do is over.</summary>
    Drained,
}
