using System.Net;

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
    public static EgressPolicy Parse(bool allowsByDefault, IEnumerable<string> allow, IEnumerable<string> deny)
    {
        EgressPolicy policy = new(allowsByDefault, [.. allow.Select(EgressEntry.Parse)], [.. deny.Select(EgressEntry.Parse)]);
        return policy.Deny.FirstOrDefault(entry => entry.Kind == EgressEntryKind.Name && entry.Port is not null) is { } entry
            ? throw new NetworkException(NetworkError.InvalidRequest, $"cannot deny '{entry.Text}': names are denied with all their ports; deny '{entry.Name}' or a network with a port")
            : policy;
    }

    /// <summary>Whether a guest may resolve a name, and which entry decides; no entry means that the default decides.</summary>
    /// <param name="name">With or without a final dot, in any case.</param>
    public (bool IsAllowed, IReadOnlyList<EgressEntry> Entries) Judge(string name)
    {
        string wanted = name.TrimEnd('.').ToLowerInvariant();
        if (Find(Deny, wanted) is [{ } denied, ..])
        {
            return (false, [denied]);
        }

        IReadOnlyList<EgressEntry> allowed = Find(Allow, wanted);
        return (AllowsByDefault || allowed.Count > 0, allowed);
    }

    /// <summary>The networks that are closed to guests without an entry that lies within them.</summary>
    internal static IReadOnlyList<IPNetwork> Closed { get; } =
    [
        IPNetwork.Parse("169.254.0.0/16"), IPNetwork.Parse("100.100.100.200/32"), IPNetwork.Parse("192.0.0.192/32"), IPNetwork.Parse("fd00:ec2::254/128"), IPNetwork.Parse("fe80::/10"),
    ];

    private static IReadOnlyList<EgressEntry> Find(IEnumerable<EgressEntry> entries, string name) =>
        [.. entries.Where(entry => entry.Kind == EgressEntryKind.Name && entry.Matches(name))];
}
