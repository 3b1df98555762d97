using System.Runtime.InteropServices;
using System.Text;

namespace Hearth.Linux.Network;

/// <summary>Interfaces: bridges are created, all are switched on, attached, changed and removed. rtnetlink(7), RTM_NEWLINK.</summary>
public static class Links
{
    private const ushort NewLink = 16;
    private const ushort DeleteLink = 17;
    private const ushort GetLink = 18;

    private const ushort AddressAttribute = 1;
    private const ushort NameAttribute = 3;
    private const ushort MtuAttribute = 4;
    private const ushort MasterAttribute = 10;
    private const ushort AliasAttribute = 20;
    private const ushort CountersAttribute = 23;
    private const ushort GroupAttribute = 27;
    private const ushort InfoAttribute = 18;
    private const ushort NamespaceAttribute = 28;
    private const ushort InfoKind = 1;
    private const ushort InfoData = 2;
    private const ushort PeerData = 1;

    private const uint Up = 1;
    private const uint NoArp = 0x80;
    private const uint LowerUp = 0x10000;
    private const ushort Ethernet = 1;

    private const string BridgeKind = "bridge";
    private const string PairKind = "veth";

    /// <summary>Finds an interface by name.</summary>
    /// <returns>Null if there is none.</returns>
    public static LinkInfo? Find(RouteSocket socket, string name)
    {
        LinkInfo? found = null;
        NetlinkRequest request = NetlinkRequest.Create(GetLink, RouteSocket.Request | RouteSocket.Acknowledge, new LinkMessage()).Text(NameAttribute, name);
        Errno errno = socket.Ask(request, (type, payload) =>
        {
            if (type == NewLink && payload.Length >= Marshal.SizeOf<LinkMessage>())
            {
                found = Read(payload);
            }
        });
        return errno is Errno.None or Errno.ENODEV ? found : throw new LinuxException("RTM_GETLINK", errno, name);
    }

    /// <summary>All interfaces of the socket's network namespace.</summary>
    public static IReadOnlyList<LinkInfo> List(RouteSocket socket)
    {
        List<LinkInfo> links = [];
        socket.Query(NetlinkRequest.Create(GetLink, RouteSocket.Request | RouteSocket.Dump, new LinkMessage()), "RTM_GETLINK", (type, payload) =>
        {
            if (type == NewLink && payload.Length >= Marshal.SizeOf<LinkMessage>())
            {
                links.Add(Read(payload));
            }
        });
        return links;
    }

    /// <summary>Creates a bridge that is switched off.</summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="name">At most 15 bytes.</param>
    /// <param name="address">The hardware address, 6 bytes.</param>
    /// <returns>False if an interface of the name exists already.</returns>
    public static bool TryCreateBridge(RouteSocket socket, string name, ReadOnlySpan<byte> address)
    {
        Errno errno = socket.Try(CreateRequest(name).Attribute(AddressAttribute, address).Nest(InfoAttribute, info => info.Text(InfoKind, BridgeKind)));
        return errno is Errno.None or Errno.EEXIST ? errno == Errno.None : throw new LinuxException("RTM_NEWLINK", errno, name);
    }

    /// <summary>Creates two interfaces that are connected like the ends of a cable: veth(4).</summary>
    public static void CreatePair(RouteSocket socket, string name, string peer) => socket.Execute(
        CreateRequest(name).Nest(InfoAttribute, info => info.Text(InfoKind, PairKind).Nest(InfoData, data => data.Nest(PeerData, end => end.Body(new LinkMessage()).Text(NameAttribute, peer)))),
        "RTM_NEWLINK",
        name);

    /// <summary>Removes an interface; removing one that does not exist is no error.</summary>
    public static void Delete(RouteSocket socket, int index)
    {
        Errno errno = socket.Try(NetlinkRequest.Create(DeleteLink, RouteSocket.Request | RouteSocket.Acknowledge, new LinkMessage { Index = index }));
        if (errno is not (Errno.None or Errno.ENODEV))
        {
            throw new LinuxException("RTM_DELLINK", errno, $"interface {index}");
        }
    }

    /// <summary>
    /// Removes all interfaces of a group. The kernel waits for its processors once for all of them, and once for each if they are removed singly.
    /// A group without interfaces is no error.
    /// </summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="group">Not 0, which all interfaces have at first.</param>
    public static void DeleteGroup(RouteSocket socket, uint group)
    {
        ArgumentOutOfRangeException.ThrowIfZero(group);
        Errno errno = socket.Try(NetlinkRequest.Create(DeleteLink, RouteSocket.Request | RouteSocket.Acknowledge, new LinkMessage()).Attribute(GroupAttribute, group));
        if (errno is not (Errno.None or Errno.ENODEV))
        {
            throw new LinuxException("RTM_DELLINK", errno, $"group {group}");
        }
    }

