using System.Net;
using Hearth.Linux.Network;

namespace Hearth.Linux.Tests.Network;

public sealed class LinkTests
{
    private static readonly byte[] hardware = [0x02, 0x42, 1, 2, 3, 4];

    [Fact]
    public void A_namespace_has_a_loopback_that_is_off() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        LinkInfo loopback = Assert.Single(Links.List(socket), link => link.Name == "lo");
        Assert.False(loopback.IsUp);
        Links.SetUp(socket, loopback.Index);
        Assert.True(Links.Find(socket, "lo")!.IsUp);
    });

    [Fact]
    public void A_bridge_is_created_once_and_removed() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        Assert.True(Links.TryCreateBridge(socket, "bridge0", hardware));
        Assert.False(Links.TryCreateBridge(socket, "bridge0", hardware));
        LinkInfo bridge = Links.Find(socket, "bridge0")!;
        Assert.Equal(("bridge", 1500, false), (bridge.Kind, bridge.MaximumTransmissionUnit, bridge.IsUp));
        Assert.Equal(hardware, bridge.Address);
        Links.Delete(socket, bridge.Index);
        Links.Delete(socket, bridge.Index);
        Assert.Null(Links.Find(socket, "bridge0"));
    });

    [Fact]
    public void An_interface_is_renamed_unless_another_has_the_name() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        Links.CreatePair(socket, "left", "right");
        int index = Links.Find(socket, "left")!.Index;
        Links.SetName(socket, index, "eth0");
        Assert.Equal(index, Links.Find(socket, "eth0")!.Index);
        Assert.Null(Links.Find(socket, "left"));
        Assert.Equal(Errno.EEXIST, Assert.Throws<LinuxException>(() => Links.SetName(socket, index, "right")).Errno);
    });

    [Fact]
    public void A_tap_is_attached_to_a_bridge_and_opened_by_name() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        Links.TryCreateBridge(socket, "bridge0", hardware);
        Assert.True(TapDevices.TryCreate("tap0", owner: 1000));
        LinkInfo tap = Links.Find(socket, "tap0")!;
        LinkInfo bridge = Links.Find(socket, "bridge0")!;
        Links.SetMaster(socket, tap.Index, bridge.Index);
        Links.SetMtu(socket, tap.Index, 9000);
        Links.SetAddress(socket, tap.Index, [0x02, 0x42, 9, 9, 9, 9]);
        Links.SetUp(socket, tap.Index);
        tap = Links.Find(socket, "tap0")!;
        Assert.Equal(("tun", bridge.Index, 9000, true), (tap.Kind, tap.Master, tap.MaximumTransmissionUnit, tap.IsUp));
        using (TapDevices.Open("tap0"))
        {
            Assert.Equal(Errno.EBUSY, Assert.Throws<LinuxException>(() => TapDevices.Open("tap0")).Errno);
        }

        Assert.NotNull(Links.Find(socket, "tap0"));
    });

    [Fact]
    public void Addresses_and_routes_of_both_families_are_listed_as_they_were_added() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        Links.TryCreateBridge(socket, "bridge0", hardware);
        int index = Links.Find(socket, "bridge0")!.Index;
        Links.SetUp(socket, index);
        AddressInfo four = new(index, IPAddress.Parse("172.29.0.1"), 16);
        AddressInfo six = new(index, IPAddress.Parse("fd00:1::1"), 64);
        Addresses.Add(socket, four);
        Addresses.Add(socket, four);
        Addresses.Add(socket, six);
        Assert.Contains(four, Addresses.List(socket));
        Assert.Contains(six, Addresses.List(socket));

        RouteInfo throughRouter = new(IPAddress.Parse("10.0.0.0"), 8, IPAddress.Parse("172.29.0.2"), index);
        RouteInfo standard = new(IPAddress.IPv6Any, 0, IPAddress.Parse("fd00:1::2"), index);
        Routes.Add(socket, throughRouter);
        Routes.Add(socket, throughRouter);
        Routes.Add(socket, standard);
        RouteInfo exact = new(IPAddress.Parse("10.9.0.0"), 16, IPAddress.Parse("192.0.2.1"), index) { Source = four.Address, Metric = 7, IsOnLink = true };
        Routes.Add(socket, exact);
        IReadOnlyList<RouteInfo> routes = Routes.List(socket);
        Assert.Contains(throughRouter, routes);
        Assert.Contains(standard with { Metric = 1024 }, routes);
        Assert.Contains(new RouteInfo(IPAddress.Parse("172.29.0.0"), 16, null, index) { Source = four.Address, Protocol = 2 }, routes);
        Assert.Contains(exact, routes);

        Neighbours.Add(socket, index, [172, 29, 0, 2], hardware);
        NeighbourInfo neighbour = Assert.Single(Neighbours.List(socket));
        Assert.Equal((index, IPAddress.Parse("172.29.0.2")), (neighbour.Index, neighbour.Address));
        Assert.Equal(hardware, neighbour.HardwareAddress);
        Addresses.Remove(socket, four);
        Addresses.Remove(socket, four);
        Assert.DoesNotContain(four, Addresses.List(socket));
    });

    [Fact]
    public void An_address_comes_without_a_route_if_none_is_wanted() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        Links.TryCreateBridge(socket, "bridge0", hardware);
        int index = Links.Find(socket, "bridge0")!.Index;
        Links.SetUp(socket, index);
        AddressInfo[] both = [new(index, IPAddress.Parse("172.29.0.1"), 16) { HasNetworkRoute = false }, new(index, IPAddress.Parse("fd00:1::1"), 64) { HasNetworkRoute = false }];
        Array.ForEach(both, address => Addresses.Add(socket, address));
        Assert.Superset(both.ToHashSet(), Addresses.List(socket).ToHashSet());
        Assert.DoesNotContain(Routes.List(socket), route => route.Destination.ToString() is "172.29.0.0" or "fd00:1::");
    });

    [Fact]
    public void Routes_of_several_interfaces_to_one_network_stay_beside_each_other() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        List<RouteInfo> expected = [];
        for (int number = 0; number < 2; number++)
        {
            Links.TryCreateBridge(socket, $"bridge{number}", hardware);
            int index = Links.Find(socket, $"bridge{number}")!.Index;
            Links.SetUp(socket, index);
            expected.AddRange([new(IPAddress.Parse("10.0.0.0"), 8, null, index), new(IPAddress.Parse("fd00:2::"), 64, null, index) { Metric = 256 }]);
        }

        expected.ForEach(route => Routes.Add(socket, route));
        Assert.Superset(expected.ToHashSet(), Routes.List(socket).ToHashSet());
    });

    [Fact]
    public void A_namespace_is_opened_by_its_path_and_others_files_are_not() => OwnNamespace.Run(() =>
    {
        using NetworkNamespace own = NetworkNamespace.OpenOwn();
        using RouteSocket socket = RouteSocket.Open();
        Links.TryCreateBridge(socket, "bridge0", hardware);
        Assert.NotNull(own.Run(() =>
        {
            using RouteSocket inside = RouteSocket.Open();
            return Links.Find(inside, "bridge0");
        }));
        using NetworkNamespace machines = NetworkNamespace.TryOpen("/proc/self/ns/net", out string? nothing)!;
        Assert.Null(nothing);
        Assert.NotEqual(own.Identity, machines.Identity);
        Assert.Throws<FormatException>(() => own.Run(() => throw new FormatException()));
        foreach ((string path, string words) in (ReadOnlySpan<(string, string)>)[("/of/nobody", "it does not exist"), ("/etc/passwd", "it is not a namespace"), ("/proc/self/ns/uts", "it is a namespace of another kind")])
        {
            Assert.Null(NetworkNamespace.TryOpen(path, out string? obstacle));
            Assert.Equal(words, obstacle);
        }
    });

    [Fact]
    public void What_the_kernel_refuses_names_the_call_and_the_object() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        LinuxException failure = Assert.Throws<LinuxException>(() => Links.SetUp(socket, 12345));
        Assert.Equal(("RTM_NEWLINK", Errno.ENODEV, "interface 12345"), (failure.Call, failure.Errno, failure.Subject));
    });

    [Fact]
    public void Redirected_interfaces_pass_packets_to_each_other() => OwnNamespace.Run(() =>
    {
        using RouteSocket socket = RouteSocket.Open();
        Links.CreatePair(socket, "inside", "outside");
        Assert.True(TapDevices.TryCreate("tap0", owner: 0));
        int tap = Links.Find(socket, "tap0")!.Index;
        int outside = Links.Find(socket, "outside")!.Index;
        TrafficControl.Redirect(socket, outside, tap);
        TrafficControl.Redirect(socket, tap, outside);
        foreach (string name in (string[])["inside", "outside", "tap0"])
        {
            Links.SetUp(socket, Links.Find(socket, name)!.Index);
        }

        using Microsoft.Win32.SafeHandles.SafeFileHandle end = TapDevices.Open("tap0");
        Links.SetUp(socket, tap);
        Addresses.Add(socket, new AddressInfo(Links.Find(socket, "inside")!.Index, IPAddress.Parse("192.0.2.1"), 24));
        Neighbours.Add(socket, Links.Find(socket, "inside")!.Index, [192, 0, 2, 2], hardware);
        TrafficControl.EndRedirect(socket, tap);
        TrafficControl.EndRedirect(socket, tap);
        using System.Net.Sockets.Socket sender = new(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Udp);
        byte[] frame = new byte[2048];
        for (int attempt = 0; attempt < 100; attempt++)
        {
            sender.SendTo("through the redirect"u8, new IPEndPoint(IPAddress.Parse("192.0.2.2"), 9));
            int count = Descriptors.DescriptorIO.Read(end, frame);
            if (frame.AsSpan(0, count).IndexOf("through the redirect"u8) >= 0)
            {
                return;
            }
        }

        Assert.Fail("no packet came through the redirect");
    });
}
