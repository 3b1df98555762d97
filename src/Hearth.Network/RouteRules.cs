using System.Net;
using System.Net.Sockets;

namespace Hearth.Network;

/// <summary>
/// The table of family inet: which connections guests may have, published ports, and masquerading. No other table is read or
/// changed. The number of rules does not depend on the number of guests, except of those with a policy of their own.
/// </summary>
/// <param name="network">The network, whose bridge has the table's name.</param>
internal sealed class RouteRules(NetworkDefinition network)
{
    /// <summary>The guests' interfaces.</summary>
    private const string TapSet = "taps";

    private readonly string table = $"inet {network.Bridge}";
    private readonly string bridge = $"\"{network.Bridge}\"";

    /// <summary>Family and name.</summary>
    public string Table => table;

    public string Remove => $"table {table}\ndelete table {table}\n";

    /// <summary>A cheap question whether the table exists. An older version's table has no such set.</summary>
    public string Probe => $"list set {table} {PolicyChains.BarredSets[0]}";

    /// <summary>Creates the whole table. One of the same name, such as one of an older version, is replaced in the same transaction.</summary>
    public string Create => $"{Remove}table {table} {{\n{Sets}{Filters}{Translation}}}\n";

    /// <summary>The maps of published ports.</summary>
    public static IReadOnlyList<string> PortMaps { get; } = ["ports4", "ports6", "ports4_at", "ports6_at"];

    /// <summary>The sets of the host's ports on which processes listen for guests: at all of its addresses, at those of a family, at a single one.</summary>
    public static IReadOnlyList<string> RelaySets { get; } = ["relays", "relays4", "relays6", "relays4_at", "relays6_at"];

    /// <summary>What a packet to such a port matches.</summary>
    public static IReadOnlyList<string> RelayMatches { get; } =
    [
        "meta l4proto . th dport @relays",
        "meta nfproto ipv4 meta l4proto . th dport @relays4",
        "meta nfproto ipv6 meta l4proto . th dport @relays6",
        "ip daddr . meta l4proto . th dport @relays4_at",
        "ip6 daddr . meta l4proto . th dport @relays6_at",
    ];

    /// <summary>A port as it is the key of maps and sets.</summary>
    public static string KeyOf(TransportProtocol protocol, int port) => $"{(protocol == TransportProtocol.Tcp ? "tcp" : "udp")} . {port}";

    private static string Sets => PolicyChains.Sets + """
            set taps { type ifname; }
            set selves4 { type ipv4_addr . ipv4_addr; }
            set selves6 { type ipv6_addr . ipv6_addr; }
            set relays { type inet_proto . inet_service; }
            set relays4 { type inet_proto . inet_service; }
            set relays6 { type inet_proto . inet_service; }
            set relays4_at { type ipv4_addr . inet_proto . inet_service; }
            set relays6_at { type ipv6_addr . inet_proto . inet_service; }
            map ports4 { type inet_proto . inet_service : ipv4_addr . inet_service; }
            map ports6 { type inet_proto . inet_service : ipv6_addr . inet_service; }
            map ports4_at { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }
            map ports6_at { type ipv6_addr . inet_proto . inet_service : ipv6_addr . inet_service; }

        """;

