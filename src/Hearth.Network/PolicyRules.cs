using System.Net;
using System.Net.Sockets;

namespace Hearth.Network;

/// <summary>
/// A guest's policy as chains and sets of its own in the table of family inet. A policy has a generation, which marks the
/// connections that it accepted. Connections of another generation are judged again, so a new policy cuts what it forbids. The kernel
/// uses new rules a moment before their sets have their elements. So the chains and sets of a policy have a number: another policy is
/// prepared beside the one that applies (<see cref="Prepare"/>), and then the guest's chains lead to it (<see cref="Apply"/>).
/// </summary>
/// <param name="name">The table's name.</param>
/// <param name="guest">The guest.</param>
/// <param name="groups">What the policy does with multicast and broadcast; null in a namespace that somebody else has made, where the guest's packets are routed.</param>
internal sealed class PolicyRules(string name, Guest guest, GroupRules? groups)
{
    /// <summary>The generation of a guest whose policy was lost with the tables; no connection is marked with it.</summary>
    public const uint ClosedGeneration = uint.MaxValue;

    /// <summary>The last generation of a policy; after it comes a new one. Above it are marks of other meaning (<see cref="Joined.ConfinedRules.KeeperMark"/>).</summary>
    public const uint LastGeneration = ClosedGeneration - 2;

    private static readonly string[] protocols = ["tcp", "udp"];
    private static readonly string[] families = ["4", "6"];

    private readonly string table = $"inet {name}";
    private readonly string suffix = guest.Tap.Replace('-', '_');

    /// <summary>The rules of a guest in a network of Hearth's.</summary>
    public PolicyRules(NetworkDefinition network, Guest guest)
        : this(network.Bridge, guest, new GroupRules(network, guest))
    {
    }

    /// <summary>The number of the policy of a guest that may connect nowhere until its own is set.</summary>
    private const uint ClosedNumber = 2;

    /// <summary>A policy and the next one have different numbers.</summary>
    private static readonly uint[] numbers = [0, 1, ClosedNumber];

    /// <summary>The chains that a policy may have. They can be all that there is of one.</summary>
    public IEnumerable<string> Chains => [Judge, Services, .. numbers.SelectMany(number => (string[])[JudgeOf(number), ServicesOf(number)])];

    private string Judge => $"judge_{suffix}";

    private string Services => $"services_{suffix}";

    private string JudgeOf(uint number) => $"{Judge}_{number}";

    private string ServicesOf(uint number) => $"{Services}_{number}";

    private static uint NumberOf(uint generation) => generation == ClosedGeneration ? ClosedNumber : generation % ClosedNumber;

    /// <summary>Sets a policy in one transaction, for a guest that has no connections.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="generation">Not 0; another one than the guest's earlier policies had.</param>
    public string Set(EgressPolicy policy, uint generation) => Prepare(policy, generation) + Apply(policy, generation);

    /// <summary>Creates the chains and sets of a policy. Nothing leads to them.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="generation">Not 0; the one after that of the policy which applies, or any if none does.</param>
    public string Prepare(EgressPolicy policy, uint generation)
    {
        uint number = NumberOf(generation);
        List<string> sets = [];
        string accept = $"ct mark set 0x{generation:x} accept";
        IEnumerable<EgressEntry> precise = policy.Allow.Where(entry => entry.Network is { } network && EgressPolicy.Closed.Any(outer => AddressRanges.IsWithin(network, outer)));
        string[] denials = [.. Rules(sets, number, "deny", policy.Deny, "goto refuse"), .. LearnedPortRules("barred", "goto refuse")];
        string[] judge =
        [
            .. denials,
            .. HostMatches.Select(match => $"{match} goto {ServicesOf(number)}"),
            .. Rules(sets, number, "precise", precise, accept),
            "ct original ip daddr @closed4 goto refuse",
            "ct original ip6 daddr @closed6 goto refuse",
            .. PortRules(sets, number, "allow", policy.Allow, accept),
            .. AddressRules(sets, number, "single", policy.Allow.Where(entry => entry.IsSingleAddress), accept),
            .. LearnedPortRules("learned", accept),
            .. policy.HasNames ? protocols.Select(protocol => $"meta l4proto {protocol} ct original proto-dst {{ 53, 853 }} goto refuse") : [],
            .. AddressRules(sets, number, "allow", policy.Allow.Where(entry => !entry.IsSingleAddress), accept),
            .. families.Select(family => $"{PairOf(family)} @learned{family} {accept}"),
            policy.AllowsByDefault ? accept : "goto refuse",
        ];
        string[] services =
        [
            .. denials,
            .. HostRules(policy.Deny, "goto refuse"),
            $"icmp type echo-request {accept}",
            $"icmpv6 type echo-request {accept}",
            .. HostRules(policy.Allow, accept),
            .. policy.AllowsByDefault && groups is not null ? (string[])[$"ct status dnat {accept}", .. RouteRules.RelayMatches.Select(match => $"{match} {accept}")] : [],
            "goto refuse",
        ];
        return Remove(number)
            + $"table {table} {{\n{string.Join('\n', sets)}\nchain {JudgeOf(number)} {{\n}}\nchain {ServicesOf(number)} {{\n}}\n}}\n"
            + string.Concat(services.Select(rule => $"add rule {table} {ServicesOf(number)} {rule}\n"))
            + string.Concat(judge.Select(rule => $"add rule {table} {JudgeOf(number)} {rule}\n"));
    }

