using System.Buffers;
using System.Net;
using Hearth.Linux;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <summary>
/// A bridge, its guests' taps and its rules. The state is in the kernel alone: a tap is its guest's lease, since its name is the address, and
/// taps are created exclusively. The bridge and its tables exist from the network's first guest to its last; forwarding is on from the first guest of
/// all networks to the last. All changes in a network namespace are made one at a time.
/// </summary>
/// <param name="definition">The network.</param>
public sealed partial class BridgeNetwork(NetworkDefinition definition)
{
    /// <summary>What the names of all taps begin with.</summary>
    public const string TapPrefix = "hearth-";

    /// <summary>Where the kernel cannot load modules by itself, it says no more than that something does not exist.</summary>
    internal const string MissingExpression =
        "; the kernel lacks a part of nftables: load nft_chain_nat, nft_ct, nft_fib_inet, nft_limit, nft_masq, nft_meta_bridge, nft_nat, nft_objref and nft_reject_inet, or use a kernel that has them";

    private const string TunMissing = "/dev/net/tun does not exist; load the kernel module tun, or give the container the device";

    private static readonly SearchValues<char> hexDigits = SearchValues.Create("0123456789abcdef");

    private readonly string bridge = definition.Bridge;
    private readonly Subnet subnet = definition.Subnet;
    private readonly LinkRules links = new(definition);
    private readonly RouteRules routes = new(definition);

    /// <summary>What makes the network.</summary>
    internal NetworkDefinition Definition => definition;

    /// <summary>Whether the switches of forwarding stay as they are.</summary>
    internal bool LeavesForwarding { get; init; }

    /// <summary>Why this host cannot have the network.</summary>
    /// <returns>Null if it can.</returns>
    public static string? FindObstacle()
    {
        if (!TapDevices.IsAvailable)
        {
            return TunMissing;
        }

        using NfTables? tables = NfTables.TryOpen();
        return tables is null ? "libnftables is missing; install the package libnftables1" : null;
    }

    /// <summary>The name of an address's tap, which is its lease.</summary>
    public static string TapOf(IPAddress address) => TapPrefix + Convert.ToHexStringLower(address.GetAddressBytes());

    /// <summary>Lets a user open a tap.</summary>
    /// <exception cref="NetworkException">The tap does not exist.</exception>
    public static void SetOwner(string tap, uint user)
    {
        try
        {
            TapDevices.SetOwner(tap, user);
        }
        catch (LinuxException failure)
        {
            throw new NetworkException(NetworkError.Refused, $"cannot give the tap '{tap}' to user {user}: {failure.Message}", failure);
        }
    }

    /// <summary>Gives a guest an address, a tap, ports and limits. Sets the bridge up for the first one.</summary>
    /// <param name="request">What the guest is to get.</param>
    /// <param name="note">Records a tap's name before anything is created, so that another process can remove it, and a bridge without taps, after a crash.</param>
    /// <param name="changed">Receives the kernel's switches that had to be changed.</param>
    /// <exception cref="NetworkException">An address or port is in use, the pool is exhausted, or the host cannot have the network.</exception>
    public NetworkAttachment Attach(AttachRequest request, Action<string> note, Action<ChangedSwitch> changed)
    {
        Check(request);
        if (!TapDevices.IsAvailable)
        {
            throw new NetworkException(NetworkError.HostUnsuitable, $"cannot attach a machine to the network '{definition.Name}': {TunMissing}");
        }

        return Locked($"attach a machine to the network '{definition.Name}'", (socket, tables) =>
        {
            string? taken = null;
            try
            {
                IPAddress address = FindFree(socket, request);
                note(TapOf(address));
                (LinkInfo own, string create, bool hasIpv6) = SetUp(socket, tables);
                taken = Lease(address);
                Forward(socket, taken, request, changed);
                NetworkAttachment attachment = Describe(address, taken, request) with { HasIpv6 = hasIpv6 };
                AddRules(tables, attachment, request, create);
                Redirect(request.Ports);
                int index = Links.Find(socket, taken)!.Index;
                SetMtu(socket, index);
                Links.SetMaster(socket, index, own.Index);
                Links.SetUpWithoutArp(socket, index);
                return attachment;
            }
            catch
            {
                Remove(socket, tables, taken);
                throw;
            }
        });
    }

