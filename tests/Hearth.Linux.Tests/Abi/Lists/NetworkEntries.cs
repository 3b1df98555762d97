using static Hearth.Linux.Tests.Abi.AbiEntry;

namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Network.</summary>
internal static class NetworkEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
        new("Network.NetlinkHeader", "struct nlmsghdr")
        {
            ["Length"] = "nlmsg_len",
            ["Type"] = "nlmsg_type",
            ["Flags"] = "nlmsg_flags",
            ["Sequence"] = "nlmsg_seq",
            ["PortId"] = "nlmsg_pid",
        },
        new("Network.LinkMessage", "struct ifinfomsg")
        {
            ["Family"] = "ifi_family",
            ["Padding"] = NotTheKernels,
            ["Type"] = "ifi_type",
            ["Index"] = "ifi_index",
            ["Flags"] = "ifi_flags",
            ["Change"] = "ifi_change",
        },
        new("Network.AddressMessage", "struct ifaddrmsg")
        {
            ["Family"] = "ifa_family",
            ["PrefixLength"] = "ifa_prefixlen",
            ["Flags"] = "ifa_flags",
            ["Scope"] = "ifa_scope",
            ["Index"] = "ifa_index",
        },
        new("Network.RouteMessage", "struct rtmsg")
        {
            ["Family"] = "rtm_family",
            ["DestinationLength"] = "rtm_dst_len",
            ["SourceLength"] = "rtm_src_len",
            ["TypeOfService"] = "rtm_tos",
            ["Table"] = "rtm_table",
            ["Protocol"] = "rtm_protocol",
            ["Scope"] = "rtm_scope",
            ["Type"] = "rtm_type",
            ["Flags"] = "rtm_flags",
        },
        new("Network.RuleMessage", "struct fib_rule_hdr")
        {
            ["Family"] = "family",
            ["DestinationLength"] = "dst_len",
            ["SourceLength"] = "src_len",
            ["TypeOfService"] = "tos",
            ["Table"] = "table",
            ["Reserved1"] = "res1",
            ["Reserved2"] = "res2",
            ["Action"] = "action",
            ["Flags"] = "flags",
        },
        new("Network.NeighbourMessage", "struct ndmsg")
        {
            ["Family"] = "ndm_family",
            ["Padding1"] = NotTheKernels,
            ["Padding2"] = NotTheKernels,
            ["Index"] = "ndm_ifindex",
            ["State"] = "ndm_state",
            ["Flags"] = "ndm_flags",
            ["Type"] = "ndm_type",
        },
        new("Network.TrafficMessage", "struct tcmsg")
        {
            ["Family"] = "tcm_family",
            ["Padding1"] = NotTheKernels,
            ["Padding2"] = NotTheKernels,
            ["Index"] = "tcm_ifindex",
            ["Handle"] = "tcm_handle",
            ["Parent"] = "tcm_parent",
            ["Info"] = "tcm_info",
        },
        new("Network.MirredAction", "struct tc_mirred")
        {
            ["Number"] = "index",
            ["Capabilities"] = "capab",
            ["Action"] = "action",
            ["References"] = "refcnt",
            ["Bindings"] = "bindcnt",
            ["EgressAction"] = "eaction",
            ["Index"] = "ifindex",
        },
        new("Network.PacketSelector", "struct { struct tc_u32_sel sel; struct tc_u32_key key; }")
        {
            ["Flags"] = "sel.flags",
            ["OffsetShift"] = "sel.offshift",
            ["KeyCount"] = "sel.nkeys",
            ["OffsetMask"] = "sel.offmask",
            ["Offset"] = "sel.off",
            ["OffsetOfOffset"] = "sel.offoff",
            ["HashOffset"] = "sel.hoff",
            ["HashMask"] = "sel.hmask",
            ["KeyMask"] = "key.mask",
            ["KeyValue"] = "key.val",
            ["KeyOffset"] = "key.off",
            ["KeyOffsetMask"] = "key.offmask",
        },
        new("Network.NetlinkRequest")
        {
            ["AttributeHeaderBytes"] = "NLA_HDRLEN",
            ["Alignment"] = "NLA_ALIGNTO",
            ["MostBytes"] = NotTheKernels,
        },
        new("Network.NetlinkAttributes")
        {
            ["HeaderBytes"] = "NLA_HDRLEN",
            ["Alignment"] = "NLA_ALIGNTO",
            ["TypeMask"] = "NLA_TYPE_MASK & 0xffff",
        },
        new("Network.RouteSocket")
        {
            ["Request"] = "NLM_F_REQUEST",
            ["Acknowledge"] = "NLM_F_ACK",
            ["Dump"] = "NLM_F_DUMP",
            ["Replace"] = "NLM_F_REPLACE",
            ["Exclusive"] = "NLM_F_EXCL",
            ["Create"] = "NLM_F_CREATE",
            ["Append"] = "NLM_F_APPEND",
            ["DumpInterrupted"] = "NLM_F_DUMP_INTR",
            ["MostDumps"] = NotTheKernels,
            ["FamilyNetlink"] = "AF_NETLINK",
            ["TypeRaw"] = "SOCK_RAW",
            ["CloseOnExec"] = "SOCK_CLOEXEC",
            ["RouteProtocol"] = "NETLINK_ROUTE",
            ["FilterProtocol"] = "NETLINK_NETFILTER",
            ["NetlinkLevel"] = "SOL_NETLINK",
            ["CapAcknowledgement"] = "NETLINK_CAP_ACK",
            ["StrictChecks"] = "NETLINK_GET_STRICT_CHK",
            ["ErrorType"] = "NLMSG_ERROR",
            ["DoneType"] = "NLMSG_DONE",
            ["MessageAlignment"] = "NLMSG_ALIGNTO",
            ["BufferBytes"] = NotTheKernels,
        },
        new("Network.NfGenericMessage", "struct nfgenmsg")
        {
            ["Family"] = "nfgen_family",
            ["Version"] = "version",
            ["Resource"] = "res_id",
        },
        new("Network.NfElements")
        {
            ["BridgeFamily"] = "NFPROTO_BRIDGE",
            ["InetFamily"] = "NFPROTO_INET",
            ["Subsystem"] = "NFNL_SUBSYS_NFTABLES",
            ["SubsystemShift"] = NotTheKernels,
            ["GetElement"] = "NFT_MSG_GETSETELEM",
            ["TableAttribute"] = "NFTA_SET_ELEM_LIST_TABLE",
            ["SetAttribute"] = "NFTA_SET_ELEM_LIST_SET",
            ["ElementsAttribute"] = "NFTA_SET_ELEM_LIST_ELEMENTS",
            ["ElementAttribute"] = "NFTA_LIST_ELEM",
            ["KeyAttribute"] = "NFTA_SET_ELEM_KEY",
            ["ValueAttribute"] = "NFTA_DATA_VALUE",
            ["NestedFlag"] = "NLA_F_NESTED",
        },
        new("Network.ConnectionTracking")
        {
            ["NewConnection"] = "NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_NEW",
            ["GetConnection"] = "NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_GET",
            ["DeleteConnection"] = "NFNL_SUBSYS_CTNETLINK << 8 | IPCTNL_MSG_CT_DELETE",
            ["OriginalTuple"] = "CTA_TUPLE_ORIG",
            ["ReplyTuple"] = "CTA_TUPLE_REPLY",
            ["IdAttribute"] = "CTA_ID",
            ["ZoneAttribute"] = "CTA_ZONE",
            ["FilterAttribute"] = "CTA_FILTER",
            ["OriginalFlags"] = "CTA_FILTER_ORIG_FLAGS",
            ["ReplyFlags"] = "CTA_FILTER_REPLY_FLAGS",
            ["SourceFlag"] = NotTheKernels,
            ["ProtocolFlag"] = NotTheKernels,
            ["TupleAddresses"] = "CTA_TUPLE_IP",
            ["TupleProtocol"] = "CTA_TUPLE_PROTO",
            ["ProtocolNumber"] = "CTA_PROTO_NUM",
            ["DestinationPort"] = "CTA_PROTO_DST_PORT",
            ["Udp"] = "IPPROTO_UDP",
            ["Ipv4Source"] = "CTA_IP_V4_SRC",
            ["Ipv6Source"] = "CTA_IP_V6_SRC",
            ["NestedFlag"] = "NLA_F_NESTED",
            ["AllFamilies"] = "AF_UNSPEC",
            ["Few"] = NotTheKernels,
        },
        new("Network.StrictAddress")
        {
            ["Ipv4Parts"] = NotTheKernels,
        },
        new("Network.AddressText")
        {
            ["Ipv4Bytes"] = NotTheKernels,
            ["Ipv6Groups"] = NotTheKernels,
        },
        new("Network.LinkCounters")
        {
            ["Fields"] = NotTheKernels,
        },
        new("Network.Links")
        {
            ["NewLink"] = "RTM_NEWLINK",
            ["DeleteLink"] = "RTM_DELLINK",
            ["GetLink"] = "RTM_GETLINK",
            ["AddressAttribute"] = "IFLA_ADDRESS",
            ["NameAttribute"] = "IFLA_IFNAME",
            ["MtuAttribute"] = "IFLA_MTU",
            ["MasterAttribute"] = "IFLA_MASTER",
            ["AliasAttribute"] = "IFLA_IFALIAS",
            ["CountersAttribute"] = "IFLA_STATS64",
            ["GroupAttribute"] = "IFLA_GROUP",
            ["InfoAttribute"] = "IFLA_LINKINFO",
            ["NamespaceAttribute"] = "IFLA_NET_NS_FD",
            ["InfoKind"] = "IFLA_INFO_KIND",
            ["InfoData"] = "IFLA_INFO_DATA",
            ["PeerData"] = "VETH_INFO_PEER",
            ["Up"] = "IFF_UP",
            ["NoArp"] = "IFF_NOARP",
            ["LowerUp"] = "IFF_LOWER_UP",
            ["Ethernet"] = "ARPHRD_ETHER",
        },
        new("Network.Addresses")
        {
            ["FamilyIpv4"] = "AF_INET",
            ["FamilyIpv6"] = "AF_INET6",
            ["NewAddress"] = "RTM_NEWADDR",
            ["DeleteAddress"] = "RTM_DELADDR",
            ["GetAddress"] = "RTM_GETADDR",
            ["AddressAttribute"] = "IFA_ADDRESS",
            ["LocalAttribute"] = "IFA_LOCAL",
            ["LabelAttribute"] = "IFA_LABEL",
            ["BroadcastAttribute"] = "IFA_BROADCAST",
            ["Addition"] = "NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL",
            ["NoDuplicateCheck"] = "IFA_F_NODAD",
            ["FlagsAttribute"] = "IFA_FLAGS",
            ["NoNetworkRoute"] = "IFA_F_NOPREFIXROUTE",
        },
        new("Network.Routes")
        {
            ["NewRoute"] = "RTM_NEWROUTE",
            ["GetRoute"] = "RTM_GETROUTE",
            ["DestinationAttribute"] = "RTA_DST",
            ["InterfaceAttribute"] = "RTA_OIF",
            ["GatewayAttribute"] = "RTA_GATEWAY",
            ["MetricAttribute"] = "RTA_PRIORITY",
            ["SourceAttribute"] = "RTA_PREFSRC",
            ["TableAttribute"] = "RTA_TABLE",
            ["MainTable"] = "RT_TABLE_MAIN",
            ["BootProtocol"] = "RTPROT_BOOT",
            ["UniverseScope"] = "RT_SCOPE_UNIVERSE",
            ["LinkScope"] = "RT_SCOPE_LINK",
            ["Unicast"] = "RTN_UNICAST",
            ["OnLink"] = "RTNH_F_ONLINK",
        },
        new("Network.Neighbours")
        {
            ["NewNeighbour"] = "RTM_NEWNEIGH",
            ["DeleteNeighbour"] = "RTM_DELNEIGH",
            ["GetNeighbour"] = "RTM_GETNEIGH",
            ["DestinationAttribute"] = "NDA_DST",
            ["HardwareAttribute"] = "NDA_LLADDR",
            ["Permanent"] = "NUD_PERMANENT",
            ["Proxy"] = "NTF_PROXY",
            ["HardwareBytes"] = NotTheKernels,
        },
        new("Network.RoutingRules")
        {
            ["LocalTable"] = "RT_TABLE_LOCAL",
            ["NewRule"] = "RTM_NEWRULE",
            ["DeleteRule"] = "RTM_DELRULE",
            ["PriorityAttribute"] = "FRA_PRIORITY",
            ["MarkAttribute"] = "FRA_FWMARK",
            ["TableAttribute"] = "FRA_TABLE",
            ["ToTable"] = "FR_ACT_TO_TBL",
        },
        new("Network.NetworkNamespace")
        {
            ["GetKind"] = "NS_GET_NSTYPE",
        },
        new("Network.TapDevices")
        {
            ["SetInterface"] = "TUNSETIFF",
            ["SetPersistent"] = "TUNSETPERSIST",
            ["SetOwnerRequest"] = "TUNSETOWNER",
            ["Tap"] = "IFF_TAP",
            ["NoPacketInformation"] = "IFF_NO_PI",
            ["VirtioHeader"] = "IFF_VNET_HDR",
            ["Exclusive"] = "IFF_TUN_EXCL",
        },
        new("Network.TrafficControl")
        {
            ["NewDiscipline"] = "RTM_NEWQDISC",
            ["DeleteDiscipline"] = "RTM_DELQDISC",
            ["NewFilter"] = "RTM_NEWTFILTER",
            ["KindAttribute"] = "TCA_KIND",
            ["OptionsAttribute"] = "TCA_OPTIONS",
            ["IngressParent"] = "TC_H_INGRESS",
            ["IngressHandle"] = "TC_H_MAKE(TC_H_INGRESS, 0)",
            ["FilterInfo"] = NotTheKernels,
            ["SelectorAttribute"] = "TCA_U32_SEL",
            ["FilterActions"] = "TCA_U32_ACT",
            ["Terminal"] = "TC_U32_TERMINAL",
            ["FirstAction"] = NotTheKernels,
            ["ActionKind"] = "TCA_ACT_KIND",
            ["ActionOptions"] = "TCA_ACT_OPTIONS",
            ["MirredParameters"] = "TCA_MIRRED_PARMS",
            ["EgressRedirect"] = "TCA_EGRESS_REDIR",
            ["Stolen"] = "TC_ACT_STOLEN",
        },
        new("Network.NfTables")
        {
            ["JsonOutput"] = NotTheKernels,
            ["SocketLevel"] = "SOL_SOCKET",
            ["SocketDomain"] = "SO_DOMAIN",
            ["FamilyNetlink"] = "AF_NETLINK",
        },
        new("Network.SocketPool`1")
        {
            ["Most"] = NotTheKernels,
        },
    ];
}
