namespace Hearth.Network;

/// <summary>
/// The nftables table of a bridge, in nft(8)'s language: guests reach the outside by masquerading, nobody reaches a guest without a
/// connection that the guest began, and the host's own services and link-local addresses are closed to guests. No other table is
/// read or changed. The number of rules does not depend on the number of guests.
/// </summary>
/// <param name="bridge">The bridge's name, also the table's.</param>
/// <param name="subnet">The guests' IPv4 network.</param>
internal sealed class NatRules(string bridge, Subnet subnet)
{
    /// <summary>Lists the table; nft refuses it while there is none.</summary>
    public string List => $"list table inet {bridge}";

    public string Remove => $"delete table inet {bridge}";

    /// <summary>Creates the whole table. A table of the same name, such as one of an older version, is replaced in the same transaction.</summary>
    public string Create => $$"""
        table inet {{bridge}}
        delete table inet {{bridge}}
        table inet {{bridge}} {
            set closed4 {
                type ipv4_addr
                flags interval
                elements = { 169.254.0.0/16, 100.100.100.200, 192.0.0.192 }
            }
            set closed6 {
                type ipv6_addr
                flags interval
                elements = { fd00:ec2::254, fe80::/10 }
            }
            chain input {
                type filter hook input priority filter
                iifname "{{bridge}}" ct state established,related accept
                iifname "{{bridge}}" meta l4proto { icmp, ipv6-icmp } accept
                iifname "{{bridge}}" drop
            }
            chain forward {
                type filter hook forward priority filter
                iifname "{{bridge}}" ip daddr @closed4 drop
                iifname "{{bridge}}" ip6 daddr @closed6 drop
                oifname "{{bridge}}" ct state established,related accept
                iifname != "{{bridge}}" oifname "{{bridge}}" drop
            }
            chain postrouting {
                type nat hook postrouting priority srcnat
                ip saddr {{subnet}} oifname != "{{bridge}}" masquerade
                iifname "{{bridge}}" ip6 saddr fc00::/7 oifname != "{{bridge}}" masquerade
            }
        }
        """;
}
