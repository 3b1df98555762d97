using Hearth.Containers.Health;
using Hearth.Distribution.Manifests;

namespace Hearth.Images.Configuration;

/// <summary>A container's health check from its image, and an image's from its container. Documents have nanoseconds.</summary>
internal static class HealthDefaults
{
    private const long NanosecondsPerTick = 100;

    /// <summary>Completes the user's check from the image's, by docker's rules.</summary>
    public static HealthCheck? Complete(HealthCheck? chosen, ProcessConfiguration defaults)
    {
        if (defaults.Healthcheck is not { } health)
        {
            return chosen;
        }

        HealthCheck image = new()
        {
            Test = health.Test ?? [],
            Interval = Time(health.Interval),
            Timeout = Time(health.Timeout),
            StartPeriod = Time(health.StartPeriod),
            StartInterval = Time(health.StartInterval),
            Retries = Math.Max(0, health.Retries),
            Shell = defaults.Shell ?? [],
        };
        return (chosen ?? new HealthCheck()).Over(image);
    }

    public static HealthConfiguration? Describe(HealthCheck? check) => check is null ? null : new HealthConfiguration
    {
        Test = check.Test,
        Interval = check.Interval.Ticks * NanosecondsPerTick,
        Timeout = check.Timeout.Ticks * NanosecondsPerTick,
        StartPeriod = check.StartPeriod.Ticks * NanosecondsPerTick,
        StartInterval = check.StartInterval.Ticks * NanosecondsPerTick,
        Retries = check.Retries,
    };

    private static TimeSpan Time(long nanoseconds) => TimeSpan.FromTicks(Math.Max(0, nanoseconds) / NanosecondsPerTick);
}
