namespace Hearth.Containers;

/// <summary>The transitions between a container's states; <see cref="ContainerMoves"/> lists the legal ones.</summary>
public enum ContainerMove
{
    /// <summary>A keeper takes over the container.</summary>
    Begin,

    /// <summary>Its process runs.</summary>
    Start,

    Pause,

    Resume,

    /// <summary>The run is over, or the keeper no longer runs.</summary>
    End,
}
