using static Hearth.Linux.Tests.Abi.AbiEntry;

namespace Hearth.Linux.Tests.Abi.Lists;

/// <summary>Hearth.Linux.Sockets.</summary>
internal static class SocketEntries
{
    public static IReadOnlyList<AbiEntry> All { get; } =
    [
        new("Sockets.TcpKeepAlive")
        {
            ["IdleSeconds"] = NotTheKernels,
            ["IntervalSeconds"] = NotTheKernels,
            ["Probes"] = NotTheKernels,
        },
        new("Sockets.DescriptorPassing")
        {
            ["SocketLevel"] = "SOL_SOCKET",
            ["Rights"] = "SCM_RIGHTS",
            ["LengthOfOne"] = "CMSG_LEN(sizeof(int))",
        },
        new("Sockets.MessageHeader", "struct msghdr")
        {
            ["Name"] = "msg_name",
            ["NameLength"] = "msg_namelen",
            ["Vectors"] = "msg_iov",
            ["VectorCount"] = "msg_iovlen",
            ["Control"] = "msg_control",
            ["ControlLength"] = "msg_controllen",
            ["Flags"] = "msg_flags",
        },
        new("Sockets.GuestSockets")
        {
            ["FamilyUnix"] = "AF_UNIX",
            ["FamilyIpv4"] = "AF_INET",
            ["FamilyNetlink"] = "AF_NETLINK",
            ["FamilyVsock"] = "AF_VSOCK",
            ["TypeStream"] = "SOCK_STREAM",
            ["TypeDatagram"] = "SOCK_DGRAM",
            ["CloseOnExec"] = "SOCK_CLOEXEC",
            ["KernelEventProtocol"] = "NETLINK_KOBJECT_UEVENT",
            ["KernelEventGroup"] = NotTheKernels,
            ["AnyContextId"] = "VMADDR_CID_ANY",
            ["SetInterfaceFlags"] = "SIOCSIFFLAGS",
            ["InterfaceUp"] = "IFF_UP",
        },
        new("Sockets.Ipv4Sockets")
        {
            ["FamilyIpv4"] = "AF_INET",
            ["TypeStream"] = "SOCK_STREAM",
            ["TypeDatagram"] = "SOCK_DGRAM",
            ["NonBlocking"] = "SOCK_NONBLOCK",
            ["CloseOnExec"] = "SOCK_CLOEXEC",
            ["NoSignal"] = "MSG_NOSIGNAL",
            ["Truncated"] = "MSG_TRUNC",
            ["ShutWriting"] = "SHUT_WR",
            ["AddressBytes"] = "sizeof(struct sockaddr_in)",
        },
        new("Sockets.Ipv4SocketAddress", "struct sockaddr_in")
        {
            ["Family"] = "sin_family",
            ["Port"] = "sin_port",
            ["Address"] = "sin_addr",
            ["Zero"] = "sin_zero",
        },
        new("Sockets.InterfaceRequest", "struct ifreq")
        {
            ["Name"] = "ifr_name",
            ["Flags"] = "ifr_flags",
        },
        new("Sockets.NetlinkAddress", "struct sockaddr_nl")
        {
            ["Family"] = "nl_family",
            ["Padding"] = NotTheKernels,
            ["PortId"] = "nl_pid",
            ["Groups"] = "nl_groups",
        },
        new("Sockets.PollEntry", "struct pollfd")
        {
            ["Descriptor"] = "fd",
            ["Events"] = "events",
            ["Returned"] = "revents",
        },
        new("Sockets.HangUps")
        {
            ["Error"] = "POLLERR",
            ["HangUp"] = "POLLHUP",
        },
        new("Sockets.PeerCredentials")
        {
            ["SocketLevel"] = "SOL_SOCKET",
            ["PeerCredentialsOption"] = "SO_PEERCRED",
            ["OwnUser"] = NotTheKernels,
        },
        new("Sockets.UserCredentials", "struct ucred")
        {
            ["Pid"] = "pid",
            ["User"] = "uid",
            ["Group"] = "gid",
        },
        new("Sockets.VsockAddress", "struct sockaddr_vm")
        {
            ["Family"] = "svm_family",
            ["Reserved"] = NotTheKernels,
            ["Port"] = "svm_port",
            ["ContextId"] = "svm_cid",
            ["Flags"] = "svm_flags",
            ["Zero1"] = NotTheKernels,
            ["Zero2"] = NotTheKernels,
            ["Zero3"] = NotTheKernels,
        },
    ];
}
