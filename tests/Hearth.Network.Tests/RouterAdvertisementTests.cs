using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Network.Tests;

/// <summary>A host that has its address and default route from a router. Linux drops them when the host forwards itself, unless accept_ra is 2.</summary>
public sealed class RouterAdvertisementTests
{
    private const string AcceptFile = "/proc/sys/net/ipv6/conf/uplink/accept_ra";
    private const string ForwardingFile = "/proc/sys/net/ipv6/conf/all/forwarding";

    [Fact]
    public void The_hosts_advertised_route_outlasts_a_networks_first_and_last_guest() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        File.WriteAllText(AcceptFile, "1");
        Advertise(scene.Outside, HasRoute);
        List<ChangedSwitch> changed = [];

        NetworkAttachment first = scene.Network.Attach(new AttachRequest(0), _ => { }, changed.Add);
        NetworkAttachment second = scene.Network.Attach(new AttachRequest(0), _ => { }, changed.Add);

        Assert.Equal(["/proc/sys/net/ipv4/ip_forward to 1", $"{ForwardingFile} to 1", $"{AcceptFile} to 2"], changed.Select(change => $"{change.Path} to {change.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(("1", "2"), (Read(ForwardingFile), Read(AcceptFile)));
        Assert.True(HasRoute());
        Advertise(scene.Outside, HasAdvertisedAddress, PrefixOption());

        scene.Network.Release(first.TapName);
        Assert.Equal(("1", "2"), (Read(ForwardingFile), Read(AcceptFile)));
        scene.Network.Release(second.TapName);
        Assert.Equal(("0", "1"), (Read(ForwardingFile), Read(AcceptFile)));
        Assert.True(HasRoute());
    });

    [Theory]
    [InlineData("0", "0", "0")]
    [InlineData("2", "2", "2")]
    [InlineData("1", "2", "1")]
    public void A_switch_that_needs_no_change_gets_none(string before, string during, string after) => OwnHost.Run(() =>
    {
        using Scene scene = new();
        File.WriteAllText(AcceptFile, before);
        NetworkAttachment guest = scene.Network.Attach(new AttachRequest(0), _ => { }, _ => { });
        Assert.Equal(during, Read(AcceptFile));
        scene.Network.Release(guest.TapName);
        Assert.Equal(after, Read(AcceptFile));
    });

    [Theory]
    [InlineData("veth", true)]
    [InlineData("dummy", false)]
    [InlineData("ifb", false)]
    public void An_interface_that_no_router_reaches_is_left_as_it_is(string kind, bool isDependent) => OwnHost.Run(() =>
    {
        using Scene scene = new();
        File.WriteAllText(AcceptFile, "1");
        using RouteSocket socket = RouteSocket.Open();
        LinkInfo uplink = Links.Find(socket, "uplink")! with { Kind = kind };
        Assert.Equal(isDependent ? [uplink.Index] : [], RouterAdvertisements.FindDependent(socket, [uplink]));
    });

    [Fact]
    public void A_host_that_forwards_already_is_left_as_it_is() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        File.WriteAllText(AcceptFile, "1");
        File.WriteAllText(ForwardingFile, "1");
        NetworkAttachment guest = scene.Network.Attach(new AttachRequest(0), _ => { }, _ => { });
        Assert.Equal("1", Read(AcceptFile));
        scene.Network.Release(guest.TapName);
        Assert.Equal(("1", "1"), (Read(ForwardingFile), Read(AcceptFile)));
    });

    [Fact]
    public void A_switch_that_somebody_changes_meanwhile_stays() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        File.WriteAllText(AcceptFile, "1");
        NetworkAttachment guest = scene.Network.Attach(new AttachRequest(0), _ => { }, _ => { });
        File.WriteAllText(AcceptFile, "0");
        scene.Network.Release(guest.TapName);
        Assert.Equal("0", Read(AcceptFile));
    });

    /// <summary>Sends router advertisements (RFC 4861, section 4.2) until one has had its effect: the cable may not be ready yet.</summary>
    private static void Advertise(Host router, Func<bool> hasEffect, params byte[] options) => Assert.True(SpinWait.SpinUntil(
        () =>
        {
            router.Do(() =>
            {
                using RouteSocket own = RouteSocket.Open();
                int wire = Links.Find(own, "wire")!.Index;
                using Socket socket = new(AddressFamily.InterNetworkV6, SocketType.Raw, ProtocolType.IcmpV6);
                socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastTimeToLive, 255);
                socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastInterface, wire);
                socket.SendTo([134, 0, 0, 0, 64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, .. options], new IPEndPoint(new IPAddress(IPAddress.Parse("ff02::1").GetAddressBytes(), wire), 0));
            });
            return hasEffect();
        },
        TimeSpan.FromSeconds(20)));

    /// <summary>A prefix for addresses: RFC 4861, section 4.6.2.</summary>
    private static byte[] PrefixOption() => [3, 4, 64, 0xc0, 0, 0, 0x0e, 0x10, 0, 0, 0x0e, 0x10, 0, 0, 0, 0, .. IPAddress.Parse("2001:db8:2::").GetAddressBytes()];

    private static bool HasRoute()
    {
        using RouteSocket socket = RouteSocket.Open();
        int uplink = Links.Find(socket, "uplink")!.Index;
        return Routes.List(socket).Any(route => route.Index == uplink && route.PrefixLength == 0 && route.Destination.AddressFamily == AddressFamily.InterNetworkV6 && route.Gateway is { IsIPv6LinkLocal: true });
    }

    private static bool HasAdvertisedAddress()
    {
        using RouteSocket socket = RouteSocket.Open();
        return Addresses.List(socket).Any(address => address.Address.ToString().StartsWith("2001:db8:2:", StringComparison.Ordinal));
    }

    private static string Read(string path) => File.ReadAllText(path).Trim();
}