    /// <summary>Puts an interface into a group, unless it does not exist.</summary>
    public static void SetGroup(RouteSocket socket, int index, uint group)
    {
        Errno errno = socket.Try(ChangeRequest(index).Attribute(GroupAttribute, group));
        if (errno is not (Errno.None or Errno.ENODEV))
        {
            throw new LinuxException("RTM_NEWLINK", errno, $"interface {index}");
        }
    }

    /// <summary>Switches an interface on.</summary>
    public static void SetUp(RouteSocket socket, int index) =>
        Change(socket, index, NetlinkRequest.Create(NewLink, RouteSocket.Request | RouteSocket.Acknowledge, new LinkMessage { Index = index, Flags = Up, Change = Up }));

    /// <summary>Switches an interface on that belongs to a bridge: the host itself neither answers nor learns from ARP there.</summary>
    public static void SetUpWithoutArp(RouteSocket socket, int index) => Change(socket, index, NetlinkRequest.Create(
        NewLink, RouteSocket.Request | RouteSocket.Acknowledge, new LinkMessage { Index = index, Flags = Up | NoArp, Change = Up | NoArp }));

    /// <summary>Attaches an interface to a bridge; 0 detaches it.</summary>
    public static void SetMaster(RouteSocket socket, int index, int bridge) => Change(socket, index, ChangeRequest(index).Attribute(MasterAttribute, (uint)bridge));

    /// <summary>Gives an interface a text, of at most 255 bytes, that lists show.</summary>
    public static void SetAlias(RouteSocket socket, int index, string alias) => Change(socket, index, ChangeRequest(index).Attribute(AliasAttribute, Encoding.UTF8.GetBytes(alias)));

    /// <summary>Renames an interface, which must be switched off.</summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="index">The interface.</param>
    /// <param name="name">At most 15 bytes.</param>
    public static void SetName(RouteSocket socket, int index, string name) => Change(socket, index, ChangeRequest(index).Text(NameAttribute, name));

    public static void SetMtu(RouteSocket socket, int index, int bytes) => Change(socket, index, ChangeRequest(index).Attribute(MtuAttribute, (uint)bytes));

    /// <param name="socket">The namespace.</param>
    /// <param name="index">The interface.</param>
    /// <param name="address">The hardware address, 6 bytes.</param>
    public static void SetAddress(RouteSocket socket, int index, ReadOnlySpan<byte> address) => Change(socket, index, ChangeRequest(index).Attribute(AddressAttribute, address));

    /// <summary>Moves an interface to another network namespace.</summary>
    /// <param name="socket">The namespace that has it.</param>
    /// <param name="index">The interface.</param>
    /// <param name="descriptor">An open file of the other namespace.</param>
    public static void SetNamespace(RouteSocket socket, int index, SafeHandle descriptor) =>
        Change(socket, index, ChangeRequest(index).Attribute(NamespaceAttribute, (uint)(int)descriptor.DangerousGetHandle()));

    private static NetlinkRequest CreateRequest(string name) =>
        NetlinkRequest.Create(NewLink, RouteSocket.Request | RouteSocket.Acknowledge | RouteSocket.Create | RouteSocket.Exclusive, new LinkMessage()).Text(NameAttribute, name);

    private static NetlinkRequest ChangeRequest(int index) =>
        NetlinkRequest.Create(NewLink, RouteSocket.Request | RouteSocket.Acknowledge, new LinkMessage { Index = index });

    private static void Change(RouteSocket socket, int index, NetlinkRequest request) => socket.Execute(request, "RTM_NEWLINK", $"interface {index}");

    private static unsafe LinkInfo Read(ReadOnlySpan<byte> payload)
    {
        LinkMessage message = MemoryMarshal.Read<LinkMessage>(payload);
        NetlinkAttributes attributes = new(payload[sizeof(LinkMessage)..]);
        return new LinkInfo(
            message.Index,
            attributes.FindText(NameAttribute) ?? "",
            attributes.Find(AddressAttribute).ToArray(),
            (int)(attributes.FindNumber(MtuAttribute) ?? 0),
            (message.Flags & Up) != 0,
            (int)(attributes.FindNumber(MasterAttribute) ?? 0),
            attributes.Nested(InfoAttribute).FindText(InfoKind))
        {
            IsEthernet = message.Type == Ethernet,
            IsConnected = (message.Flags & LowerUp) != 0,
            Alias = attributes.FindText(AliasAttribute),
            Counters = LinkCounters.TryRead(attributes.Find(CountersAttribute)),
        };
    }
}