    /// <summary>Lets a prepared policy decide, and removes the ones before.</summary>
    public string Apply(EgressPolicy policy, uint generation)
    {
        uint number = NumberOf(generation);
        return Lead(Judge, JudgeOf(number)) + Lead(Services, ServicesOf(number))
            + Dispatch("add")
            + Present("add", generation)
            + groups?.Remove() + groups?.Add(policy)
            + string.Concat(numbers.Where(other => other != number).Select(Remove));
    }

    /// <summary>Lets a guest connect nowhere, until its policy is set.</summary>
    public string Close() => Set(EgressPolicy.Parse(false, [], []), ClosedGeneration);

    /// <summary>Forwarded packets that were sent to the host: to its published ports, or to the routers of a namespace that somebody else has made.</summary>
    private string[] HostMatches => groups is not null ? ["ct status dnat"] : ["ct original ip daddr @hosts4", "ct original ip6 daddr @hosts6"];

    private string Lead(string chain, string target) => $"add chain {table} {chain}\nflush chain {table} {chain}\nadd rule {table} {chain} goto {target}\n";

    /// <summary>Removes a policy whether it exists or not: what is added first can be deleted.</summary>
    public string Remove() =>
        $"add chain {table} {Judge}\nadd chain {table} {Services}\n" + Dispatch("add") + Dispatch("delete")
        + $"flush chain {table} {Judge}\nflush chain {table} {Services}\ndelete chain {table} {Judge}\ndelete chain {table} {Services}\n"
        + string.Concat(numbers.Select(Remove))
        + groups?.Remove();

    /// <summary>Removes the chains and sets of a number, to which nothing leads, whether they exist or not.</summary>
    private string Remove(uint number)
    {
        string[] chains = [JudgeOf(number), ServicesOf(number)];
        return string.Concat(chains.Select(chain => $"add chain {table} {chain}\nflush chain {table} {chain}\n"))
            + string.Concat(chains.Select(chain => $"delete chain {table} {chain}\n"))
            + string.Concat(SetNames(number).Select(set => $"add set {table} {set.Name} {{ type {set.Type}; flags interval; }}\ndelete set {table} {set.Name}\n"));
    }

    /// <summary>Forgets a generation: what it accepted is judged again.</summary>
    public string Forget(uint generation) => Present("add", generation) + Present("delete", generation);

    /// <summary>Opens addresses that a name has led to, until the time is over.</summary>
    public string Admit(IEnumerable<IPAddress> addresses, IReadOnlyList<EgressEntry> entries, int seconds) => Refresh(addresses, address => LearnedSets(address, entries), seconds);

    /// <summary>Closes ports of addresses that a name has led to, until the time is over.</summary>
    public string Bar(IEnumerable<IPAddress> addresses, IReadOnlyList<EgressEntry> denied, int seconds) => Refresh(addresses, address => PortSets("barred", address, denied), seconds);

    /// <summary>The elements by which names may have opened an address, or closed ports of it.</summary>
    public IEnumerable<(string Set, string Key)> Learned(IPAddress address, IEnumerable<EgressEntry> entries, IEnumerable<EgressEntry> denied) =>
        entries.SelectMany(entry => LearnedSets(address, [entry])).Concat(PortSets("barred", address, denied)).Distinct().SelectMany(set => KeysOf(address, set).Select(key => (set.Name, key)));

    private string Refresh(IEnumerable<IPAddress> addresses, Func<IPAddress, IEnumerable<(string Name, string Port)>> setsOf, int seconds) => string.Concat(
        from address in addresses
        from set in setsOf(address)
        from element in KeysOf(address, set)
        select $"add element {table} {set.Name} {{ {element} }}\ndelete element {table} {set.Name} {{ {element} }}\nadd element {table} {set.Name} {{ {element} timeout {seconds}s }}\n");

    private IEnumerable<string> KeysOf(IPAddress address, (string Name, string Port) set) =>
        guest.Addresses.Where(own => own.AddressFamily == address.AddressFamily).Select(own => $"{own} . {address}{set.Port}");

