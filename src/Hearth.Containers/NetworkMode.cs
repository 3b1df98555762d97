namespace Hearth.Containers;

/// <summary>The network of a container's machine.</summary>
public enum NetworkMode
{
    /// <summary>Only the loopback interface.</summary>
    None,

    /// <summary><see cref="Nat"/> where the host can have it, else <see cref="None"/> with a warning that names the obstacle.</summary>
    Auto,

    /// <summary>An interface at Hearth's bridge, with masquerading.</summary>
    Nat,
}