    /// <summary>
    /// Removes a guest's tap and rules; with the last one, the bridge, the tables and what was turned on. A tap that does not exist is
    /// no error.
    /// </summary>
    /// <param name="tap">The tap.</param>
    /// <param name="holder">Whose tap it is; the tap of another holder stays. Null for whoever has it.</param>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public void Release(string tap, string? holder = null) => Locked($"remove the tap '{tap}' of the network '{definition.Name}'", (socket, tables) =>
    {
        bool isOfAnother = holder is not null && Links.Find(socket, tap) is { } link && TapNote.Parse(link.Alias).Holder is { } other && other != holder;
        Remove(socket, tables, isOfAnother ? null : tap);
        return true;
    });

    /// <summary>
    /// The same for whoever knows what the guest has, which is faster: the tables are not read. What the guest has collected while it ran expires, or stays
    /// until the next one gets the address.
    /// </summary>
    /// <param name="attachment">The guest.</param>
    /// <param name="request">What it got.</param>
    /// <exception cref="NetworkException">The kernel refuses it.</exception>
    public void Release(NetworkAttachment attachment, AttachRequest request) => Locked($"remove the tap '{attachment.TapName}' of the network '{definition.Name}'", (socket, tables) =>
    {
        Remove(socket, tables, attachment.TapName, request);
        return true;
    });

    /// <summary>What has passed a guest's tap, as the guest counts it: what the host sends is what the guest receives.</summary>
    /// <returns>Null if the tap does not exist.</returns>
    public static LinkCounters? CountersOf(string tap)
    {
        using RouteSocket socket = RouteSocket.Open();
        return Links.Find(socket, tap)?.Counters is { } host
            ? new LinkCounters(host.SentPackets, host.ReceivedPackets, host.SentBytes, host.ReceivedBytes, host.SentErrors, host.ReceivedErrors, host.SentDrops, host.ReceivedDrops)
            : null;
    }

    /// <summary>
    /// Warns of chains of others that drop or reject what is forwarded unless their own rules accept it. A table that has rules for the
    /// network's bridge is left out: then somebody has decided about it.
    /// </summary>
    /// <returns>Null if there are none.</returns>
    public string? FindForwardDrop()
    {
        using NfTables tables = OpenTables();
        string[] chains = tables.TryList("list chains") is not { } json ? [] :
        [
            .. from chain in ElementReader.ForwardChains(json)
               where chain.Table != bridge
               where chain.IsClosed || (tables.TryList($"list chain {chain}") is { } rules && ElementReader.EndsWithDrop(rules))
               where tables.TryList($"list table {chain.Family} {chain.Table}")?.Contains($"\"{bridge}\"", StringComparison.Ordinal) != true
               select $"'{chain}'",
        ];
        return chains.Length == 0 ? null
            : $"the nftables chain {string.Join(" and ", chains)} drops forwarded packets by default; if containers of '{definition.Name}' cannot reach the outside, accept packets from and to the interface '{bridge}' there";
    }

    internal static NfTables OpenTables() =>
        NfTables.TryOpen() ?? throw new NetworkException(NetworkError.HostUnsuitable, "cannot filter the network: libnftables is missing; install the package libnftables1");

    private static T Locked<T>(string act, Func<RouteSocket, NfTables, T> change)
    {
        try
        {
            using NetworkNamespaceLock gate = NetworkNamespaceLock.Take(NetworkNamespaceLock.UsualTimeout);
            using RouteSocket socket = RouteSocket.Open();
            using NfTables tables = NfTables.TryOpen()
                ?? throw new NetworkException(NetworkError.HostUnsuitable, $"cannot {act}: libnftables is missing; install the package libnftables1");
            return change(socket, tables);
        }
        catch (Exception failure) when (failure is LinuxException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            string advice = failure is LinuxException { Errno: Errno.EPERM } ? "; it needs CAP_NET_ADMIN, in a container --cap-add NET_ADMIN" : "";
            throw new NetworkException(NetworkError.Refused, $"cannot {act}: {failure.Message}{advice}", failure);
        }
    }

    private void Check(AttachRequest request)
    {
        definition.Check();
        if (request.HardwareAddress is { } hardware)
        {
            Hardware.Check(hardware);
        }

        if (request.Address is { } address && !subnet.IsGuest(address))
        {
            throw new NetworkException(NetworkError.InvalidRequest, $"cannot use the address {address}: it is not one for guests of {subnet}; choose another");
        }

        if (request.Address is { } reserved && definition.Reserved.Contains(reserved))
        {
            throw new NetworkException(NetworkError.InvalidRequest, $"cannot use the address {reserved}: the network '{definition.Name}' reserves it (--aux-address); choose another");
        }

        if (definition.IsInternal && request.Ports.Count > 0)
        {
            throw new NetworkException(NetworkError.InvalidRequest, $"cannot publish ports: the network '{definition.Name}' is internal; use another network");
        }
    }

    /// <summary>Finds an address without a tap. The caller holds the network's lock, so it stays free.</summary>
    private IPAddress FindFree(RouteSocket socket, AttachRequest request)
    {
        IReadOnlyList<LinkInfo> all = Links.List(socket);
        HashSet<string> used = [.. all.Select(link => link.Name)];
        if (request.HardwareAddress is { } hardware && all.Any(link => AddressOf(link.Name) is { } other && subnet.IsGuest(other) && HardwareOf(link, other).SequenceEqual(hardware)))
        {
            throw new NetworkException(
                NetworkError.InUse, $"cannot use the hardware address {Hardware.TextOf(hardware)}: another container of the network '{definition.Name}' has it; choose another or none");
        }

        if (request.Address is { } wanted)
        {
            return used.Contains(TapOf(wanted)) ? throw Taken(wanted) : wanted;
        }

        return definition.GuestsFrom(request.Seed).FirstOrDefault(address => !used.Contains(TapOf(address)))
            ?? throw new NetworkException(NetworkError.PoolExhausted, $"cannot find a free address in {definition.Range?.ToString() ?? subnet.ToString()}: all {definition.GuestsFrom(0).Count()} are in use");
    }

    private string Lease(IPAddress address) => TapDevices.TryCreate(TapOf(address), owner: 0) ? TapOf(address) : throw Taken(address);

    private NetworkException Taken(IPAddress address) => new(
        NetworkError.InUse, $"cannot use the address {address}: another container of the network '{definition.Name}' has it; choose another or remove that container");

    /// <summary>
    /// Each transaction waits for all processors, so there is one: it creates the tables for the first guest, or removes what an
    /// interrupted removal has left of an earlier guest of the address.
    /// </summary>
    private void AddRules(NfTables tables, NetworkAttachment attachment, AttachRequest request, string create)
    {
        Guest guest = attachment.Guest;
        string rules = (create.Length > 0 ? create : Leftovers(tables, guest)) + links.Add(guest) + routes.Add(guest) + routes.Keep(guest) + routes.Relay(guest, request.RelayedPorts)
            + (request.Rate is { } rate ? links.Limit(guest.Tap, rate) : "")
            + (request.Policy is { } policy ? new PolicyRules(definition, guest).Set(policy, attachment.Generation) : "");
        if (tables.Try(rules + routes.Publish(guest, request.Ports)) is not { } refusal)
        {
            return;
        }

        Execute(tables, rules, $"add the rules of '{guest.Tap}'", create.Length > 0 ? MissingExpression : "");
        throw refusal.Contains("File exists", StringComparison.Ordinal)
            ? new NetworkException(NetworkError.InUse, $"cannot publish ports: {PortInUse(tables, guest, request.Ports)} leads to another container already; choose another")
            : new NetworkException(NetworkError.Refused, $"cannot publish ports: {refusal}");
    }

    /// <summary>A client that has sent datagrams to a port before it was published goes on with its flow, which ended at the host.</summary>
    private static void Redirect(IEnumerable<PublishedPort> published)
    {
        ushort[] ports = [.. published.Where(port => port.Protocol == TransportProtocol.Udp).Select(port => port.HostPort)];
        if (ports.Length > 0 && ConnectionTracking.HasConnections)
        {
            using RouteSocket filters = RouteSocket.OpenForFilters();
            ConnectionTracking.ForgetDatagrams(filters, ports);
        }
    }

    private string PortInUse(NfTables tables, Guest guest, IReadOnlyList<PublishedPort> ports)
    {
        foreach (PublishedPort port in ports)
        {
            string commands = routes.Publish(guest, [port]);
            if (tables.Try(commands) is not null)
            {
                return $"port {port.HostPort}";
            }
        }

        return "a port";
    }

    private NetworkAttachment Describe(IPAddress address, string tap, AttachRequest request) => new(
        tap,
        request.HardwareAddress ?? Hardware.AddressOf(address),
        address,
        subnet.PrefixLength,
        subnet.Gateway,
        definition.Ipv6Of(address),
        definition.Ipv6Gateway)
    {
        Generation = request.Policy is null ? 0 : PolicyTable.NewGeneration(),
    };

    /// <summary>Whether an interface of the bridge's name is the bridge, and not somebody else's.</summary>
    private bool IsOurs(LinkInfo link) => link.Kind == "bridge" && link.Address.SequenceEqual(Hardware.AddressOf(subnet.Gateway));

    /// <param name="tables">The kernel's tables.</param>
    /// <param name="commands">What is executed.</param>
    /// <param name="act">What that does.</param>
    /// <param name="ifMissing">What is added to the message if the kernel does not know a part of the commands.</param>
    internal static void Execute(NfTables tables, string commands, string act, string ifMissing = "")
    {
        if (tables.Try(commands) is { } refusal)
        {
            bool isMissing = refusal.Contains("No such file or directory", StringComparison.Ordinal) || refusal.Contains("not supported", StringComparison.Ordinal);
            throw new NetworkException(NetworkError.HostUnsuitable, $"cannot {act}: {refusal}{(isMissing ? ifMissing : "")}");
        }
    }

    private static byte[] HardwareOf(LinkInfo tap, IPAddress address) => TapNote.Parse(tap.Alias).HardwareAddress ?? Hardware.AddressOf(address);

    private static IPAddress? AddressOf(string tap) =>
        tap.Length == TapPrefix.Length + (2 * sizeof(uint)) && tap.StartsWith(TapPrefix, StringComparison.Ordinal) && tap.AsSpan(TapPrefix.Length).ContainsAnyExcept(hexDigits) == false
            ? new IPAddress(Convert.FromHexString(tap.AsSpan(TapPrefix.Length)))
            : null;
}
