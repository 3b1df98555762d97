using Hearth.Containers;
using Hearth.Containers.Health;

namespace Hearth.Keeper.Health;

/// <summary>Checks a running container again and again, one check after the other. A suspended container is not checked.</summary>
/// <param name="check">How to check.</param>
/// <param name="probe">Makes one check; a failure is a result.</param>
/// <param name="state">Reads the container's state.</param>
/// <param name="record">Records a result.</param>
/// <param name="clock">The source of the time.</param>
internal sealed class HealthMonitor(
    HealthCheck check, Func<CancellationToken, Task<HealthProbe>> probe, Func<ContainerState> state, Action<HealthProbe> record, TimeProvider clock)
{
    /// <summary>Runs until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Interval(), clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested || state().Status != ContainerStatus.Running)
            {
                continue;
            }

            HealthProbe result = await probe(cancellationToken).ConfigureAwait(false);

            // A check that a suspension or the end interrupted says nothing.
            if (!cancellationToken.IsCancellationRequested && (result.ExitCode == 0 || state().Status == ContainerStatus.Running))
            {
                record(result);
            }
        }
    }

    private TimeSpan Interval()
    {
        ContainerState now = state();
        bool isStarting = now.Health is { Status: HealthStatus.Starting } && now.StartedAt is { } start && clock.GetUtcNow() - start < check.StartPeriod;
        return isStarting ? check.UsedStartInterval : check.UsedInterval;
    }
}
