using System.Net.Sockets;

namespace Hearth.Network;

/// <summary>
/// The sets and chains of a table of family inet by which policies are kept, and what is refused is noted. The table has two chains more:
/// <c>judge</c>, which leads to the guests' policies, and <c>turn_away</c>, which answers what is refused.
/// </summary>
internal static class PolicyChains
{
    /// <summary>
    /// The guests whose ports, limits and policies are in the tables. If another process creates deleted tables, it cannot know those.
    /// </summary>
    public const string KeptSet = "kept";

    /// <summary>Neighbour discovery and group reports, which have no connection.</summary>
    public const string LinkTypes = "nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, mld-listener-report, mld-listener-done, mld2-listener-report";

    /// <summary>Destinations of one guest that are noted without a pause.</summary>
    public const int NotedAtOnce = 512;

    /// <summary>The sets that collect elements of a guest while it runs.</summary>
    public static IReadOnlyList<string> GrowingSets => [.. LearnedSets, .. GenerationSets, "denied4", "denied6", "noting4", "noting6", "unnoted4", "unnoted6"];

    /// <summary>The sets of the generations of policies that apply. Their elements do not expire.</summary>
    public static IReadOnlyList<string> GenerationSets { get; } = ["present4", "present6"];

    /// <summary>
    /// The sets of addresses that names have opened, or of which they have closed a port. They have no size, or one guest could fill them for all others; a guest's keeper bounds its elements.
    /// </summary>
    public static IReadOnlyList<string> LearnedSets => ["learned4", "learned6", "learned4_tcp", "learned4_udp", "learned6_tcp", "learned6_udp", .. BarredSets];

    /// <summary>Those of the sets of ports that are closed at addresses of names.</summary>
    public static IReadOnlyList<string> BarredSets => ["barred4_tcp", "barred4_udp", "barred6_tcp", "barred6_udp"];

    private static string ClosedSets => string.Concat(((AddressFamily[])[AddressFamily.InterNetwork, AddressFamily.InterNetworkV6]).Select(family =>
    {
        int number = family == AddressFamily.InterNetwork ? 4 : 6;
        return $"set closed{number} {{ type ipv{number}_addr; flags interval; elements = {{ {string.Join(", ", EgressPolicy.Closed.Where(network => network.BaseAddress.AddressFamily == family))} }} }}\n";
    }));

    public static string Sets => ClosedSets + """
            set kept { type ipv4_addr; }
            set confined4 { type ipv4_addr; }
            set confined6 { type ipv6_addr; }
            set present4 { type ipv4_addr . mark; }
            set present6 { type ipv6_addr . mark; }
            set learned4 { type ipv4_addr . ipv4_addr; flags timeout; }
            set learned6 { type ipv6_addr . ipv6_addr; flags timeout; }
            set learned4_tcp { type ipv4_addr . ipv4_addr . inet_service; flags timeout; }
            set learned4_udp { type ipv4_addr . ipv4_addr . inet_service; flags timeout; }
            set learned6_tcp { type ipv6_addr . ipv6_addr . inet_service; flags timeout; }
            set learned6_udp { type ipv6_addr . ipv6_addr . inet_service; flags timeout; }
            set barred4_tcp { type ipv4_addr . ipv4_addr . inet_service; flags timeout; }
            set barred4_udp { type ipv4_addr . ipv4_addr . inet_service; flags timeout; }
            set barred6_tcp { type ipv6_addr . ipv6_addr . inet_service; flags timeout; }
            set barred6_udp { type ipv6_addr . ipv6_addr . inet_service; flags timeout; }
            set denied4 { type ipv4_addr . ipv4_addr . inet_proto . inet_service; flags dynamic,timeout; timeout 10m; size 65535; }
            set denied6 { type ipv6_addr . ipv6_addr . inet_proto . inet_service; flags dynamic,timeout; timeout 10m; size 65535; }
            set noting4 { type ipv4_addr; flags dynamic,timeout; timeout 20m; size 65535; }
            set noting6 { type ipv6_addr; flags dynamic,timeout; timeout 20m; size 65535; }
            set unnoted4 { type ipv4_addr; flags dynamic,timeout; timeout 10m; size 65535; }
            set unnoted6 { type ipv6_addr; flags dynamic,timeout; timeout 10m; size 65535; }
            map policies4 { type ipv4_addr : verdict; }
            map policies6 { type ipv6_addr : verdict; }
            map services4 { type ipv4_addr : verdict; }
            map services6 { type ipv6_addr : verdict; }

        """;

    public static string Filters => $$"""
            chain known {
                ct state invalid drop
                ct state established,related ct original ip saddr != @confined4 accept
                ct state established,related ct original ip6 saddr != @confined6 accept
                ct state established,related ct original ip saddr . ct mark @present4 accept
                ct state established,related ct original ip6 saddr . ct mark @present6 accept
            }
            chain note {
            {{Notes}}
            }
            chain refuse {
                fib daddr type { broadcast, multicast } drop
                jump note
                goto turn_away
            }

        """;

    /// <summary>
    /// Notes the destination of what is refused, and of each guest at most <see cref="NotedAtOnce"/> and then one a second, so that no guest
    /// hides what others are refused. Packets to further destinations are counted together.
    /// </summary>
    private static string Notes
    {
        get
        {
            (string Match, bool HasPorts)[] protocols = [("tcp", true), ("udp", true), ("!= { tcp, udp }", false)];
            (string Family, string State, string Side, string Port)[] sources =
            [
                ("4", "", "ct original ip", "ct original proto-dst"), ("6", "", "ct original ip6", "ct original proto-dst"),
                ("4", "ct state untracked ", "ip", "th dport"), ("6", "ct state untracked ", "ip6", "th dport"),
            ];
            string[] known =
            [
                .. from source in sources
                   from protocol in protocols
                   where protocol.HasPorts
                   let key = KeyOf(source, protocol)
                   select $"{source.State}meta l4proto {protocol.Match} {key} @denied{source.Family} update @denied{source.Family} {{ {key} counter }} return",
            ];
            string[] limits =
            [
                .. from source in sources
                   let guest = $"{source.Side} saddr"
                   select $"{source.State}update @noting{source.Family} {{ {guest} limit rate over 1/second burst {NotedAtOnce} packets }} update @unnoted{source.Family} {{ {guest} counter }} return",
            ];
            string[] notes =
            [
                .. from source in sources
                   from protocol in protocols
                   select $"{source.State}meta l4proto {protocol.Match} update @denied{source.Family} {{ {KeyOf(source, protocol)} counter }} return",
            ];
            return string.Concat(((string[])[.. known, .. limits, .. notes]).Select(rule => $"        {rule}\n"));

            static string KeyOf((string Family, string State, string Side, string Port) source, (string Match, bool HasPorts) protocol) =>
                $"{source.Side} saddr . {source.Side} daddr . meta l4proto . {(protocol.HasPorts ? source.Port : "0")}";
        }
    }
}
