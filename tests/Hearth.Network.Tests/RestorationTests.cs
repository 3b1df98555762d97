using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Network.Tests;

/// <summary>What running guests lose when another program flushes nftables or deletes the bridge.</summary>
public sealed class RestorationTests
{
    private static readonly EgressPolicy onlyPort80 = EgressPolicy.Parse(false, ["192.0.2.0/24:80"], []);

    private static readonly AttachRequest request = new(9)
    {
        Ports = [new PublishedPort(TransportProtocol.Tcp, null, 8080, 80)],
        RelayedPorts = [new PublishedPort(TransportProtocol.Tcp, null, 8081, 81)],
        Rate = new TrafficRate(10_000_000, 1_000_000),
    };

    [Fact]
    public void Ports_rates_and_policies_come_back_after_a_flush() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host guest, NetworkAttachment at) = scene.AddGuest(request);
        uint generation = scene.Network.SetPolicy(at, onlyPort80, 0, []);
        scene.Serve(guest, 80);
        scene.Serve(scene.Outside, 80);
        scene.Serve(scene.Outside, 81);
        string before = Rules(generation);
        Assert.True(scene.Network.IsIntact(at));
        AssertWorks(scene, guest);

        Execute("flush ruleset");
        Assert.False(scene.Network.IsIntact(at));
        scene.Network.Restore(at, request);
        Assert.True(scene.Network.IsIntact(at));
        Assert.Equal("192.0.2.9", Scene.Ask(scene.Outside, Scene.HostAddress, 8080));
        Assert.Equal("ConnectionRefused", Scene.Ask(guest, Scene.OutsideAddress, 80));

        generation = scene.Network.SetPolicy(at, onlyPort80, 0, []);
        AssertWorks(scene, guest);
        Assert.Equal(before, Rules(generation));
        scene.Network.Restore(at, request);
        AssertWorks(scene, guest);
        scene.Network.Release(at.TapName);
        Assert.Equal("", Rules());
    });

    [Fact]
    public void A_deleted_bridge_comes_back_with_its_guests() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host guest, NetworkAttachment at) = scene.AddGuest(request);
        (Host other, NetworkAttachment second) = scene.AddGuest();
        scene.Serve(guest, 80);
        using RouteSocket socket = RouteSocket.Open();
        Links.Delete(socket, Links.Find(socket, Scene.Bridge)!.Index);
        Assert.False(scene.Network.IsIntact(at));
        Assert.False(scene.Network.IsIntact(second));

        scene.Network.Restore(at, request);
        Assert.True(scene.Network.IsIntact(at));
        Assert.True(scene.Network.IsIntact(second));
        Assert.Equal("192.0.2.9", Scene.Ask(scene.Outside, Scene.HostAddress, 8080));
        Assert.Equal($"{second.Ipv4}", Scene.Ask(other, at.Ipv4, 80));
    });

    [Fact]
    public void What_the_next_guest_creates_lacks_only_what_each_keeper_knows_of_its_own() => OwnHost.Run(() =>
    {
        // A guest of these tests has no note at its tap, which would say that it has a rate.
        AttachRequest unlimited = request with { Rate = null };
        using Scene scene = new();
        (Host guest, NetworkAttachment at) = scene.AddGuest(unlimited);
        scene.Serve(guest, 80);
        Execute("flush ruleset");
        (_, NetworkAttachment second) = scene.AddGuest();
        Assert.True(scene.Network.IsIntact(second));
        Assert.False(scene.Network.IsIntact(at));
        Assert.Equal("ConnectionRefused", Scene.Ask(scene.Outside, Scene.HostAddress, 8080));

        scene.Network.Restore(at, unlimited);
        Assert.True(scene.Network.IsIntact(at));
        Assert.Equal("192.0.2.9", Scene.Ask(scene.Outside, Scene.HostAddress, 8080));
        scene.Network.Release(at.TapName);
        Assert.True(scene.Network.IsIntact(at), "a guest that has gone is not to be restored");
        scene.Network.Restore(at, unlimited);
        Assert.DoesNotContain(at.TapName, Rules(), StringComparison.Ordinal);
    });

    [Fact]
    public void Packets_beyond_a_rate_are_counted_each_way() => OwnHost.Run(() =>
    {
        using Scene scene = new();
        (Host guest, NetworkAttachment at) = scene.AddGuest(new AttachRequest(9) { Rate = new TrafficRate(10_000, 10_000) });
        Assert.Equal((0, 0), scene.Network.CountLimited(at));

        Send(guest, Scene.OutsideAddress);
        (long sent, long received) = scene.Network.CountLimited(at);
        Assert.InRange(sent, 80, 100);
        Assert.Equal(0, received);
        Send(null, at.Ipv4);
        Assert.InRange(scene.Network.CountLimited(at).Received, 80, 110);
        scene.Network.Release(at.TapName);
        Assert.Equal("", Rules());

        static void Send(Host? from, IPAddress to) => Scene.Run(from, () =>
        {
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            return Enumerable.Range(0, 100).Sum(_ => socket.SendTo(new byte[1000], new IPEndPoint(to, 9)));
        });
    });

    private static void AssertWorks(Scene scene, Host guest)
    {
        Assert.Equal("192.0.2.9", Scene.Ask(scene.Outside, Scene.HostAddress, 8080));
        Assert.Equal("192.0.2.1", Scene.Ask(guest, Scene.OutsideAddress, 80));
        Assert.Equal("ConnectionRefused", Scene.Ask(guest, Scene.OutsideAddress, 81));
    }

    private static void Execute(string commands)
    {
        using NfTables tables = NfTables.TryOpen()!;
        Assert.Null(tables.Try(commands));
    }

    /// <summary>
    /// Everything that is not the kernel's own numbering, counting or timing. The generation is random, and with it which of two numbers the
    /// chains and sets of its policy have.
    /// </summary>
    private static string Rules(uint generation = 0)
    {
        using NfTables tables = NfTables.TryOpen()!;
        string[] entries = [.. System.Text.Json.JsonDocument.Parse(tables.TryList("list ruleset")!).RootElement.GetProperty("nftables").EnumerateArray()
            .Select(entry => System.Text.RegularExpressions.Regex.Replace(entry.ToString(), "\"(handle|packets|bytes|expires)\": \\d+", "").Replace(generation == 0 ? "GENERATION" : $"{generation}", "GENERATION", StringComparison.Ordinal))
            .Select(text => generation == 0 ? text : text.Replace($"_{generation % 2}\"", "_NUMBER\"", StringComparison.Ordinal))
            .Where(text => !text.Contains("metainfo", StringComparison.Ordinal) && !text.Contains("\"denied", StringComparison.Ordinal) && !text.Contains("\"noting", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        return string.Join('\n', entries);
    }
}
