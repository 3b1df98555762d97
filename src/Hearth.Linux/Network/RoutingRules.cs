using System.Net.Sockets;

namespace Hearth.Linux.Network;

/// <summary>The rules that choose a routing table, for IPv4 and IPv6: rtnetlink(7), RTM_NEWRULE.</summary>
public static class RoutingRules
{
    /// <summary>The table of the host's own addresses, which the kernel keeps.</summary>
    public const uint LocalTable = 255;

    private const ushort NewRule = 32;
    private const ushort DeleteRule = 33;
    private const ushort PriorityAttribute = 6;
    private const ushort MarkAttribute = 10;
    private const ushort TableAttribute = 15;
    private const byte ToTable = 1;

    /// <summary>Adds a rule for a family; one that exists is no error.</summary>
    public static void Add(RouteSocket socket, AddressFamily family, RoutingRule rule) =>
        Change(socket, NewRule, RouteSocket.Create | RouteSocket.Exclusive, family, rule, "RTM_NEWRULE", Errno.EEXIST);

    /// <summary>Removes a rule of a family; one that does not exist is no error.</summary>
    public static void Remove(RouteSocket socket, AddressFamily family, RoutingRule rule) => Change(socket, DeleteRule, 0, family, rule, "RTM_DELRULE", Errno.ENOENT);

    private static void Change(RouteSocket socket, ushort type, ushort flags, AddressFamily family, RoutingRule rule, string call, Errno accepted)
    {
        NetlinkRequest request = NetlinkRequest.Create(type, (ushort)(RouteSocket.Request | RouteSocket.Acknowledge | flags), new RuleMessage { Family = family == AddressFamily.InterNetwork ? Addresses.FamilyIpv4 : Addresses.FamilyIpv6, Action = ToTable })
            .Attribute(PriorityAttribute, rule.Priority)
            .Attribute(TableAttribute, rule.Table);
        if (rule.Mark != 0)
        {
            request.Attribute(MarkAttribute, rule.Mark);
        }

        Errno errno = socket.Try(request);
        if (errno != Errno.None && errno != accepted)
        {
            throw new LinuxException(call, errno, $"rule {rule.Priority} to table {rule.Table}");
        }
    }
}
