using System.Net;
using System.Security.Cryptography;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <summary>The policies in a table of family inet: setting them, opening what names lead to, and what was refused.</summary>
/// <param name="name">The table's name.</param>
internal sealed class PolicyTable(string name)
{
    private readonly string table = $"inet {name}";

    /// <summary>
    /// A guest's first generation: the kernel may remember connections of an earlier guest of the address, which that one's policy has
    /// marked. Further ones follow it.
    /// </summary>
    public static uint NewGeneration() => (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);

    /// <summary>Gives a guest a policy, or another one: <see cref="BridgeNetwork.SetPolicy"/>.</summary>
    /// <returns>The generation of this policy, for the next call.</returns>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public uint Set(PolicyRules rules, Guest guest, EgressPolicy? policy, uint earlier, IReadOnlyList<Admission> admissions)
    {
        uint generation = earlier is 0 or >= PolicyRules.LastGeneration ? NewGeneration() : earlier + 1;
        using NfTables tables = BridgeNetwork.OpenTables();
        string act = $"set the policy of {guest.Ipv4}";
        if (policy is not null)
        {
            // What names close is closed before the policy applies: the kernel uses new rules a moment before new elements.
            BridgeNetwork.Execute(tables, rules.Prepare(policy, generation) + string.Concat(admissions.Select(admission => Bar(rules, admission))), act);
        }

        string forget = rules.Forget(PolicyRules.ClosedGeneration) + (earlier == 0 ? "" : rules.Forget(earlier) + string.Concat(LearnedOf(tables, guest).Select(element => Forget(element.Set, element.Key))));
        BridgeNetwork.Execute(
            tables,
            forget + (policy is null ? rules.Remove() : rules.Apply(policy, generation) + string.Concat(admissions.Select(admission => Admit(rules, admission)))),
            act);
        return generation;
    }

    /// <summary>Opens what a name leads to, and closes what is outdated: <see cref="BridgeNetwork.Admit"/>.</summary>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public void Admit(PolicyRules rules, Guest guest, Admission admission)
    {
        string commands = Admit(rules, admission)
            + string.Concat(admission.Outdated.SelectMany(old => rules.Learned(old.Address, old.Entries, old.Denied)).Select(element => Forget(element.Set, element.Key)));
        if (commands.Length > 0)
        {
            using NfTables tables = BridgeNetwork.OpenTables();
            BridgeNetwork.Execute(tables, commands, $"open the addresses of a name to {guest.Ipv4}");
        }
    }

    /// <summary>What names have opened of an address to a guest, or closed, for a port of a protocol.</summary>
    public LearnedScope FindLearned(Guest guest, IPAddress address, TransportProtocol protocol, ushort port)
    {
        using NfTables tables = BridgeNetwork.OpenTables();
        string suffix = protocol == TransportProtocol.Tcp ? "_tcp" : "_udp";
        return LearnedOf(tables, guest).Select(ScopeOf).DefaultIfEmpty(LearnedScope.None).Max();

        LearnedScope ScopeOf((string Set, string Key) element) =>
            !element.Set.Contains('_', StringComparison.Ordinal)
                ? element.Key.EndsWith($" . {address}", StringComparison.Ordinal) ? LearnedScope.Address : LearnedScope.None
                : !element.Set.EndsWith(suffix, StringComparison.Ordinal) || !element.Key.EndsWith($" . {address} . {port}", StringComparison.Ordinal) ? LearnedScope.None
                : PolicyChains.BarredSets.Contains(element.Set) ? LearnedScope.Barred : LearnedScope.Port;
    }

    /// <summary>What a guest was refused: <see cref="BridgeNetwork.ListDenied"/>.</summary>
    public IReadOnlyList<DeniedAttempt> ListDenied(Guest guest)
    {
        IPAddress[] own = [.. guest.Addresses, Hardware.LinkLocalOf(guest.HardwareAddress)];
        using NfTables tables = BridgeNetwork.OpenTables();
        return
        [
            .. ((string[])["denied4", "denied6"])
                .SelectMany(set => tables.TryList(ListSet(set)) is { } json ? new ElementReader(json).Denied(set) : [])
                .Where(attempt => own.Contains(attempt.Guest))
                .Select(attempt => attempt.Attempt),
        ];
    }

    /// <summary>How many packets a guest was refused beside the listed ones.</summary>
    public long CountUnlisted(Guest guest)
    {
        using NfTables tables = BridgeNetwork.OpenTables();
        return guest.Addresses.Sum(address => (IsIpv6(address) ? "unnoted6" : "unnoted4") is var set && tables.TryList(ListSet(set)) is { } json ? new ElementReader(json).PacketsOf(set, address) : 0);
    }

    /// <summary>Removes an element of a set, whether it has expired or not.</summary>
    public string Forget(string set, string key) => $"add element {table} {set} {{ {key} }}\ndelete element {table} {set} {{ {key} }}\n";

    private static string Admit(PolicyRules rules, Admission admission) =>
        Bar(rules, admission) + rules.Admit(admission.Addresses, admission.Entries, (int)admission.OpenFor.TotalSeconds);

    private static string Bar(PolicyRules rules, Admission admission) =>
        rules.Bar(admission.Addresses, admission.Denied, (int)admission.ClosedFor.TotalSeconds);

    private IReadOnlyList<(string Set, string Key)> LearnedOf(NfTables tables, Guest guest)
    {
        if (tables.TryList($"list table {table}") is not { } json)
        {
            return [];
        }

        ElementReader reader = new(json);
        return
        [
            .. from set in PolicyChains.LearnedSets
               from address in guest.Addresses
               where IsIpv6(address) == set.Contains('6', StringComparison.Ordinal)
               from key in reader.KeysOf(set, address)
               select (set, key),
        ];
    }

    private string ListSet(string set) => $"list set {table} {set}";

    private static bool IsIpv6(IPAddress address) => address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
}