    private static IEnumerable<(string Name, string Port)> LearnedSets(IPAddress address, IReadOnlyList<EgressEntry> entries) =>
        entries.Any(entry => entry.Port is null) ? [($"learned{FamilyOf(address)}", "")] : PortSets("learned", address, entries);

    private static IEnumerable<(string Name, string Port)> PortSets(string use, IPAddress address, IEnumerable<EgressEntry> entries) =>
        entries.SelectMany(entry => entry.Protocols.Select(protocol => ($"{use}{FamilyOf(address)}_{protocol}", $" . {entry.Port}"))).Distinct();

    private static string FamilyOf(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? "4" : "6";

    private IEnumerable<(string Name, string Type)> SetNames(uint number) =>
        from use in (string[])["deny", "precise", "allow", "single"]
        from family in (int[])[4, 6]
        from protocol in use == "single" ? [""] : (string[])["", "tcp", "udp"]
        select (SetName(use, family, protocol, number), $"ipv{family}_addr{(protocol.Length > 0 ? " . inet_service" : "")}");

    private static IEnumerable<string> HostRules(IEnumerable<EgressEntry> entries, string verdict) =>
        entries.Where(entry => entry.Kind == EgressEntryKind.Host).SelectMany(entry => entry.Port is { } port
            ? entry.Protocols.Select(protocol => $"meta l4proto {protocol} ct original proto-dst {port} {verdict}")
            : [verdict]);

    private static IEnumerable<string> LearnedPortRules(string use, string verdict) =>
        from family in families
        from protocol in protocols
        select $"meta l4proto {protocol} {PairOf(family)} . ct original proto-dst @{use}{family}_{protocol} {verdict}";

    private static string PairOf(string family)
    {
        string ip = family == "4" ? "ip" : "ip6";
        return $"ct original {ip} saddr . ct original {ip} daddr";
    }

    private string SetName(string use, int family, string protocol, uint number) => $"{use}{family}{(protocol.Length > 0 ? "_" : "")}{protocol}_{suffix}_{number}";

    private IEnumerable<string> Rules(List<string> sets, uint number, string use, IEnumerable<EgressEntry> entries, string verdict) =>
        [.. PortRules(sets, number, use, entries, verdict), .. AddressRules(sets, number, use, entries, verdict)];

    private IEnumerable<string> AddressRules(List<string> sets, uint number, string use, IEnumerable<EgressEntry> entries, string verdict)
    {
        IPNetwork[] networks = [.. entries.Where(entry => entry.Network is not null && entry.Port is null).Select(entry => entry.Network!.Value)];
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            IReadOnlyList<string> ranges = AddressRanges.Merge(networks, family);
            if (ranges.Count > 0)
            {
                int version = family == AddressFamily.InterNetwork ? 4 : 6;
                string set = SetName(use, version, "", number);
                sets.Add($"set {set} {{ type ipv{version}_addr; flags interval; elements = {{ {string.Join(", ", ranges)} }}\n}}");
                yield return $"ct original ip{(version == 4 ? "" : "6")} daddr @{set} {verdict}";
            }
        }
    }

    /// <summary>Ranges of one port are joined, so no two elements overlap.</summary>
    private IEnumerable<string> PortRules(List<string> sets, uint number, string use, IEnumerable<EgressEntry> entries, string verdict)
    {
        EgressEntry[] known = [.. entries.Where(entry => entry.Network is not null && entry.Port is not null)];
        foreach (AddressFamily family in (AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6])
        {
            int version = family == AddressFamily.InterNetwork ? 4 : 6;
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
                    string set = SetName(use, version, protocol, number);
                    sets.Add($"set {set} {{ type ipv{version}_addr . inet_service; flags interval; elements = {{ {string.Join(", ", elements)} }}\n}}");
                    yield return $"meta l4proto {protocol} ct original ip{(version == 4 ? "" : "6")} daddr . ct original proto-dst @{set} {verdict}";
                }
            }
        }
    }

    /// <summary>The guest's addresses as sources: by its link-local one it reaches the host.</summary>
    private IEnumerable<(string Family, IPAddress Address)> Sources =>
        guest.Addresses.Append(Hardware.LinkLocalOf(guest.HardwareAddress)).Distinct().Select(address => (FamilyOf(address), address));

    private string Present(string act, uint generation) =>
        string.Concat(Sources.Select(source => $"{act} element {table} present{source.Family} {{ {source.Address} . 0x{generation:x} }}\n"));

    private string Dispatch(string act) => string.Concat(
        from source in Sources
        from element in (string[])[$"confined{source.Family} {{ {source.Address} }}", $"policies{source.Family} {{ {source.Address} : goto {Judge} }}", $"services{source.Family} {{ {source.Address} : goto {Services} }}"]
        select $"{act} element {table} {element}\n");
}
