using System.Net;
using System.Net.Sockets;
using Hearth.Linux;
using Hearth.Linux.Network;

namespace Hearth.Network.Joined;

/// <summary>
/// How packets go between a machine with a policy and an interface of a namespace that somebody else has made: the namespace routes
/// them, so that <see cref="ConfinedRules"/> see each connection from both sides. The interface keeps its addresses, and the namespace
/// answers for them at the cable. What comes for them is routed to the machine, except what <see cref="ConfinedRules.KeeperMark"/>
/// marks. The machine's routes lead to the tap, whose addresses are link-local.
/// </summary>
internal static class ConfinedPath
{
    /// <summary>The routing table that leads to the machine; it is asked before the namespace's own addresses.</summary>
    private const uint Table = 26740;

    private static readonly RoutingRule original = new(0, RoutingRules.LocalTable);

    /// <summary>In their order: the keeper's packets, the machine's addresses, and the namespace's own addresses, which were first.</summary>
    private static readonly RoutingRule[] rules =
    [
        new(1, RoutingRules.LocalTable) { Mark = ConfinedRules.KeeperMark },
        new(2, Table),
        new(3, RoutingRules.LocalTable),
    ];

    private static readonly AddressFamily[] families = [AddressFamily.InterNetwork, AddressFamily.InterNetworkV6];

    /// <summary>The switches that are changed, as they are now.</summary>
    public static IReadOnlyList<ChangedSwitch> ReadSwitches(IEnumerable<JoinedInterface> interfaces) =>
        [.. SwitchesOf(interfaces).Where(change => File.Exists(change.Path)).Select(change => new ChangedSwitch(change.Path, File.ReadAllText(change.Path).Trim()))];

    /// <summary>Routes what comes for the interfaces to their machine, whose taps are there and off.</summary>
    public static void SetUp(RouteSocket socket, IReadOnlyList<(JoinedInterface Interface, string Tap)> pairs)
    {
        foreach (ChangedSwitch change in SwitchesOf(pairs.Select(pair => pair.Interface)).Where(change => File.Exists(change.Path) && File.ReadAllText(change.Path).Trim() is var now && now != change.Value && (now == "1" || !IsOfAdvertisements(change))))
        {
            Forwarding.Write(change.Path, change.Value);
        }

        for (int number = 0; number < pairs.Count; number++)
        {
            Connect(socket, pairs[number].Interface, pairs[number].Tap, number);
        }

        foreach (AddressFamily family in families.Where(HasFamily))
        {
            foreach (RoutingRule rule in rules)
            {
                RoutingRules.Add(socket, family, rule);
            }

            RoutingRules.Remove(socket, family, original);
        }
    }

    /// <summary>Ends it, whichever of its steps were done. The taps are gone.</summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="interfaces">The interfaces, of which some may be gone.</param>
    /// <param name="switches">The switches as they were.</param>
    /// <param name="attempt">Runs a step, and notes its failure.</param>
    public static void Remove(RouteSocket socket, IReadOnlyList<JoinedInterface> interfaces, IReadOnlyList<ChangedSwitch> switches, Action<Action> attempt)
    {
        foreach (AddressFamily family in families.Where(HasFamily))
        {
            attempt(() => IfSupported(() => RoutingRules.Add(socket, family, original)));
            foreach (RoutingRule rule in rules)
            {
                attempt(() => IfSupported(() => RoutingRules.Remove(socket, family, rule)));
            }
        }

        foreach (JoinedInterface each in interfaces)
        {
            if (Links.Find(socket, each.Name) is { } link)
            {
                foreach (IPAddress address in Ipv4Of(each))
                {
                    attempt(() => Neighbours.RemoveProxy(socket, link.Index, address.GetAddressBytes()));
                }
            }
        }

        foreach (ChangedSwitch before in switches.Where(before => File.Exists(before.Path)))
        {
            attempt(() => Forwarding.Write(before.Path, before.Value));
        }
    }

    /// <summary>A kernel without routing rules has none to restore.</summary>
    private static void IfSupported(Action act)
    {
        try
        {
            act();
        }
        catch (LinuxException failure) when (failure.Errno is Errno.EOPNOTSUPP or Errno.EAFNOSUPPORT)
        {
            // Nothing was changed.
        }
    }

