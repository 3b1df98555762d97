using System.Diagnostics;
using System.Net;
using Hearth.Linux.Network;
using Hearth.Network.Joined;

namespace Hearth.Network.Tests.Joined;

/// <summary>
/// A namespace with an interface whose cable leads to the test's host, and a machine with a policy, whose tap is a cable here. The test's host
/// is the interface's router.
/// </summary>
internal sealed class ConfinedScene : IDisposable
{
    public const string Address = "10.50.0.2";
    public const string Address6 = "fd50::2";
    public const string Router = "10.50.0.1";
    public const string Router6 = "fd50::1";
    private const string Tap = "hearth-tap0";

    private static readonly byte[] hardware = [2, 0, 0, 0, 5, 2];

    public ConfinedScene(EgressPolicy policy, string reversePathFilter = "0", bool isConnected = true)
    {
        Outside = new Scene();
        Place = new Host();
        using RouteSocket socket = RouteSocket.Open();
        Links.CreatePair(socket, "cable", "eth0");
        int cable = Links.Find(socket, "cable")!.Index;
        Links.SetUp(socket, cable);
        Addresses.Add(socket, new AddressInfo(cable, IPAddress.Parse(Router), 24));
        Addresses.Add(socket, new AddressInfo(cable, IPAddress.Parse(Router6), 64));
        foreach (string other in (string[])["192.0.2.9", "198.51.100.8", "169.254.169.254"])
        {
            Addresses.Add(socket, new AddressInfo(cable, IPAddress.Parse(other), 32));
        }

        Addresses.Add(socket, new AddressInfo(cable, IPAddress.Parse("2001:db8::9"), 128));
        Place.Plug(socket, "eth0", hardware, [(Address, 24), (Address6, 64)], [Router, Router6]);
        Place.Do(() => File.WriteAllText("/proc/sys/net/ipv4/conf/all/rp_filter", reversePathFilter));
        Joined = JoinedNamespace.Open(Place.Path);
        Assert.True(Scene.Ping(null, IPAddress.Parse(Address)));
        Before = Describe();
        IReadOnlyList<JoinedInterface> found = Joined.FindInterfaces();
        Joined.MakeTaps(1, null, Note);
        if (isConnected)
        {
            Place.Do(() =>
            {
                using RouteSocket inside = RouteSocket.Open();
                Links.Delete(inside, Links.Find(inside, Tap)!.Index);
                Links.CreatePair(inside, Tap, "guest");
            });
        }

        Interface = Assert.Single(Joined.Confine(found, policy, Note));
        Guest = new Host();
        if (isConnected)
        {
            Place.Do(() =>
            {
                using RouteSocket inside = RouteSocket.Open();
                Links.SetNamespace(inside, Links.Find(inside, "guest")!.Index, Guest.Namespace);
            });
            Guest.Do(() => Configure(JoinedNamespace.AsSeenByConfined(found)[0]));
        }
    }

    public Scene Outside { get; }

    /// <summary>The namespace.</summary>
    public Host Place { get; }

    public Host Guest { get; }

    public JoinedNamespace Joined { get; }

    public ConfinedInterface Interface { get; }

    public JoinedRecord? Record { get; private set; }

    /// <summary>The namespace before the machine had it.</summary>
    public string Before { get; }

    public string Describe() => Place.Do(() => string.Concat(((string[])
    [
        "ip|address", "ip|-4 route", "ip|-6 route", "ip|-4 rule", "ip|-6 rule", "ip|neigh show proxy", "nft|list ruleset",
        "cat|/proc/sys/net/ipv4/conf/eth0/forwarding /proc/sys/net/ipv4/neigh/eth0/proxy_delay /proc/sys/net/ipv6/conf/all/forwarding /proc/sys/net/ipv6/conf/eth0/forwarding /proc/sys/net/ipv6/conf/eth0/accept_ra",
    ]).Select(command => Tool(command.Split('|')[0], command.Split('|')[1]))));

    public static string Tool(string program, string arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }

    public void Dispose()
    {
        Joined.Dispose();
        Guest.Dispose();
        Place.Dispose();
        Outside.Dispose();
    }

    private void Note(JoinedRecord record) => Record = record;

    /// <summary>As the guest's init does it.</summary>
    private static void Configure(JoinedInterface own)
    {
        using RouteSocket socket = RouteSocket.Open();
        Links.SetUp(socket, Links.Find(socket, "lo")!.Index);
        int index = Links.Find(socket, "guest")!.Index;
        Links.SetName(socket, index, "eth0");
        Links.SetAddress(socket, index, own.HardwareAddress);
        Links.SetUp(socket, index);
        foreach (AddressInfo address in own.Addresses.Where(address => !address.Address.IsIPv6LinkLocal))
        {
            Addresses.Add(socket, index, address.Address.GetAddressBytes(), address.PrefixLength, hasNetworkRoute: false);
        }

        foreach (NeighbourInfo neighbour in own.Neighbours)
        {
            Neighbours.Add(socket, index, neighbour.Address.GetAddressBytes(), neighbour.HardwareAddress);
        }

        foreach (RouteInfo route in own.Routes.Where(route => !route.Destination.IsIPv6LinkLocal))
        {
            Routes.Add(socket, route with { Index = index });
        }
    }
}
