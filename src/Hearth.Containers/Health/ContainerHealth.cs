namespace Hearth.Containers.Health;

/// <summary>What the checks of a container's current run have found, by docker's rules.</summary>
public sealed record ContainerHealth
{
    /// <summary>docker keeps as many.</summary>
    private const int MostProbes = 5;

    public HealthStatus Status { get; init; }

    /// <summary>How many of the last checks in a row failed.</summary>
    public int FailingStreak { get; init; }

    /// <summary>The last checks, the newest last.</summary>
    public IReadOnlyList<HealthProbe> Log { get; init => field = value ?? []; } = [];

    /// <summary>
    /// Returns the health after one more check. A failure in the start period does not count, unless the container was healthy before.
    /// </summary>
    /// <param name="probe">The check.</param>
    /// <param name="check">How the container is checked.</param>
    /// <param name="sinceStart">How long after the container's start the check began, whatever the host's time of day.</param>
    public ContainerHealth After(HealthProbe probe, HealthCheck check, TimeSpan sinceStart)
    {
        ContainerHealth after = this with { Log = [.. Log.TakeLast(MostProbes - 1), probe] };
        if (probe.ExitCode == 0)
        {
            return after with { Status = HealthStatus.Healthy, FailingStreak = 0 };
        }

        if (Status == HealthStatus.Starting && sinceStart < check.StartPeriod)
        {
            return after;
        }

        int streak = FailingStreak + 1;
        return after with { FailingStreak = streak, Status = streak >= check.UsedRetries ? HealthStatus.Unhealthy : Status };
    }
}
