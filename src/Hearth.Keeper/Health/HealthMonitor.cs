using Hearth.Containers;
using Hearth.Containers.Health;

namespace Hearth.Keeper.Health;

/// <summary>Checks a running container again and again, one check after the other. A suspended container is not checked.</summary>
/// <param name="check">How to check.</param>
/// <param name="probe">Makes one check; a failure is a result.</param>
/// <param name="state">Reads the container's state.</param>
/// <param name="record">Records a result, and how long after the start its check began.</param>
/// <param name="clock">Measures the intervals, by its timestamps: the host's time may be set meanwhile.</param>
internal sealed class HealthMonitor(
    HealthCheck check, Func<CancellationToken, Task<HealthProbe>> probe, Func<ContainerState> state, Action<HealthProbe, TimeSpan> record, TimeProvider clock)
{
    /// <summary>Runs from the container's start until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        long start = clock.GetTimestamp();
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(Interval(clock.GetElapsedTime(start)), clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested || state().Status != ContainerStatus.Running)
            {
                continue;
            }

            TimeSpan sinceStart = clock.GetElapsedTime(start);
            HealthProbe result = await probe(cancellationToken).ConfigureAwait(false);

            // A check that a suspension or the end interrupted says nothing.
            if (!cancellationToken.IsCancellationRequested && (result.ExitCode == 0 || state().Status == ContainerStatus.Running))
            {
                record(result, sinceStart);
            }
        }
    }

    private TimeSpan Interval(TimeSpan sinceStart) =>
        state().Health is { Status: HealthStatus.Starting } && sinceStart < check.StartPeriod ? check.UsedStartInterval : check.UsedInterval;
}
