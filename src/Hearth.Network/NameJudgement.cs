namespace Hearth.Network;

/// <summary>What a policy says of a name.</summary>
/// <param name="IsResolved">Whether the guest may resolve it.</param>
/// <param name="Allowed">The entries that allow it; their ports are opened, or all. Without any, the default decides.</param>
/// <param name="Denied">The entries that deny it. If it is resolved, each has a port, which is closed at the name's addresses.</param>
public sealed record NameJudgement(bool IsResolved, IReadOnlyList<EgressEntry> Allowed, IReadOnlyList<EgressEntry> Denied)
{
    /// <summary>Whether its addresses are opened or closed.</summary>
    public bool NamesAddresses => IsResolved && Allowed.Count + Denied.Count > 0;
}
