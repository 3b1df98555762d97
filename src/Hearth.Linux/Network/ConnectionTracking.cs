using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Hearth.Linux.Network;

/// <summary>
/// The connections that the kernel remembers, by ctnetlink: nfnetlink's subsystem 1. A connection has two tuples, of its packets
/// and of the answers to them, which differ by the translation of addresses.
/// </summary>
public static class ConnectionTracking
{
    private const string CountFile = "/proc/sys/net/netfilter/nf_conntrack_count";

    private const ushort NewConnection = 1 << 8;
    private const ushort GetConnection = NewConnection | 1;
    private const ushort DeleteConnection = NewConnection | 2;
    private const ushort OriginalTuple = 1;
    private const ushort ReplyTuple = 2;
    private const ushort IdAttribute = 12;
    private const ushort ZoneAttribute = 18;
    private const ushort FilterAttribute = 25;
    private const ushort OriginalFlags = 1;
    private const ushort ReplyFlags = 2;
    private const uint SourceFlag = 1 << 0;
    private const uint ProtocolFlag = 1 << 3;
    private const ushort TupleAddresses = 1;
    private const ushort TupleProtocol = 2;
    private const ushort ProtocolNumber = 1;
    private const ushort DestinationPort = 3;
    private const byte Udp = 17;
    private const ushort Ipv4Source = 1;
    private const ushort Ipv6Source = 3;
    private const ushort NestedFlag = 0x8000;
    private const byte AllFamilies = 0;

    /// <summary>A walk of the kernel's table takes milliseconds, and so many connections beside it little more.</summary>
    private const int Few = 4096;

    /// <summary>Whether there are connections. Without the file, there may be.</summary>
    public static bool HasConnections => Count() != 0;

    /// <summary>Whether the kernel lists connections, without which none is forgotten. To be asked where there are few.</summary>
    /// <param name="filters">Of <see cref="RouteSocket.OpenForFilters"/>.</param>
    public static bool IsSupported(RouteSocket filters) => filters.Ask(Create(GetConnection, RouteSocket.Request | RouteSocket.Dump, AllFamilies), (_, _) => { }) == Errno.None;

    private delegate bool Matches(NetlinkAttributes connection);

    /// <summary>
    /// Forgets the connections whose packets, or whose answers, come from one of two addresses. A kernel without ctnetlink forgets none. Of a large
    /// table, the kernel is asked for what matches; not so for IPv6, whose filter matches all other addresses (seen in 6.18).
    /// </summary>
    /// <param name="filters">Of <see cref="RouteSocket.OpenForFilters"/>.</param>
    /// <param name="ipv4">4 bytes in network byte order.</param>
    /// <param name="ipv6">16 bytes in network byte order.</param>
    public static void Forget(RouteSocket filters, byte[] ipv4, byte[] ipv6)
    {
        bool Comes(NetlinkAttributes connection, ushort tuple) =>
            connection.Nested(tuple).Nested(TupleAddresses) is var addresses && (addresses.Find(Ipv4Source).SequenceEqual(ipv4) || addresses.Find(Ipv6Source).SequenceEqual(ipv6));

        bool Matches(NetlinkAttributes connection) => Comes(connection, OriginalTuple) || Comes(connection, ReplyTuple);

        if (Count() <= Few)
        {
            Forget(filters, AllFamilies, _ => { }, Matches);
            return;
        }

        Forget(filters, Addresses.FamilyIpv6, _ => { }, Matches);
        foreach (ushort tuple in (ReadOnlySpan<ushort>)[OriginalTuple, ReplyTuple])
        {
            ushort which = tuple;
            Forget(
                filters,
                Addresses.FamilyIpv4,
                request => request
                    .Nest((ushort)(which | NestedFlag), whole => whole.Nest(TupleAddresses | NestedFlag, addresses => addresses.Attribute(Ipv4Source, ipv4)))
                    .Nest(FilterAttribute | NestedFlag, filter => filter.Attribute(which == OriginalTuple ? OriginalFlags : ReplyFlags, SourceFlag)),
                Matches);
        }
    }

