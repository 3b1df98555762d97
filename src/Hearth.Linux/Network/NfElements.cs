namespace Hearth.Linux.Network;

/// <summary>
/// Asks nf_tables for single elements of sets by nfnetlink, which takes microseconds; <see cref="NfTables"/> first reads all tables.
/// </summary>
public static class NfElements
{
    /// <summary>The family of tables for frames of bridges.</summary>
    public const byte BridgeFamily = 7;

    /// <summary>The family of tables for IPv4 and IPv6.</summary>
    public const byte InetFamily = 1;

    private const ushort Subsystem = 10;
    private const int SubsystemShift = 8;
    private const ushort GetElement = 13;
    private const ushort TableAttribute = 1;
    private const ushort SetAttribute = 2;
    private const ushort ElementsAttribute = 3;
    private const ushort ElementAttribute = 1;
    private const ushort KeyAttribute = 1;
    private const ushort ValueAttribute = 1;
    private const ushort NestedFlag = 0x8000;

    /// <summary>Whether a set has an element.</summary>
    /// <param name="socket">Of <see cref="RouteSocket.OpenForFilters"/>.</param>
    /// <param name="family">The table's family.</param>
    /// <param name="table">The table.</param>
    /// <param name="set">The set.</param>
    /// <param name="key">The key as the kernel stores it: an address in network order, an interface's name in 16 bytes.</param>
    /// <returns>False also if the table or the set does not exist.</returns>
    /// <exception cref="LinuxException">The kernel refuses the question.</exception>
    public static bool Exists(RouteSocket socket, byte family, string table, string set, ReadOnlySpan<byte> key)
    {
        byte[] value = key.ToArray();
        NetlinkRequest request = NetlinkRequest
            .Create((Subsystem << SubsystemShift) | GetElement, RouteSocket.Request | RouteSocket.Acknowledge, new NfGenericMessage { Family = family })
            .Text(TableAttribute, table)
            .Text(SetAttribute, set)
            .Nest(ElementsAttribute | NestedFlag, list => list.Nest(ElementAttribute | NestedFlag, element => element.Nest(
                KeyAttribute | NestedFlag, data => data.Attribute(ValueAttribute, value))));
        Errno errno = socket.Try(request);
        return errno is Errno.None or Errno.ENOENT ? errno == Errno.None : throw new LinuxException("NFT_MSG_GETSETELEM", errno, $"{table} {set}");
    }
}
