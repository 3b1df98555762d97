namespace Hearth.Containers;

/// <summary>What moves a container from one state to another; <see cref="ContainerMoves"/> has what is legal where.</summary>
public enum ContainerMove
{
    /// <summary>A keeper takes it.</summary>
    Begin,

    /// <summary>Its process runs.</summary>
    Start,

    Pause,

    Resume,

    /// <summary>Its run is over, or its keeper is no more.</summary>
    End,
}
