using System.Net;

namespace Hearth.Network;

/// <summary>
/// The table of family bridge: what a guest may put on the wire. A frame has its guest's own hardware address and IP address, or
/// is dropped and counted. Unicast packets are addressed to the bridge itself, so that the host routes them even between guests
/// of one network: one place (<see cref="RouteRules"/>) decides about all connections, without br_netfilter. Most packets are IPv4
/// from a guest's own addresses, so that is asked first, by one look into a set.
/// </summary>
/// <param name="network">The network, whose bridge has the table's name.</param>
internal sealed class LinkRules(NetworkDefinition network)
{
    /// <summary>The guests' interfaces.</summary>
    public const string TapSet = "taps";

    /// <summary>The chains of <see cref="GroupRules"/>, by interface.</summary>
    public const string GroupMap = "groups";

    private const string MulticastReports = "mld-listener-report, mld-listener-done, mld2-listener-report";

    private static readonly string[] directions = ["up", "down"];

    private readonly string table = $"bridge {network.Bridge}";

    public string Remove => $"table {table}\ndelete table {table}\n";

    /// <summary>A cheap question whether the table exists.</summary>
    public string Probe => $"list map {table} {GroupMap}";

    /// <summary>Creates the table. One of the same name, such as one of an older version, is replaced in the same transaction.</summary>
    public string Create => $$"""
        {{Remove}}
        table {{table}} {
            counter forged { }
            counter refused { }
            set taps { type ifname; }
            set hardware { type ifname . ether_addr; }
            set addresses4 { typeof iifname . ether saddr . ip saddr; }
            set addresses6 { typeof iifname . ether saddr . ip6 saddr; }
            set targets6 { typeof iifname . @th,64,128; }
            map {{GroupMap}} { type ifname : verdict; }
            map rates_up { type ifname : limit; }
            map rates_down { type ifname : limit; }
            map dropped_up { type ifname : counter; }
            map dropped_down { type ifname : counter; }
            chain {{ChainOf("up")}} { }
            chain {{ChainOf("down")}} { }
            chain prerouting {
                type filter hook prerouting priority dstnat
                ether type ip iifname . ether saddr . ip saddr @addresses4 goto own_ip4
                iifname @taps goto guest
            }
            chain postrouting {
                type filter hook postrouting priority 0
                jump {{ChainOf("down")}}
            }
            chain own_ip4 {
                jump {{ChainOf("up")}}
                udp sport 67 goto forgery
                icmp type redirect goto forgery
                ip daddr 224.0.0.0/4 goto group
                ip daddr 255.255.255.255 goto group
                ip daddr {{network.Subnet.Broadcast}} goto group
                {{Route}}
            }
            chain guest {
                iifname . ether saddr != @hardware goto forgery
                jump {{ChainOf("up")}}
                ether type vmap { arp : goto guest_arp, ip6 : goto guest_ip6 }
                goto forgery
            }
            chain guest_arp {
                iifname . arp saddr ether . arp saddr ip @addresses4 accept
                iifname . arp saddr ether @hardware arp saddr ip 0.0.0.0 accept
                goto forgery
            }
            chain guest_ip6 {
                icmpv6 type { nd-router-advert, nd-redirect } goto forgery
                ip6 saddr :: icmpv6 type { nd-neighbor-solicit, {{MulticastReports}} } accept
                iifname . ether saddr . ip6 saddr != @addresses6 goto forgery
                udp sport 547 goto forgery
                icmpv6 type nd-neighbor-advert iifname . @th,64,128 != @targets6 goto forgery
                icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-solicit, {{MulticastReports}} } accept
                ip6 daddr ff00::/8 goto group
                {{Route}}
            }
            chain group {
                ip protocol igmp accept
                {{(network.Options.ConnectsGuests ? "" : "goto refuse_group")}}
                iifname vmap @{{GroupMap}}
                accept
            }
            chain refuse_group {
                counter name refused drop
            }
            chain forgery {
                counter name forged drop
            }
        }

        """;

    /// <summary>Gives a packet to the host's own stack, which routes it.</summary>
    private string Route => $"ether daddr set {Hardware.TextOf(Hardware.AddressOf(network.Subnet.Gateway))} meta pkttype set host accept";

    /// <summary>The elements of a guest, each idempotent.</summary>
    public string Add(Guest guest) => string.Concat(ElementsOf(guest).Select(element => $"add element {table} {element}\n"));

    /// <summary>Removes the elements of a guest whether they exist or not: what is added first can be deleted.</summary>
    public string Delete(Guest guest) => Add(guest) + string.Concat(ElementsOf(guest).Select(element => $"delete element {table} {element}\n"));

    /// <summary>
    /// Limits what a guest sends and what it receives, and counts what is dropped. Idempotent. Only from the first limit on do packets look for one.
    /// </summary>
    public string Limit(string tap, TrafficRate rate) => string.Concat(directions.Select(direction => $$"""
        add chain {{table}} {{ChainOf(direction)}}
        flush chain {{table}} {{ChainOf(direction)}}
        add rule {{table}} {{ChainOf(direction)}} limit name {{(direction == "up" ? "iifname" : "oifname")}} map @rates_{{direction}} counter name {{(direction == "up" ? "iifname" : "oifname")}} map @dropped_{{direction}} drop
        add limit {{table}} {{direction}}_{{tap}} { rate over {{rate.BytesPerSecond}} bytes/second burst {{rate.BurstInBytes}} bytes }
        add counter {{table}} {{CounterName(direction, tap)}}
        add element {{table}} rates_{{direction}} { "{{tap}}" : "{{direction}}_{{tap}}" }
        add element {{table}} dropped_{{direction}} { "{{tap}}" : "{{CounterName(direction, tap)}}" }

        """));

    /// <summary>Removes a guest's limits, which exist.</summary>
    public string Unlimit(string tap) => string.Concat(directions.Select(direction => $$"""
        delete element {{table}} rates_{{direction}} { "{{tap}}" }
        delete element {{table}} dropped_{{direction}} { "{{tap}}" }
        delete limit {{table}} {{direction}}_{{tap}}
        delete counter {{table}} {{CounterName(direction, tap)}}

        """));

    /// <summary>Commands that list what a guest's limits have dropped: of what it sent, and of what was sent to it.</summary>
    public IReadOnlyList<string> ListDropped(string tap) => [.. directions.Select(direction => $"list counter {table} {CounterName(direction, tap)}")];

    private static string ChainOf(string direction) => $"limit_{direction}";

    private static string CounterName(string direction, string tap) => $"{direction}_{tap}";

    private static IEnumerable<string> ElementsOf(Guest guest)
    {
        string hardware = Hardware.TextOf(guest.HardwareAddress);
        IPAddress own = Hardware.LinkLocalOf(guest.HardwareAddress);
        yield return $"hardware {{ \"{guest.Tap}\" . {hardware} }}";
        yield return $"addresses4 {{ \"{guest.Tap}\" . {hardware} . {guest.Ipv4} }}";
        yield return $"addresses6 {{ \"{guest.Tap}\" . {hardware} . {guest.Ipv6}, \"{guest.Tap}\" . {hardware} . {own} }}";
        yield return $"targets6 {{ \"{guest.Tap}\" . {NumberOf(guest.Ipv6)}, \"{guest.Tap}\" . {NumberOf(own)} }}";
        yield return $"{TapSet} {{ \"{guest.Tap}\" }}";
    }

    private static string NumberOf(IPAddress address) => "0x" + Convert.ToHexStringLower(address.GetAddressBytes());
}
