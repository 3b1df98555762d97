namespace Hearth.Containers;

/// <summary>A container's status, in docker's words.</summary>
public enum ContainerStatus
{
    /// <summary>The container exists, perhaps with a machine that waits; its process has not run yet.</summary>
    Created,

    Running,

    /// <summary>Its virtual processors are stopped.</summary>
    Paused,

    Exited,
}
