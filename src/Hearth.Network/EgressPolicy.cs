using System.Net;

namespace Hearth.Network;

/// <summary>
/// Where a guest may connect to. The order: 1 what <see cref="Deny"/> names is denied; 2 the host's addresses are, without an entry
/// <c>host</c>; 3 the closed addresses are, except where <see cref="Allow"/> names a network within them; 4 what <see cref="Allow"/>
/// names with a port, or as a single address, is allowed; 5 if there are names, the ports of name servers are denied; 6 what
/// <see cref="Allow"/> names otherwise is allowed; 7 the default. <see cref="EgressJudge"/> says it step by step.
/// </summary>
/// <param name="AllowsByDefault">What happens to a connection that no entry names.</param>
/// <param name="Allow">What is allowed.</param>
/// <param name="Deny">What is denied, also if it is allowed.</param>
public sealed record EgressPolicy(bool AllowsByDefault, IReadOnlyList<EgressEntry> Allow, IReadOnlyList<EgressEntry> Deny)
{
    /// <summary>Whether names decide. Then only the answers of our own resolver open addresses, and other resolvers are closed.</summary>
    public bool HasNames => Allow.Concat(Deny).Any(entry => entry.Kind == EgressEntryKind.Name);

    /// <summary>Whether multicast and broadcast that no entry names reach the neighbours.</summary>
    internal bool OpensGroups => AllowsByDefault && Allow.Count == 0;

    /// <exception cref="NetworkException">An entry is invalid.</exception>
    public static EgressPolicy Parse(bool allowsByDefault, IEnumerable<string> allow, IEnumerable<string> deny) =>
        new(allowsByDefault, [.. allow.Select(EgressEntry.Parse)], [.. deny.Select(EgressEntry.Parse)]);

    /// <summary>What the policy says of a name.</summary>
    /// <param name="name">With or without a final dot, in any case.</param>
    public NameJudgement Judge(string name)
    {
        string wanted = name.TrimEnd('.').ToLowerInvariant();
        IReadOnlyList<EgressEntry> denied = Find(Deny, wanted);
        IReadOnlyList<EgressEntry> allowed = Find(Allow, wanted);
        return new NameJudgement(denied.All(entry => entry.Port is not null) && (AllowsByDefault || allowed.Count > 0), allowed, denied);
    }

    /// <summary>The networks that are closed to guests without an entry that lies within them: metadata services of clouds, and what serves machines beside them.</summary>
    internal static IReadOnlyList<IPNetwork> Closed { get; } =
    [
        .. ((string[])
        [
            "169.254.0.0/16", // nearly all
            "100.100.100.200/32", // Alibaba Cloud
            "168.63.129.16/32", // Azure's wire server
            "192.0.0.192/32", // Oracle Cloud, classic
            "fd00:ec2::/32", // Amazon: metadata, credentials of pods, names, time
            "fd20:ce::254/128", // Google Cloud
            "fd00:c1::a9fe:a9fe/128", // Oracle Cloud
            "fd00:42::42/128", // Scaleway
            "fd00:a9fe:a9fe::1/128", // Akamai (Linode)
            "fd00:100::100:200/128", // Alibaba Cloud
            "fe80::/10", // OpenStack and others
        ]).Select(IPNetwork.Parse),
    ];

    /// <summary>Multicast and broadcast of every network; each network's own broadcast address comes to it.</summary>
    internal static IReadOnlyList<IPNetwork> Groups { get; } = [IPNetwork.Parse("224.0.0.0/4"), IPNetwork.Parse("255.255.255.255/32"), IPNetwork.Parse("ff00::/8")];

    private static IReadOnlyList<EgressEntry> Find(IEnumerable<EgressEntry> entries, string name) =>
        [.. entries.Where(entry => entry.Kind == EgressEntryKind.Name && entry.Matches(name))];
}
