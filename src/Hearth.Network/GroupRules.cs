using System.Net;
using System.Net.Sockets;

namespace Hearth.Network;

/// <summary>
/// What a guest's policy does with multicast and broadcast, as a chain of its own in the table of family bridge. Such packets reach
/// the neighbours without being routed, so the chains of <see cref="PolicyRules"/> do not see them. What IP itself needs (ARP,
/// neighbour discovery, reports of members) does not come to this chain.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="guest">The guest.</param>
internal sealed class GroupRules(NetworkDefinition network, Guest guest)
{
    private const string Refuse = "goto refuse_group";

    private readonly string table = $"bridge {network.Bridge}";
    private readonly string chain = $"group_{guest.Tap.Replace('-', '_')}";
    private readonly IPNetwork[] groups = [.. EgressPolicy.Groups, new IPNetwork(network.Subnet.Broadcast, 32)];

    private string Element => $"element {table} {LinkRules.GroupMap} {{ \"{guest.Tap}\" : goto {chain} }}\n";

    /// <summary>Creates the chain, which does not exist.</summary>
    public string Add(EgressPolicy policy) => $"add chain {table} {chain}\n"
        + string.Concat(((string[])
        [
            .. Rules(policy.Deny, Refuse),
            .. Rules(policy.Allow, "accept"),
            policy.OpensGroups ? "accept" : Refuse,
        ]).Select(rule => $"add rule {table} {chain} {rule}\n"))
        + $"add {Element}";

    /// <summary>Removes the chain whether it exists or not: what is added first can be deleted.</summary>
    public string Remove() => $"add chain {table} {chain}\nadd {Element}delete {Element}flush chain {table} {chain}\ndelete chain {table} {chain}\n";

    private IEnumerable<string> Rules(IEnumerable<EgressEntry> entries, string verdict) =>
        from entry in entries
        where entry.Network is { } named && groups.Any(each => AddressRanges.Overlap(named, each))
        let addresses = DestinationOf(entry.Network.GetValueOrDefault())
        from rule in entry.Port is { } port ? entry.Protocols.Select(protocol => $"{addresses} {protocol} dport {port} {verdict}") : [$"{addresses} {verdict}"]
        select rule;

    private static string DestinationOf(IPNetwork named)
    {
        AddressFamily family = named.BaseAddress.AddressFamily;
        return $"{(family == AddressFamily.InterNetwork ? "ip" : "ip6")} daddr {AddressRanges.Merge([named], family)[0]}";
    }
}