    /// <summary>Forgets the flows of datagrams to ports, which would not be translated anew as long as their senders go on.</summary>
    /// <param name="filters">Of <see cref="RouteSocket.OpenForFilters"/>.</param>
    /// <param name="ports">The ports to which they are sent.</param>
    public static void ForgetDatagrams(RouteSocket filters, IReadOnlyCollection<ushort> ports)
    {
        foreach (byte family in (ReadOnlySpan<byte>)[Addresses.FamilyIpv4, Addresses.FamilyIpv6])
        {
            Forget(
                filters,
                family,
                request => request
                    .Nest(OriginalTuple | NestedFlag, whole => whole.Nest(TupleProtocol | NestedFlag, protocol => protocol.Attribute(ProtocolNumber, [Udp])))
                    .Nest(FilterAttribute | NestedFlag, filter => filter.Attribute(OriginalFlags, ProtocolFlag)),
                connection => connection.Nested(OriginalTuple).Nested(TupleProtocol) is var protocol
                    && protocol.Find(ProtocolNumber) is [Udp]
                    && protocol.Find(DestinationPort) is { Length: sizeof(ushort) } port
                    && ports.Contains(BinaryPrimitives.ReadUInt16BigEndian(port)));
        }
    }

    /// <summary>The kernel lists what the filter names; one before 5.8 lists all, of which only what matches is forgotten.</summary>
    private static void Forget(RouteSocket filters, byte family, Action<NetlinkRequest> filter, Matches matches)
    {
        foreach ((byte own, Action<NetlinkRequest> describe) in Find(filters, family, filter, matches))
        {
            // It may end meanwhile.
            NetlinkRequest request = Create(DeleteConnection, RouteSocket.Request | RouteSocket.Acknowledge, own);
            describe(request);
            _ = filters.Try(request);
        }
    }

    /// <summary>Not by <see cref="RouteSocket.Query"/>, which keeps the whole answer: there may be a million.</summary>
    private static unsafe List<(byte Family, Action<NetlinkRequest> Describe)> Find(RouteSocket filters, byte family, Action<NetlinkRequest> filter, Matches matches)
    {
        NetlinkRequest request = Create(GetConnection, RouteSocket.Request | RouteSocket.Dump, family);
        filter(request);
        List<(byte, Action<NetlinkRequest>)> found = [];
        Errno errno = filters.Ask(request, (type, payload) =>
        {
            if (type != NewConnection || payload.Length < sizeof(NfGenericMessage))
            {
                return;
            }

            NetlinkAttributes connection = new(payload[sizeof(NfGenericMessage)..]);
            if (matches(connection))
            {
                byte[] original = connection.Find(OriginalTuple).ToArray();
                byte[] id = connection.Find(IdAttribute).ToArray();
                byte[] zone = connection.Find(ZoneAttribute).ToArray();
                found.Add((MemoryMarshal.Read<NfGenericMessage>(payload).Family, deletion => Describe(deletion, original, id, zone)));
            }
        });

        // The kernel may have no ctnetlink.
        return errno is Errno.None or Errno.EINVAL or Errno.EOPNOTSUPP or Errno.ENOENT ? found : throw new LinuxException("IPCTNL_MSG_CT_GET", errno);
    }

    private static int Count() => File.Exists(CountFile) ? int.Parse(File.ReadAllText(CountFile), CultureInfo.InvariantCulture) : Few;

    private static void Describe(NetlinkRequest deletion, byte[] original, byte[] id, byte[] zone)
    {
        deletion.Attribute(OriginalTuple | NestedFlag, original);
        if (id.Length > 0)
        {
            deletion.Attribute(IdAttribute, id);
        }

        if (zone.Length > 0)
        {
            deletion.Attribute(ZoneAttribute, zone);
        }
    }

    private static NetlinkRequest Create(ushort type, int flags, byte family) => NetlinkRequest.Create(type, (ushort)flags, new NfGenericMessage { Family = family });
}