    /// <summary>
    /// The chains that decide. With br_netfilter, the kernel does not translate the addresses of a TCP reset back, so the client of a
    /// translated connection would not know it: it gets an ICMP error. Without br_netfilter, which shows by the bridge's hardware
    /// address, and back to the same bridge, the kernel drops that error, since it counts it as a further redirect.
    /// </summary>
    private string Filters => PolicyChains.Filters + $$"""
            chain strays {
                type filter hook prerouting priority raw
                iifname @{{TapSet}} counter drop
            }
            chain input {
                type filter hook input priority filter
                iifname {{bridge}} goto to_host
            }
            chain to_host {
                jump known
                icmpv6 type { {{PolicyChains.LinkTypes}} } accept
                ct state untracked goto refuse
                ct original ip saddr vmap @services4
                ct original ip6 saddr vmap @services6
                icmp type echo-request accept
                icmpv6 type echo-request accept
                {{string.Join('\n', RelayMatches.Select(match => $"{match} accept"))}}
                goto refuse
            }
            chain output {
                type filter hook output priority filter
                oifname {{bridge}} icmp type redirect drop
                oifname {{bridge}} icmpv6 type nd-redirect drop
            }
            chain forward {
                type filter hook forward priority filter
                iifname {{bridge}} goto from_guest
                oifname {{bridge}} goto to_guest
            }
            chain from_guest {
                oifname {{bridge}} icmpv6 type { {{PolicyChains.LinkTypes}} } accept
                ct state untracked goto refuse
                oifname {{bridge}} meta pkttype host ip daddr . ip daddr != @selves4 goto absent
                oifname {{bridge}} meta pkttype host ip6 daddr . ip6 daddr != @selves6 goto absent
                {{(network.IsInternal ? $"oifname != {bridge} goto refuse" : "")}}
                jump known
                {{(network.Options.ConnectsGuests ? "" : $"oifname {bridge} ct status & 0x20 == 0 goto refuse")}}
                goto judge
            }
            chain absent {
                meta l4proto tcp reject with tcp reset
                reject with icmpx host-unreachable
            }
            chain to_guest {
                {{(network.IsInternal ? "goto turn_away" : "")}}
                jump known
                ct state established,related goto judge
                ct status dnat accept
                goto turn_away
            }
            chain judge {
                ct original ip saddr vmap @policies4
                ct original ip6 saddr vmap @policies6
                ct status dnat accept
                ct original ip daddr @closed4 goto refuse
                ct original ip6 daddr @closed6 goto refuse
                accept
            }
            chain turn_away {
                ct status dnat ct state new oifname != {{bridge}} reject with icmpx port-unreachable
                ct status dnat ct state new ether daddr != {{Hardware.TextOf(Hardware.AddressOf(network.Subnet.Gateway))}} reject with icmpx port-unreachable
                meta l4proto tcp reject with tcp reset
                reject with icmpx admin-prohibited
            }

        """;

    private bool HasNoMasquerade => network.IsInternal || !network.Options.Masquerades;

    private string Translation => $$"""
            chain prerouting {
                type nat hook prerouting priority dstnat
                fib daddr type local goto publish
            }
            chain local {
                type nat hook output priority -100
                ip daddr 127.0.0.0/8 accept
                ip6 daddr ::1 accept
                fib daddr type local goto publish
            }
            chain publish {
                dnat ip to ip daddr . meta l4proto . th dport map @ports4_at
                dnat ip6 to ip6 daddr . meta l4proto . th dport map @ports6_at
                dnat ip to meta l4proto . th dport map @ports4
                dnat ip6 to meta l4proto . th dport map @ports6
            }
            chain postrouting {
                type nat hook postrouting priority srcnat
                ip saddr . ip daddr @selves4 masquerade
                ip6 saddr . ip6 daddr @selves6 masquerade
                {{(HasNoMasquerade ? "" : $"ip saddr {network.Subnet} oifname != {bridge} masquerade")}}
                {{(HasNoMasquerade ? "" : $"ip6 saddr {network.Ipv6Prefix}/{NetworkDefinition.Ipv6PrefixLength} oifname != {bridge} masquerade")}}
            }

        """;

    /// <summary>The elements of a guest, each idempotent. A guest that reaches itself by a published port is masqueraded.</summary>
    public string Add(Guest guest) => string.Concat(ElementsOf(guest).Select(element => $"add element {table} {element}\n"));

    /// <summary>Marks a guest as one all of whose rules are in the tables.</summary>
    public string Keep(Guest guest) => $"add element {table} {KeptOf(guest)}\n";

    /// <summary>Removes the elements of a guest whether they exist or not.</summary>
    public string Delete(Guest guest) => Add(guest) + Keep(guest) + string.Concat(ElementsOf(guest).Append(KeptOf(guest)).Select(element => $"delete element {table} {element}\n"));

