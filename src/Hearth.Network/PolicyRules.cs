using System.Net;
using System.Net.Sockets;

namespace Hearth.Network;

/// <summary>
/// A guest's policy as chains and sets of its own in the table of family inet. A policy has a generation, which marks the
/// connections that it accepted. Connections of another generation are judged again, so a new policy cuts what it forbids.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="guest">The guest.</param>
internal sealed class PolicyRules(NetworkDefinition network, Guest guest)
{
    private static readonly string[] protocols = ["tcp", "udp"];

    private readonly string table = $"inet {network.Bridge}";
    private readonly GroupRules groups = new(network, guest);
    private readonly string name = guest.Tap.Replace('-', '_');

    /// <summary>The chain of the policy.</summary>
    public string Name => Judge;

    private string Judge => $"judge_{name}";

    private string Services => $"services_{name}";

    /// <summary>Replaces the policy. All of it is one transaction.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="generation">Not 0; another one than the guest's earlier policies had.</param>
    public string Set(EgressPolicy policy, uint generation)
    {
        List<string> sets = [];
        string accept = $"ct mark set 0x{generation:x} accept";
        IEnumerable<EgressEntry> precise = policy.Allow.Where(entry => entry.Network is { } network && EgressPolicy.Closed.Any(outer => AddressRanges.IsWithin(network, outer)));
        string[] denials = [.. Rules(sets, "deny", policy.Deny, "goto refuse")];
        string[] judge =
        [
            .. denials,
            $"ct status dnat goto {Services}",
            .. Rules(sets, "precise", precise, accept),
            "ct original ip daddr @closed4 goto refuse",
            "ct original ip6 daddr @closed6 goto refuse",
            .. PortRules(sets, "allow", policy.Allow, accept),
            .. AddressRules(sets, "single", policy.Allow.Where(entry => entry.IsSingleAddress), accept),
            .. LearnedRules(accept, withPorts: true),
            .. policy.HasNames ? protocols.Select(protocol => $"meta l4proto {protocol} ct original proto-dst {{ 53, 853 }} goto refuse") : [],
            .. AddressRules(sets, "allow", policy.Allow.Where(entry => !entry.IsSingleAddress), accept),
            .. LearnedRules(accept, withPorts: false),
            policy.AllowsByDefault ? accept : "goto refuse",
        ];
        string[] services =
        [
            .. denials,
            .. HostRules(policy.Deny, "goto refuse"),
            "icmp type echo-request accept",
            "icmpv6 type echo-request accept",
            .. HostRules(policy.Allow, accept),
            .. policy.AllowsByDefault ? (string[])[$"ct status dnat {accept}", .. RouteRules.RelayMatches.Select(match => $"{match} {accept}")] : [],
            "goto refuse",
        ];
        return Remove()
            + $"table {table} {{\n{string.Join('\n', sets)}\nchain {Judge} {{\n}}\nchain {Services} {{\n}}\n}}\n"
            + string.Concat(services.Select(rule => $"add rule {table} {Services} {rule}\n"))
            + string.Concat(judge.Select(rule => $"add rule {table} {Judge} {rule}\n"))
            + Dispatch("add")
            + Present("add", generation)
            + groups.Add(policy);
    }

    /// <summary>Removes a policy whether it exists or not: what is added first can be deleted.</summary>
    public string Remove() =>
        $"add chain {table} {Judge}\nadd chain {table} {Services}\n" + Dispatch("add") + Dispatch("delete")
        + $"flush chain {table} {Judge}\nflush chain {table} {Services}\ndelete chain {table} {Judge}\ndelete chain {table} {Services}\n"
        + string.Concat(SetNames.Select(set => $"add set {table} {set.Name} {{ type {set.Type}; flags interval; }}\ndelete set {table} {set.Name}\n"))
        + groups.Remove();

    /// <summary>Forgets a generation: what it accepted is judged again.</summary>
    public string Forget(uint generation) => Present("add", generation) + Present("delete", generation);

    /// <summary>Opens addresses that a name has led to, until the time is over.</summary>
    public string Admit(IEnumerable<IPAddress> addresses, IReadOnlyList<EgressEntry> entries, int seconds) => string.Concat(
        from address in addresses
        from set in LearnedSets(address, entries)
        let element = KeyOf(address, set)
        select $"add element {table} {set.Name} {{ {element} }}\ndelete element {table} {set.Name} {{ {element} }}\nadd element {table} {set.Name} {{ {element} timeout {seconds}s }}\n");

    /// <summary>The elements by which names may have opened an address.</summary>
    public IEnumerable<(string Set, string Key)> Learned(IPAddress address, IEnumerable<EgressEntry> entries) =>
        entries.SelectMany(entry => LearnedSets(address, [entry])).Distinct().Select(set => (set.Name, KeyOf(address, set)));

    private string KeyOf(IPAddress address, (string Name, string Port) set) =>
        $"{(set.Name.Contains('4', StringComparison.Ordinal) ? guest.Ipv4 : guest.Ipv6)} . {address}{set.Port}";

