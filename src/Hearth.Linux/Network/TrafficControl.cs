namespace Hearth.Linux.Network;

/// <summary>
/// Redirects everything that an interface receives to another one: an ingress queueing discipline and a filter that matches
/// all packets, with the action "mirred egress redirect". tc-mirred(8), tc-u32(8).
/// </summary>
public static class TrafficControl
{
    private const ushort NewDiscipline = 36;
    private const ushort DeleteDiscipline = 37;
    private const ushort NewFilter = 44;
    private const ushort KindAttribute = 1;
    private const ushort OptionsAttribute = 2;

    private const uint IngressParent = 0xfffffff1;
    private const uint IngressHandle = 0xffff0000;

    /// <summary>All protocols, in network byte order, beneath a priority of 1.</summary>
    private const uint FilterInfo = (1 << 16) | 0x0300;

    private const ushort SelectorAttribute = 5;
    private const ushort FilterActions = 7;
    private const byte Terminal = 1;
    private const ushort FirstAction = 1;
    private const ushort ActionKind = 1;
    private const ushort ActionOptions = 2;
    private const ushort MirredParameters = 2;
    private const int EgressRedirect = 1;
    private const int Stolen = 4;

    /// <summary>Redirects what an interface receives to another interface, which sends it.</summary>
    /// <exception cref="LinuxException">An interface does not exist, or the kernel lacks sch_ingress, cls_u32 or act_mirred.</exception>
    public static void Redirect(RouteSocket socket, int from, int to)
    {
        socket.Execute(
            NetlinkRequest.Create(
                NewDiscipline,
                RouteSocket.Request | RouteSocket.Acknowledge | RouteSocket.Create | RouteSocket.Exclusive,
                new TrafficMessage { Index = from, Parent = IngressParent, Handle = IngressHandle }).Text(KindAttribute, "ingress"),
            "RTM_NEWQDISC",
            $"interface {from}");
        PacketSelector all = new() { Flags = Terminal, KeyCount = 1 };
        MirredAction action = new() { Action = Stolen, EgressAction = EgressRedirect, Index = (uint)to };
        socket.Execute(
            NetlinkRequest.Create(
                NewFilter,
                RouteSocket.Request | RouteSocket.Acknowledge | RouteSocket.Create | RouteSocket.Exclusive,
                new TrafficMessage { Index = from, Parent = IngressHandle, Info = FilterInfo })
                .Text(KindAttribute, "u32")
                .Nest(OptionsAttribute, options => options.Attribute(SelectorAttribute, in all).Nest(FilterActions, actions => actions.Nest(FirstAction, first => first
                    .Text(ActionKind, "mirred")
                    .Nest(ActionOptions, parameters => parameters.Attribute(MirredParameters, in action))))),
            "RTM_NEWTFILTER",
            $"interface {from}");
    }

    /// <summary>Ends the redirection of what an interface receives; there may be none.</summary>
    /// <exception cref="LinuxException">The kernel refuses it.</exception>
    public static void EndRedirect(RouteSocket socket, int index)
    {
        Errno errno = socket.Try(NetlinkRequest.Create(
            DeleteDiscipline,
            RouteSocket.Request | RouteSocket.Acknowledge,
            new TrafficMessage { Index = index, Parent = IngressParent, Handle = IngressHandle }));
        if (errno is not (Errno.None or Errno.ENOENT or Errno.EINVAL or Errno.ENODEV))
        {
            throw new LinuxException("RTM_DELQDISC", errno, $"interface {index}");
        }
    }
}
