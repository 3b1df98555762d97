using System.Globalization;
using System.Net;
using Hearth.Guest.Init.Devices;
using Hearth.Guest.Init.Network;
using Hearth.Guest.Protocol.Messages;
using Hearth.Linux.Network;
using Hearth.Linux.Tests.Network;

namespace Hearth.Guest.Init.Tests.Host;

/// <summary>Interfaces are found by hardware address and configured as the host says; veth pairs replace the machine's.</summary>
public sealed class InterfaceSetupTests
{
    private const int LongMs = 10_000;
    private const int ShortMs = 1;

    private static readonly byte[] first = [2, 0, 0, 0, 0, 0xa1];
    private static readonly byte[] second = [2, 0, 0, 0, 0, 0xa2];

    [Fact]
    public void An_interface_gets_its_name_mtu_addresses_and_routes() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        using DeviceWatch devices = new();
        Plug(socket, "cable", first);

        InterfaceSetup.SetUp(Network(new GuestInterface(
            first,
            1450,
            [Address("10.7.0.2/32"), Address("fd07::2/128"), Address("192.168.7.2/24")],
            [
                Route("0.0.0.0/0", "10.7.0.1"), Route("10.7.0.1/32"), Route("::/0", "fd07::1"), Route("fd07::1/128"),
                Route("10.8.0.0/16", "192.168.7.1"), Route("fd08::/64", "fe80::1"),
            ])), devices, LongMs);

