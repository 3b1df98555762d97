using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Hearth.Linux;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <content>The guests' policies: setting them, opening what names lead to, and what was refused.</content>
public sealed partial class BridgeNetwork
{
    /// <summary>An answer may be used some time after it was given.</summary>
    private const int ShortestAdmissionInSeconds = 60;

    /// <summary>Many programs resolve a name once and use its addresses for long.</summary>
    private const int ShortestBarInSeconds = 60 * 60;

    private const int LongestAdmissionInSeconds = 24 * 60 * 60;

    /// <summary>
    /// Gives a guest a policy, or another one, at one moment. Connections that it forbids are cut, others go on. Of the
    /// addresses that names opened earlier, only the given ones stay open.
    /// </summary>
    /// <param name="attachment">The guest.</param>
    /// <param name="policy">The policy; null for everywhere except the closed addresses.</param>
    /// <param name="earlier">The generation of the guest's earlier policy; 0 if it had none.</param>
    /// <param name="admissions">The addresses that names have opened and that stay open.</param>
    /// <returns>The generation of this policy, for the next call.</returns>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public uint SetPolicy(NetworkAttachment attachment, EgressPolicy? policy, uint earlier, IReadOnlyList<Admission> admissions)
    {
        PolicyRules rules = new(definition, attachment.Guest);
        uint generation = earlier is 0 or >= PolicyRules.ClosedGeneration - 1 ? NewGeneration() : earlier + 1;
        NoteConfinement(attachment, policy is not null);
        using NfTables tables = OpenTables();
        string act = $"set the policy of {attachment.Ipv4}";
        if (policy is not null)
        {
            // What names close is closed before the policy applies: the kernel uses new rules a moment before new elements.
            Execute(tables, rules.Prepare(policy, generation) + string.Concat(admissions.Select(admission => Bar(rules, admission))), act);
        }

        string forget = rules.Forget(PolicyRules.ClosedGeneration) + (earlier == 0 ? "" : rules.Forget(earlier) + string.Concat(LearnedOf(tables, attachment).Select(element => routes.Forget(element.Set, element.Key))));
        Execute(
            tables,
            forget + (policy is null ? rules.Remove() : rules.Apply(policy, generation) + string.Concat(admissions.Select(admission => Admit(rules, admission)))),
            act);
        return generation;
    }

    /// <summary>Notes at a tap whether its guest has a policy. The next process that creates deleted tables reads it.</summary>
    private static void NoteConfinement(NetworkAttachment attachment, bool isConfined)
    {
        try
        {
            using RouteSocket socket = RouteSocket.Open();
            if (Links.Find(socket, attachment.TapName) is { } link && TapNote.Parse(link.Alias) is var note && note.IsConfined != isConfined)
            {
                Links.SetAlias(socket, link.Index, (note with { IsConfined = isConfined }).ToString());
            }
        }
        catch (LinuxException failure)
        {
            throw new NetworkException(NetworkError.Refused, $"cannot set the policy of {attachment.Ipv4}: {failure.Message}", failure);
        }
    }

    /// <summary>
    /// A guest's first generation: the kernel may remember connections of an earlier guest of the address, which that one's policy has
    /// marked. Further ones follow it.
    /// </summary>
    private static uint NewGeneration() => (uint)RandomNumberGenerator.GetInt32(1, int.MaxValue);

    /// <summary>
    /// Opens addresses to a guest that the resolver is about to give to it, and closes outdated ones. They are open when this returns.
    /// </summary>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public void Admit(NetworkAttachment attachment, Admission admission)
    {
        PolicyRules rules = new(definition, attachment.Guest);
        string commands = Admit(rules, admission)
            + string.Concat(admission.Outdated.SelectMany(old => rules.Learned(old.Address, old.Entries, old.Denied)).Select(element => routes.Forget(element.Set, element.Key)));
        if (commands.Length > 0)
        {
            using NfTables tables = OpenTables();
            Execute(tables, commands, $"open the addresses of a name to {attachment.Ipv4}");
        }
    }

    /// <summary>What names have opened of an address to a guest, or closed, for a port of a protocol.</summary>
    internal LearnedScope FindLearned(NetworkAttachment attachment, IPAddress address, TransportProtocol protocol, ushort port)
    {
        using NfTables tables = OpenTables();
        string suffix = protocol == TransportProtocol.Tcp ? "_tcp" : "_udp";
        return LearnedOf(tables, attachment).Select(ScopeOf).DefaultIfEmpty(LearnedScope.None).Max();

        LearnedScope ScopeOf((string Set, string Key) element) =>
            !element.Set.Contains('_', StringComparison.Ordinal)
                ? element.Key.EndsWith($" . {address}", StringComparison.Ordinal) ? LearnedScope.Address : LearnedScope.None
                : !element.Set.EndsWith(suffix, StringComparison.Ordinal) || !element.Key.EndsWith($" . {address} . {port}", StringComparison.Ordinal) ? LearnedScope.None
                : RouteRules.BarredSets.Contains(element.Set) ? LearnedScope.Barred : LearnedScope.Port;
    }