    private static IEnumerable<(string Name, string Port)> LearnedSets(IPAddress address, IReadOnlyList<EgressEntry> entries)
    {
        string family = address.AddressFamily == AddressFamily.InterNetwork ? "learned4" : "learned6";
        return entries.Any(entry => entry.Port is null)
            ? [(family, "")]
            : entries.SelectMany(entry => entry.Protocols.Select(protocol => ($"{family}_{protocol}", $" . {entry.Port}"))).Distinct();
    }

    private IEnumerable<(string Name, string Type)> SetNames =>
        from use in (string[])["deny", "precise", "allow", "single"]
        from family in (int[])[4, 6]
        from protocol in use == "single" ? [""] : (string[])["", "tcp", "udp"]
        select (SetName(use, family, protocol), $"ipv{family}_addr{(protocol.Length > 0 ? " . inet_service" : "")}");

    private static IEnumerable<string> HostRules(IEnumerable<EgressEntry> entries, string verdict) =>
        entries.Where(entry => entry.Kind == EgressEntryKind.Host).SelectMany(entry => entry.Port is { } port
            ? entry.Protocols.Select(protocol => $"meta l4proto {protocol} ct original proto-dst {port} {verdict}")
            : [verdict]);

    private static IEnumerable<string> LearnedRules(string accept, bool withPorts) =>
        from family in (string[])["4", "6"]
        let pair = $"ct original ip{Suffix(family)} saddr . ct original ip{Suffix(family)} daddr"
        from rule in withPorts
            ? protocols.Select(protocol => $"meta l4proto {protocol} {pair} . ct original proto-dst @learned{family}_{protocol} {accept}")
            : [$"{pair} @learned{family} {accept}"]
        select rule;

    private static string Suffix(string family) => family == "4" ? "" : family;

    private string SetName(string use, int family, string protocol) => $"{use}{family}{(protocol.Length > 0 ? "_" : "")}{protocol}_{name}";

    private IEnumerable<string> Rules(List<string> sets, string use, IEnumerable<EgressEntry> entries, string verdict) =>
        [.. PortRules(sets, use, entries, verdict), .. AddressRules(sets, use, entries, verdict)];

    private IEnumerable<string> AddressRules(List<string> sets, string use, IEnumerable<EgressEntry> entries, string verdict)
    {
        IPNetwork[] networks = [.. entries.Where(entry => entry.Network is not null && entry.Port is null).Select(entry => entry.Network!.Value)];
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            IReadOnlyList<string> ranges = AddressRanges.Merge(networks, family);
            if (ranges.Count > 0)
            {
                int number = family == AddressFamily.InterNetwork ? 4 : 6;
                string set = SetName(use, number, "");
                sets.Add($"set {set} {{ type ipv{number}_addr; flags interval; elements = {{ {string.Join(", ", ranges)} }}\n}}");
                yield return $"ct original ip{(number == 4 ? "" : "6")} daddr @{set} {verdict}";
            }
        }
    }

    /// <summary>Ranges of one port are joined, so no two elements overlap.</summary>
    private IEnumerable<string> PortRules(List<string> sets, string use, IEnumerable<EgressEntry> entries, string verdict)
    {
        EgressEntry[] known = [.. entries.Where(entry => entry.Network is not null && entry.Port is not null)];
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            int number = family == AddressFamily.InterNetwork ? 4 : 6;
            foreach (string protocol in protocols)
            {
                string[] elements =
                [
                    .. from entry in known
                    where entry.Protocols.Contains(protocol)
                    group entry.Network!.Value by entry.Port into port
                    from range in AddressRanges.Merge(port, family)
                    select $"{range} . {port.Key}",
                ];
                if (elements.Length > 0)
                {
                    string set = SetName(use, number, protocol);
                    sets.Add($"set {set} {{ type ipv{number}_addr . inet_service; flags interval; elements = {{ {string.Join(", ", elements)} }}\n}}");
                    yield return $"meta l4proto {protocol} ct original ip{(number == 4 ? "" : "6")} daddr . ct original proto-dst @{set} {verdict}";
                }
            }
        }
    }

    /// <summary>The guest's addresses as sources: by its link-local one it reaches the host.</summary>
    private IEnumerable<(string Family, IPAddress Address)> Sources => [("4", guest.Ipv4), ("6", guest.Ipv6), ("6", Hardware.LinkLocalOf(guest.HardwareAddress))];

    private string Present(string act, uint generation) =>
        string.Concat(Sources.Select(source => $"{act} element {table} present{source.Family} {{ {source.Address} . 0x{generation:x} }}\n"));

    private string Dispatch(string act) => string.Concat(
        from source in Sources
        from element in (string[])[$"confined{source.Family} {{ {source.Address} }}", $"policies{source.Family} {{ {source.Address} : goto {Judge} }}", $"services{source.Family} {{ {source.Address} : goto {Services} }}"]
        select $"{act} element {table} {element}\n");
}
