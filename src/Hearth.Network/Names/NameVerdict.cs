namespace Hearth.Network.Names;

/// <summary>What a guest may learn about a name.</summary>
public enum NameVerdict
{
    /// <summary>No policy concerns it: the answer is passed on as it is.</summary>
    Open,

    /// <summary>The same, and the gate learns its public addresses (<see cref="INameGate.AdmitAsync"/>), since a later policy may name it.</summary>
    Learn,

    /// <summary>Its addresses are admitted before the answer. Private addresses are left out, since the name is a public one.</summary>
    AdmitPublic,

    /// <summary>Its addresses are admitted before the answer, whatever they are.</summary>
    AdmitAny,

    /// <summary>
    /// The name does not exist for the guest (NXDOMAIN), and no server is asked. musl's resolver does not take REFUSED as an answer
    /// and would wait for its timeout.
    /// </summary>
    Refuse,
}
