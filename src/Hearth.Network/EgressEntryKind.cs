namespace Hearth.Network;

/// <summary>What an entry of a policy names.</summary>
public enum EgressEntryKind
{
    Addresses,
    Name,
    Host,
}
