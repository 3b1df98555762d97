namespace Hearth.Network;

/// <summary>The kind of a network's failure.</summary>
public enum NetworkError
{
    /// <summary>The host lacks something: taps, libnftables, a kernel's expression.</summary>
    HostUnsuitable,

    /// <summary>An address, a subnet or a name is invalid.</summary>
    InvalidRequest,

    /// <summary>All addresses of the subnet are in use, or all that names may open to a guest or close.</summary>
    PoolExhausted,

    /// <summary>The address or the port belongs to another guest.</summary>
    InUse,

    /// <summary>The kernel refused a change.</summary>
    Refused,
}
