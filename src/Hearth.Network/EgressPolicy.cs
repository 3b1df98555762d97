namespace Hearth.Network;

/// <summary>
/// Where a guest may connect to. The order: 1 what <see cref="Deny"/> names; 2 the closed addresses, except where
/// <see cref="Allow"/> names a network within them; 3 what <see cref="Allow"/> names; 4 the default. The host's own services need
/// an entry <c>host</c>.
/// </summary>
/// <param name="AllowsByDefault">What happens to a connection that no entry names.</param>
/// <param name="Allow">What is allowed.</param>
/// <param name="Deny">What is denied, also if it is allowed.</param>
public sealed record EgressPolicy(bool AllowsByDefault, IReadOnlyList<EgressEntry> Allow, IReadOnlyList<EgressEntry> Deny)
{
    /// <summary>Whether names decide. Then only the answers of our own resolver open addresses, and other resolvers are closed.</summary>
    public bool HasNames => Allow.Concat(Deny).Any(entry => entry.Kind == EgressEntryKind.Name);

    /// <exception cref="NetworkException">An entry is invalid.</exception>
    public static EgressPolicy Parse(bool allowsByDefault, IEnumerable<string> allow, IEnumerable<string> deny) =>
        new(allowsByDefault, [.. allow.Select(EgressEntry.Parse)], [.. deny.Select(EgressEntry.Parse)]);

    /// <summary>Whether a guest may resolve a name, and which entry decides; no entry means that the default decides.</summary>
    /// <param name="name">With or without a final dot, in any case.</param>
    public (bool IsAllowed, IReadOnlyList<EgressEntry> Entries) Judge(string name)
    {
        string wanted = name.TrimEnd('.').ToLowerInvariant();
        if (Find(Deny, wanted).FirstOrDefault(entry => entry.Port is null) is { } denied)
        {
            return (false, [denied]);
        }

        IReadOnlyList<EgressEntry> allowed = Find(Allow, wanted);
        return (AllowsByDefault || allowed.Count > 0, allowed);
    }

    private static IReadOnlyList<EgressEntry> Find(IEnumerable<EgressEntry> entries, string name) =>
        [.. entries.Where(entry => entry.Kind == EgressEntryKind.Name && entry.Matches(name))];
}
