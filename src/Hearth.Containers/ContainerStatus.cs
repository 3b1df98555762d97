namespace Hearth.Containers;

/// <summary>Where a container stands in its life, in docker's words.</summary>
public enum ContainerStatus
{
    /// <summary>Described, perhaps with a machine that waits; its process has not run yet.</summary>
    Created,

    Running,

    /// <summary>Its virtual processors stand still.</summary>
    Paused,

    Exited,
}
