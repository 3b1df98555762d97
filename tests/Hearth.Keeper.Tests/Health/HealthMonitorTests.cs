using Hearth.Containers;
using Hearth.Containers.Health;
using Hearth.Guest.Protocol.Tests;
using Hearth.Keeper.Health;
using Hearth.Records.Tests.Support;

namespace Hearth.Keeper.Tests.Health;

/// <summary>When a container is checked, by a clock that the test moves.</summary>
public sealed class HealthMonitorTests
{
    private readonly ManualClock clock = new();
    private readonly SemaphoreSlim probed = new(0);
    private readonly List<HealthProbe> recorded = [];
    private ContainerState state = new() { Status = ContainerStatus.Running, StartedAt = DateTimeOffset.UnixEpoch, Health = new ContainerHealth() };
    private int probes;
    private int exitCode;

    [Fact]
    public async Task Checks_follow_the_start_interval_and_then_the_interval_and_pauses_stop_them()
    {
        HealthCheck check = HealthCheck.OfLine("true") with { StartPeriod = TimeSpan.FromSeconds(10), StartInterval = TimeSpan.FromSeconds(2), Interval = TimeSpan.FromSeconds(20) };
        using CancellationTokenSource ending = new();
        HealthMonitor monitor = new(check, Probe, () => state, (probe, sinceStart) => Record(probe, check, sinceStart), clock);
        Task running = monitor.RunAsync(ending.Token);

        clock.Advance(1_900);
        Assert.Equal(0, probes);
        clock.Advance(200);
        await probed.WaitAsync().InTime();
        Assert.Equal((1, HealthStatus.Healthy), (probes, state.Health!.Status));

        // A healthy container has the long interval, even in its start period.
        clock.Advance(10_000);
        Assert.Equal(1, probes);
        clock.Advance(10_100);
        await probed.WaitAsync().InTime();
        Assert.Equal(2, probes);

        state = state with { Status = ContainerStatus.Paused };
        clock.Advance(20_100);
        Assert.Equal(2, probes);
        state = state with { Status = ContainerStatus.Running };
        clock.Advance(20_100);
        await probed.WaitAsync().InTime();
        Assert.Equal((3, 3), (probes, recorded.Count));

        await ending.CancelAsync();
        await running.InTime();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_change_of_the_hosts_time_does_not_change_the_start_period(int days)
    {
        HealthCheck check = HealthCheck.OfLine("false") with { StartPeriod = TimeSpan.FromSeconds(5), StartInterval = TimeSpan.FromSeconds(2), Interval = TimeSpan.FromSeconds(20), Retries = 1 };
        exitCode = 1;
        using CancellationTokenSource ending = new();
        HealthMonitor monitor = new(check, Probe, () => state, (probe, sinceStart) => Record(probe, check, sinceStart), clock);
        Task running = monitor.RunAsync(ending.Token);

        clock.Jump(TimeSpan.FromDays(days));
        clock.Advance(2_000);
        await probed.WaitAsync().InTime();
        clock.Advance(2_000);
        await probed.WaitAsync().InTime();
        Assert.Equal((2, HealthStatus.Starting), (probes, state.Health!.Status));

        clock.Advance(2_000);
        await probed.WaitAsync().InTime();
        Assert.Equal((3, HealthStatus.Unhealthy), (probes, state.Health!.Status));
        clock.Advance(2_000);
        Assert.Equal(3, probes);

        await ending.CancelAsync();
        await running.InTime();
    }

    private Task<HealthProbe> Probe(CancellationToken cancellationToken)
    {
        probes++;
        return Task.FromResult(new HealthProbe(clock.GetUtcNow(), clock.GetUtcNow(), exitCode, ""));
    }

    private void Record(HealthProbe probe, HealthCheck check, TimeSpan sinceStart)
    {
        recorded.Add(probe);
        state = state with { Health = state.Health!.After(probe, check, sinceStart) };
        probed.Release();
    }
}
