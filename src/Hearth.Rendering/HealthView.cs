using Hearth.Containers.Health;

namespace Hearth.Rendering;

/// <summary>docker's <c>Health</c>.</summary>
public sealed record HealthView(string Status, int FailingStreak, IReadOnlyList<HealthProbeView> Log)
{
    public static HealthView? Of(ContainerHealth? health) => health is null
        ? null
        : new HealthView(health.Status.ToString().ToLowerInvariant(), health.FailingStreak, [.. health.Log.Select(HealthProbeView.Of)]);
}

/// <summary>One entry of docker's <c>Health.Log</c>.</summary>
public sealed record HealthProbeView(string Start, string End, int ExitCode, string Output)
{
    public static HealthProbeView Of(HealthProbe probe) => new(ContainerView.Time(probe.Start), ContainerView.Time(probe.End), probe.ExitCode, probe.Output);
}