    /// <summary>Leads ports of the host to a guest; nft refuses a port that leads to another guest.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="ports">The ports.</param>
    /// <param name="isKnown">Whether the ports may lead to the guest already.</param>
    public string Publish(Guest guest, IEnumerable<PublishedPort> ports, bool isKnown = false) => string.Concat(ports
        .SelectMany(port => ElementsOf(guest, port))
        .GroupBy(element => element.Map, element => element.Text)
        .Select(map => $"{(isKnown ? "add" : "create")} element {table} {map.Key} {{ {string.Join(", ", map)} }}\n"));

    /// <summary>Opens ports of the host, where a process listens for a guest, to all guests.</summary>
    public string Relay(Guest guest, IEnumerable<PublishedPort> ports) => string.Concat(ports
        .GroupBy(port => RelaySetOf(port.HostAddress), port => $"{RelayKeyOf(port)} comment \"{guest.Tap}\"")
        .Select(set => $"add element {table} {set.Key} {{ {string.Join(", ", set)} }}\n"));

    /// <summary>Removes the published and relayed ports of a guest, which exist.</summary>
    public string Withdraw(IEnumerable<PublishedPort> published, IEnumerable<PublishedPort> relayed) => string.Concat(
        published.SelectMany(PortKeysOf).Concat(relayed.Select(port => (Set: RelaySetOf(port.HostAddress), Key: RelayKeyOf(port))))
            .GroupBy(port => port.Set, port => port.Key)
            .Select(set => Withdraw(set.Key, set)));

    /// <summary>Removes elements of a set or a map by their keys.</summary>
    public string Withdraw(string map, IEnumerable<string> keys) => $"delete element {table} {map} {{ {string.Join(", ", keys)} }}\n";

    private static string KeptOf(Guest guest) => $"{PolicyChains.KeptSet} {{ {guest.Ipv4} }}";

    private static string[] ElementsOf(Guest guest) =>
        [$"selves4 {{ {guest.Ipv4} . {guest.Ipv4} }}", $"selves6 {{ {guest.Ipv6} . {guest.Ipv6} }}", $"{TapSet} {{ \"{guest.Tap}\" }}"];

    private static string RelaySetOf(IPAddress? host) =>
        host is null ? "relays"
        : host.Equals(IPAddress.Any) ? "relays4"
        : host.Equals(IPAddress.IPv6Any) ? "relays6"
        : host.AddressFamily == AddressFamily.InterNetwork ? "relays4_at" : "relays6_at";

    private static string RelayKeyOf(PublishedPort port) =>
        $"{(RelaySetOf(port.HostAddress).EndsWith("_at", StringComparison.Ordinal) ? $"{port.HostAddress} . " : "")}{KeyOf(port.Protocol, port.HostPort)}";

    private static IEnumerable<(string Map, string Text)> ElementsOf(Guest guest, PublishedPort port) => PortKeysOf(port).Select(entry =>
        (entry.Set, $"{entry.Key} : {(entry.Set.Contains('4', StringComparison.Ordinal) ? guest.Ipv4 : guest.Ipv6)} . {port.GuestPort}"));

    private static IEnumerable<(string Set, string Key)> PortKeysOf(PublishedPort port)
    {
        string key = KeyOf(port.Protocol, port.HostPort);
        IPAddress? host = port.HostAddress;
        bool all4 = host is null || host.Equals(IPAddress.Any);
        bool all6 = host is null || host.Equals(IPAddress.IPv6Any);
        if (all4 || host!.AddressFamily == AddressFamily.InterNetwork)
        {
            yield return (all4 ? "ports4" : "ports4_at", $"{(all4 ? "" : $"{host} . ")}{key}");
        }

        if (all6 || host!.AddressFamily == AddressFamily.InterNetworkV6)
        {
            yield return (all6 ? "ports6" : "ports6_at", $"{(all6 ? "" : $"{host} . ")}{key}");
        }
    }
}
