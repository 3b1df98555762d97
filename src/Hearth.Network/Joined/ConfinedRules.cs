using System.Net;
using System.Net.Sockets;

namespace Hearth.Network.Joined;

/// <summary>
/// The table of family inet of an interface whose machine has a policy, in a namespace that somebody else has made: which connections
/// the machine may have, and where answers to the keeper's own queries go. The table has the tap's name.
/// </summary>
/// <param name="guest">The machine.</param>
/// <param name="routers">The routers of the namespace, which count as the host.</param>
internal sealed class ConfinedRules(Guest guest, IReadOnlyList<IPAddress> routers)
{
    /// <summary>
    /// Marks the connections of processes in the namespace, which are the keeper's, and what is for the namespace itself: else what comes
    /// for the interface's addresses is the machine's.
    /// </summary>
    public const uint KeeperMark = uint.MaxValue - 1;

    private readonly string table = $"inet {guest.Tap}";
    private readonly string tap = $"\"{guest.Tap}\"";

    public string Remove => $"table {table}\ndelete table {table}\n";

    /// <summary>The machine's policy in this table.</summary>
    public PolicyRules Policy => new(guest.Tap, guest, groups: null);

    /// <summary>Creates the table. One of the same name is replaced in the same transaction.</summary>
    public string Create => $$"""
        {{Remove}}
        table {{table}} {
            {{PolicyChains.Sets}}
            set hosts4 { type ipv4_addr; {{Elements(routers, AddressFamily.InterNetwork)}} }
            set hosts6 { type ipv6_addr; {{Elements(routers, AddressFamily.InterNetworkV6)}} }
            set own4 { type ipv4_addr; {{Elements(guest.Addresses, AddressFamily.InterNetwork)}} }
            set own6 { type ipv6_addr; {{Elements(guest.Addresses, AddressFamily.InterNetworkV6)}} }
            {{PolicyChains.Filters}}
            chain own {
                type filter hook prerouting priority raw
                iifname {{tap}} ip saddr != @own4 counter drop
                iifname {{tap}} ip6 saddr != fe80::/10 ip6 saddr != @own6 counter drop
            }
            chain steer {
                type filter hook prerouting priority mangle
                iifname != {{tap}} icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert } meta mark set 0x{{KeeperMark:x}}
                iifname != {{tap}} ct mark 0x{{KeeperMark:x}} meta mark set 0x{{KeeperMark:x}}
            }
            chain output {
                type filter hook output priority mangle
                ct state new ct mark set 0x{{KeeperMark:x}}
            }
            chain input {
                type filter hook input priority filter
                iifname {{tap}} goto to_host
            }
            chain to_host {
                icmpv6 type { {{PolicyChains.LinkTypes}} } accept
                goto refuse
            }
            chain forward {
                type filter hook forward priority filter
                iifname {{tap}} goto from_guest
                oifname {{tap}} goto to_guest
            }
            chain from_guest {
                ct state untracked goto refuse
                jump known
                goto judge
            }
            chain to_guest {
                jump known
                ct state established,related goto judge
                accept
            }
            chain judge {
                ct original ip saddr vmap @policies4
                ct original ip6 saddr vmap @policies6
                ct original ip daddr @hosts4 goto to_router
                ct original ip6 daddr @hosts6 goto to_router
                ct original ip daddr @closed4 goto refuse
                ct original ip6 daddr @closed6 goto refuse
                accept
            }
            chain to_router {
                icmp type echo-request accept
                icmpv6 type echo-request accept
                goto refuse
            }
            chain turn_away {
                meta l4proto tcp reject with tcp reset
                reject with icmpx admin-prohibited
            }
        }
        add element {{table}} {{PolicyChains.KeptSet}} { {{guest.Ipv4}} }

        """;

    private static string Elements(IEnumerable<IPAddress> addresses, AddressFamily family)
    {
        IPAddress[] own = [.. addresses.Where(address => address.AddressFamily == family).Distinct()];
        return own.Length == 0 ? "" : $"elements = {{ {string.Join(", ", own.Select(address => $"{address}"))} }}";
    }
}