    /// <summary>An interface as its machine is to have it: each network is reached through the tap.</summary>
    /// <param name="own">The interface as it is.</param>
    /// <param name="number">The tap's number.</param>
    public static JoinedInterface AsSeenByGuest(JoinedInterface own, int number) => own with
    {
        Routes = [.. own.Routes.Select(route => IsLinkLocal(route.Destination) ? route : route with { Gateway = TapAddress(number, route.Destination.AddressFamily), IsOnLink = true })],
        Neighbours = [.. families.Select(family => new NeighbourInfo(0, TapAddress(number, family), TapHardware(number)))],
    };

    /// <summary>The addresses of an interface that are routed to its machine.</summary>
    public static IEnumerable<IPAddress> RoutedOf(JoinedInterface own) => own.Addresses.Select(address => address.Address).Where(address => !IsLinkLocal(address)).Distinct();

    private static void Connect(RouteSocket socket, JoinedInterface each, string tap, int number)
    {
        int index = Links.Find(socket, tap)!.Index;
        int own = Links.Find(socket, each.Name)!.Index;
        bool hasIpv6 = RoutedOf(each).Any(address => address.AddressFamily == AddressFamily.InterNetworkV6);
        WriteIfPresent($"/proc/sys/net/ipv6/conf/{tap}/disable_ipv6", hasIpv6 ? "0" : "1");
        WriteIfPresent($"/proc/sys/net/ipv6/conf/{tap}/addr_gen_mode", "1");
        WriteIfPresent($"/proc/sys/net/ipv4/conf/{tap}/forwarding", "1");
        Links.SetAddress(socket, index, TapHardware(number));
        Links.SetMtu(socket, index, each.MaximumTransmissionUnit);
        Links.SetUpWithoutArp(socket, index);
        foreach (AddressFamily family in families.Where(family => family == AddressFamily.InterNetwork || hasIpv6))
        {
            Addresses.Add(socket, new AddressInfo(index, TapAddress(number, family), family == AddressFamily.InterNetwork ? 32 : 128));
        }

        foreach (IPAddress address in RoutedOf(each))
        {
            byte[] bytes = address.GetAddressBytes();
            Neighbours.Add(socket, index, bytes, each.HardwareAddress);
            Routes.Add(socket, new RouteInfo(address, 8 * bytes.Length, null, index), Table);
        }

        foreach (IPAddress address in Ipv4Of(each))
        {
            Neighbours.AddProxy(socket, own, address.GetAddressBytes());
        }
    }

    /// <summary>An interface that learns routes from routers goes on to do so when IPv6 forwarding is on: <see cref="RouterAdvertisements"/>.</summary>
    private static IEnumerable<ChangedSwitch> SwitchesOf(IEnumerable<JoinedInterface> interfaces) =>
    [
        .. interfaces.SelectMany(each => (ChangedSwitch[])
        [
            new($"/proc/sys/net/ipv4/conf/{each.Name}/forwarding", "1"),
            new($"/proc/sys/net/ipv4/neigh/{each.Name}/proxy_delay", "0"),
            new($"/proc/sys/net/ipv6/conf/{each.Name}/accept_ra", "2"),
        ]),
        new("/proc/sys/net/ipv6/conf/all/forwarding", "1"),
    ];

    private static bool IsOfAdvertisements(ChangedSwitch change) => change.Path.EndsWith("/accept_ra", StringComparison.Ordinal);

    private static void WriteIfPresent(string path, string value)
    {
        if (File.Exists(path))
        {
            Forwarding.Write(path, value);
        }
    }

    private static bool HasFamily(AddressFamily family) => family == AddressFamily.InterNetwork || Directory.Exists("/proc/sys/net/ipv6");

    private static IEnumerable<IPAddress> Ipv4Of(JoinedInterface each) => RoutedOf(each).Where(address => address.AddressFamily == AddressFamily.InterNetwork);

    private static IPAddress TapAddress(int number, AddressFamily family) => new(
        family == AddressFamily.InterNetwork ? (byte[])[169, 254, 104, (byte)(number + 1)] : [0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)'h', (byte)'t', 0, (byte)(number + 1)]);

    private static byte[] TapHardware(int number) => [0x02, (byte)'h', (byte)'t', 0, 1, (byte)number];

    private static bool IsLinkLocal(IPAddress address) => address.IsIPv6LinkLocal || address.IsIPv6Multicast;
}
