namespace Hearth.Containers;

/// <summary>The network of a container's machine.</summary>
public enum NetworkMode
{
    /// <summary>Only the loopback interface.</summary>
    None,

    /// <summary><see cref="Nat"/> where the host can have it, else <see cref="None"/> with a warning that names the obstacle.</summary>
    Auto,

    /// <summary>Interfaces at bridges of Hearth, with masquerading.</summary>
    Nat,

    /// <summary>Connections of the container are connections of a process of the host; no privilege over the host's network is needed.</summary>
    HostForward,

    /// <summary>The interfaces of a network namespace that somebody else has made.</summary>
    Namespace,

    /// <summary>The interfaces that the plugins of a CNI configuration make.</summary>
    Cni,
}