        LinkInfo link = Links.Find(socket, "eth0")!;
        Assert.Equal((true, 1450), (link.IsUp, link.MaximumTransmissionUnit));
        Assert.Equal(first, link.Address);
        Assert.Equal(["10.7.0.2/32", "192.168.7.2/24", "fd07::2/128"], OwnAddresses(socket, link.Index));
        string[] routes = [.. Routes.List(socket)
            .Where(route => route.Index == link.Index)
            .Select(route => $"{route.Destination}/{route.PrefixLength} {route.Gateway}".TrimEnd())];
        Assert.All(
            ["0.0.0.0/0 10.7.0.1", "10.7.0.1/32", "10.8.0.0/16 192.168.7.1", "::/0 fd07::1", "fd07::1/128", "fd08::/64 fe80::1"],
            expected => Assert.Contains(expected, routes));
    });

    [Fact]
    public void An_interface_that_the_container_joins_is_the_same_in_the_guest() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        using DeviceWatch devices = new();
        Plug(socket, "cable", first);

        InterfaceSetup.SetUp(Network(new GuestInterface(
            first,
            1400,
            [Address("10.7.0.2/24"), Address("fd07::2/64")],
            [Route("10.7.0.1/32"), Route("10.7.0.0/24", "10.7.0.1") with { Source = [10, 7, 0, 2], Metric = 5 }, Route("10.9.0.0/24", "192.0.2.1") with { IsOnLink = true }])
        {
            NewHardwareAddress = second,
            HasAllRoutes = true,
            Neighbours = [new GuestNeighbour([10, 7, 0, 1], first)],
        }), devices, LongMs);

        LinkInfo link = Links.Find(socket, "eth0")!;
        Assert.Equal(second, link.Address);
        Assert.Equal(
            ["10.7.0.0/24 10.7.0.1 10.7.0.2 5 False", "10.7.0.1/32   0 False", "10.9.0.0/24 192.0.2.1  0 True"],
            Routes.List(socket).Where(route => route.Index == link.Index && !route.Destination.IsIPv6LinkLocal)
                .Select(route => $"{route.Destination}/{route.PrefixLength} {route.Gateway} {route.Source} {route.Metric} {route.IsOnLink}").Order(StringComparer.Ordinal));
        Assert.Equal(first, Assert.Single(Neighbours.List(socket)).HardwareAddress);
    });

    /// <summary>The kernel numbers interfaces as it finds them, which may be the other way round.</summary>
    [Fact]
    public void Interfaces_are_named_in_the_hosts_order_also_if_they_have_each_others_names() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        using DeviceWatch devices = new();
        Plug(socket, "eth1", first);
        Plug(socket, "eth0", second);

        InterfaceSetup.SetUp(Network(new GuestInterface(first, 0, [Address("10.7.0.2/24")], []), new GuestInterface(second, 0, [], [])), devices, LongMs);

        Assert.Equal(first, Links.Find(socket, "eth0")!.Address);
        Assert.Equal(second, Links.Find(socket, "eth1")!.Address);
        Assert.Equal(1500, Links.Find(socket, "eth0")!.MaximumTransmissionUnit);
        Assert.Equal(["10.7.0.2/24"], OwnAddresses(socket, Links.Find(socket, "eth0")!.Index));
    });

    [Fact]
    public void An_interface_that_appears_later_is_awaited() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        using RouteSocket setter = RouteSocket.Open();
        using DeviceWatch devices = new();
        Plug(socket, "first", first);
        using SemaphoreSlim start = new(0);
        Thread later = new(() =>
        {
            start.Wait();
            Plug(setter, "second", second);
        });
        later.Start();
        start.Release();

        InterfaceSetup.SetUp(Network(new GuestInterface(first, 0, [], []), new GuestInterface(second, 0, [], [])), devices, LongMs);

        later.Join();
        Assert.Equal(second, Links.Find(socket, "eth1")!.Address);
    });

    [Fact]
    public void A_missing_interface_is_reported_with_its_address_and_the_likely_cause() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        using DeviceWatch devices = new();
        Plug(socket, "cable", first);

        GuestInitException refusal = Assert.Throws<GuestInitException>(
            () => InterfaceSetup.SetUp(Network(new GuestInterface(first, 0, [], []), new GuestInterface(second, 0, [], [])), devices, ShortMs));

        Assert.Contains("02:00:00:00:00:a2", refusal.Message);
        Assert.Contains("virtio_net", refusal.Message);
        Assert.Null(Links.Find(socket, "eth0"));
    });

    [Fact]
    public void What_the_kernel_refuses_is_reported_with_the_interface_and_the_route() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        using DeviceWatch devices = new();
        Plug(socket, "cable", first);

        GuestInitException refusal = Assert.Throws<GuestInitException>(() => InterfaceSetup.SetUp(
            Network(new GuestInterface(first, 0, [Address("10.7.0.2/24")], [Route("0.0.0.0/0", "10.9.0.1")])), devices, LongMs));

        Assert.Contains("network interface eth0", refusal.Message);
        Assert.Contains("0.0.0.0/0 through 10.9.0.1", refusal.Message);
    });

    [Fact]
    public void A_network_without_interfaces_changes_nothing() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        using DeviceWatch devices = new();
        Plug(socket, "cable", first);

        InterfaceSetup.SetUp(Network(), devices, LongMs);

        Assert.False(Links.Find(socket, "cable")!.IsUp);
    });

    /// <summary>A cable whose far end is up. The name comes last: the kernel reports a new name, and no new address.</summary>
    private static void Plug(RouteSocket socket, string name, byte[] address)
    {
        Links.CreatePair(socket, "new", $"far-{name}");
        int index = Links.Find(socket, "new")!.Index;
        Links.SetUp(socket, Links.Find(socket, $"far-{name}")!.Index);
        Links.SetAddress(socket, index, address);
        Links.SetName(socket, index, name);
    }

    private static string[] OwnAddresses(RouteSocket socket, int index) =>
    [
        .. Addresses.List(socket)
            .Where(own => own.Index == index && !own.Address.IsIPv6LinkLocal)
            .Select(own => $"{own.Address}/{own.PrefixLength}")
            .Order(StringComparer.Ordinal),
    ];

    private static GuestInterface[] Network(params GuestInterface[] interfaces) => interfaces;

    private static GuestAddress Address(string text)
    {
        (byte[] address, int length) = Parse(text);
        return new GuestAddress(address, length);
    }

    private static GuestRoute Route(string destination, string? gateway = null)
    {
        (byte[] network, int length) = Parse(destination);
        return new GuestRoute(network, length, gateway is null ? [] : IPAddress.Parse(gateway).GetAddressBytes());
    }

    private static (byte[] Address, int PrefixLength) Parse(string text) =>
        (IPAddress.Parse(text.Split('/')[0]).GetAddressBytes(), int.Parse(text.Split('/')[1], CultureInfo.InvariantCulture));
}
