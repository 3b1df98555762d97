using System.Diagnostics;

namespace Hearth.Guest.Init.Boot;

/// <summary>The guest's uptime: CLOCK_MONOTONIC, which begins with the kernel.</summary>
internal static class GuestClock
{
    internal static double UptimeMs => Stopwatch.GetTimestamp() * 1000.0 / Stopwatch.Frequency;
}
