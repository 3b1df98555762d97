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
    private const uint SourceFlag = 1;
    private const ushort TupleAddresses = 1;
    private const ushort Ipv4Source = 1;
    private const ushort Ipv6Source = 3;
    private const ushort NestedFlag = 0x8000;

    /// <summary>Whether there are connections. Without the file, the kernel is asked.</summary>
    public static bool HasConnections => !File.Exists(CountFile) || File.ReadAllText(CountFile).Trim() != "0";

    /// <summary>Forgets the connections whose packets, or whose answers, come from an address. A kernel without ctnetlink forgets none.</summary>
    /// <param name="filters">Of <see cref="RouteSocket.OpenForFilters"/>.</param>
    /// <param name="address">4 or 16 bytes in network byte order.</param>
    public static void Forget(RouteSocket filters, ReadOnlySpan<byte> address)
    {
        byte[] source = address.ToArray();
        foreach (ushort tuple in (ReadOnlySpan<ushort>)[OriginalTuple, ReplyTuple])
        {
            foreach (Action<NetlinkRequest> connection in Find(filters, source, tuple))
            {
                // It may end meanwhile.
                NetlinkRequest request = Create(DeleteConnection, RouteSocket.Request | RouteSocket.Acknowledge, source);
                connection(request);
                _ = filters.Try(request);
            }
        }
    }

    /// <summary>The kernel lists what the filter names; one before 5.8 lists all.</summary>
    private static unsafe List<Action<NetlinkRequest>> Find(RouteSocket filters, byte[] source, ushort tuple)
    {
        ushort attribute = source.Length == sizeof(uint) ? Ipv4Source : Ipv6Source;
        NetlinkRequest request = Create(GetConnection, RouteSocket.Request | RouteSocket.Dump, source)
            .Nest((ushort)(tuple | NestedFlag), whole => whole.Nest(TupleAddresses | NestedFlag, addresses => addresses.Attribute(attribute, source)))
            .Nest(FilterAttribute | NestedFlag, filter => filter.Attribute(tuple == OriginalTuple ? OriginalFlags : ReplyFlags, SourceFlag));
        List<Action<NetlinkRequest>> found = [];
        try
        {
            filters.Query(request, "IPCTNL_MSG_CT_GET", (type, payload) =>
            {
                if (type != NewConnection || payload.Length < sizeof(NfGenericMessage))
                {
                    return;
                }

                NetlinkAttributes connection = new(payload[sizeof(NfGenericMessage)..]);
                if (connection.Nested(tuple).Nested(TupleAddresses).Find(attribute).SequenceEqual(source))
                {
                    byte[] original = connection.Find(OriginalTuple).ToArray();
                    byte[] id = connection.Find(IdAttribute).ToArray();
                    byte[] zone = connection.Find(ZoneAttribute).ToArray();
                    found.Add(deletion => Describe(deletion, original, id, zone));
                }
            });
        }
        catch (LinuxException failure) when (failure.Errno is Errno.EINVAL or Errno.EOPNOTSUPP or Errno.ENOENT)
        {
            // The kernel has no ctnetlink.
        }

        return found;
    }

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

    private static NetlinkRequest Create(ushort type, int flags, byte[] source) =>
        NetlinkRequest.Create(type, (ushort)flags, new NfGenericMessage { Family = Addresses.FamilyOf(source) });
}
