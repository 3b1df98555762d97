namespace Hearth.Containers.Health;

/// <summary>What the checks of a running container say, in docker's words.</summary>
public enum HealthStatus
{
    /// <summary>No check has succeeded yet, and too few have failed.</summary>
    Starting,

    Healthy,
    Unhealthy,
}