    /// <summary>Whether a process of the host listens on a port of an address for a guest of this network.</summary>
    internal bool IsRelayed(IPAddress address, TransportProtocol protocol, ushort port)
    {
        using NfTables tables = OpenTables();
        if (tables.TryList($"list table {routes.Table}") is not { } json)
        {
            return false;
        }

        ElementReader reader = new(json);
        string key = RouteRules.KeyOf(protocol, port);
        string family = address.AddressFamily == AddressFamily.InterNetwork ? "relays4" : "relays6";
        return reader.HasKey("relays", key) || reader.HasKey(family, key) || reader.HasKey($"{family}_at", $"{address} . {key}");
    }

    /// <summary>Whether rules of a network lead a port of an address of the host to a guest.</summary>
    /// <param name="bridge">The network's bridge.</param>
    /// <param name="address">The host's address.</param>
    /// <param name="protocol">The protocol.</param>
    /// <param name="port">The port.</param>
    internal static bool IsPublished(string bridge, IPAddress address, TransportProtocol protocol, ushort port)
    {
        using NfTables tables = OpenTables();
        if (tables.TryList($"list table inet {bridge}") is not { } json)
        {
            return false;
        }

        ElementReader reader = new(json);
        string map = address.AddressFamily == AddressFamily.InterNetwork ? "ports4" : "ports6";
        string key = RouteRules.KeyOf(protocol, port);
        return reader.HasKey(map, key) || reader.HasKey($"{map}_at", $"{address} . {key}");
    }

    private static string Admit(PolicyRules rules, Admission admission) =>
        Bar(rules, admission) + rules.Admit(admission.Addresses, admission.Entries, (int)Math.Clamp(admission.Lifetime.TotalSeconds, ShortestAdmissionInSeconds, LongestAdmissionInSeconds));

    private static string Bar(PolicyRules rules, Admission admission) =>
        rules.Bar(admission.Addresses, admission.Denied, (int)Math.Clamp(admission.Lifetime.TotalSeconds, ShortestBarInSeconds, LongestAdmissionInSeconds));

    private IReadOnlyList<(string Set, string Key)> LearnedOf(NfTables tables, NetworkAttachment attachment)
    {
        if (tables.TryList($"list table {routes.Table}") is not { } json)
        {
            return [];
        }

        ElementReader reader = new(json);
        return
        [
            .. from set in RouteRules.LearnedSets
               from key in reader.KeysOf(set, set.Contains('6', StringComparison.Ordinal) ? attachment.Ipv6 : attachment.Ipv4)
               select (set, key),
        ];
    }

    /// <summary>From so many destinations on, a guest may have been refused more than are listed.</summary>
    public const int ListedAtOnce = RouteRules.NotedAtOnce;

    /// <summary>What a guest was refused in the last ten minutes: <see cref="ListedAtOnce"/> destinations, and one more for each second.</summary>
    public IReadOnlyList<DeniedAttempt> ListDenied(NetworkAttachment attachment)
    {
        IPAddress[] own = [attachment.Ipv4, attachment.Ipv6, Hardware.LinkLocalOf(attachment.HardwareAddress)];
        using NfTables tables = OpenTables();
        return
        [
            .. ((string[])["denied4", "denied6"])
                .SelectMany(set => tables.TryList(routes.ListSet(set)) is { } json ? new ElementReader(json).Denied(set) : [])
                .Where(attempt => own.Contains(attempt.Guest))
                .Select(attempt => attempt.Attempt),
        ];
    }

    /// <summary>How many packets a guest was refused beside those to the destinations of <see cref="ListDenied"/>, which are too many.</summary>
    public long CountUnlisted(NetworkAttachment attachment)
    {
        using NfTables tables = OpenTables();
        (string Set, IPAddress Guest)[] counters = [("unnoted4", attachment.Ipv4), ("unnoted6", attachment.Ipv6)];
        return counters.Sum(each => tables.TryList(routes.ListSet(each.Set)) is { } json ? new ElementReader(json).PacketsOf(each.Set, each.Guest) : 0);
    }
}
