using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Network;

/// <summary>
/// Keeps the routes that routers advertise to the host. When IPv6 forwarding is turned on, Linux takes the host for a router: it
/// removes the default routes that it has learned by interfaces whose switch accept_ra is 1, and ignores later advertisements there.
/// An interface whose switch is 2 keeps them (the kernel's ip-sysctl, accept_ra). The interfaces are noted at a tap
/// (<see cref="TapNote"/>) before their switch is changed; the release of the last tap changes it back.
/// </summary>
internal static class RouterAdvertisements
{
    /// <summary>A note has 255 bytes. Interfaces without a default route are left out first.</summary>
    public const int MostInterfaces = 16;

    private const string UnlessForwarding = "1";
    private const string Always = "2";
    private const string Loopback = "lo";

    /// <summary>A member of a bridge or of a bond has no routes, but a member of a VRF has.</summary>
    private const string KindWithRoutes = "vrf";

    /// <summary>Kinds that receive only what the host itself sends, and so no advertisements.</summary>
    private static readonly string[] kindsWithoutRouters = ["dummy", "ifb"];

    /// <summary>The host's own interfaces that would lose their routes with forwarding.</summary>
    /// <param name="socket">The namespace.</param>
    /// <param name="hosts">Its interfaces without those of Hearth.</param>
    /// <returns>Their indexes.</returns>
    public static IReadOnlyList<int> FindDependent(RouteSocket socket, IReadOnlyList<LinkInfo> hosts)
    {
        int[] dependent = [.. hosts.Where(link => link.Name != Loopback && !kindsWithoutRouters.Contains(link.Kind) && HasRoutes(link, hosts) && Read(link, "accept_ra") == UnlessForwarding && Read(link, "forwarding") == "0").Select(link => link.Index)];
        if (dependent.Length <= MostInterfaces)
        {
            return dependent;
        }

        HashSet<int> withRoute = [.. Routes.List(socket).Where(route => route.PrefixLength == 0 && route.Destination.AddressFamily == AddressFamily.InterNetworkV6).Select(route => route.Index)];
        return [.. dependent.OrderByDescending(withRoute.Contains).Take(MostInterfaces)];
    }

    /// <summary>Lets interfaces keep what they learn, before IPv6 forwarding is turned on.</summary>
    public static IReadOnlyList<ChangedSwitch> Keep(IReadOnlyList<LinkInfo> all, IReadOnlyList<int> interfaces) => Change(all, interfaces, UnlessForwarding, Always);

    /// <summary>Restores the switches, after forwarding was turned off. One that somebody has changed meanwhile stays.</summary>
    public static void Restore(IReadOnlyList<LinkInfo> all, IReadOnlyList<int> interfaces) => Change(all, interfaces, Always, UnlessForwarding);

    private static ChangedSwitch[] Change(IReadOnlyList<LinkInfo> all, IReadOnlyList<int> interfaces, string from, string to) =>
        [.. all.Where(link => interfaces.Contains(link.Index) && Read(link, "accept_ra") == from).Select(link => Forwarding.Write(PathOf(link, "accept_ra"), to))];

    private static bool HasRoutes(LinkInfo link, IReadOnlyList<LinkInfo> all) => link.Master == 0 || all.FirstOrDefault(other => other.Index == link.Master)?.Kind == KindWithRoutes;

    /// <returns>Null if the interface has no IPv6.</returns>
    private static string? Read(LinkInfo link, string name) => PathOf(link, name) is var path && File.Exists(path) ? File.ReadAllText(path).Trim() : null;

    private static string PathOf(LinkInfo link, string name) => $"/proc/sys/net/ipv6/conf/{link.Name}/{name}";
}
