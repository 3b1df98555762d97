using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Linux.Tests.Network;

public sealed class ConnectionTrackingTests
{
    private const int Many = 2000;

    [Fact]
    public void Only_the_connections_of_an_address_are_forgotten() => OwnNamespace.Run(() =>
    {
        using RouteSocket links = RouteSocket.Open();
        Links.SetUp(links, Links.Find(links, "lo")!.Index);
        using (NfTables tables = NfTables.TryOpen()!)
        {
            Assert.Null(tables.Try("table inet tracked {\nchain output {\ntype filter hook output priority filter\nct state new counter\n}\n}"));
        }

        Assert.False(ConnectionTracking.HasConnections);
        Send("127.0.0.1", "127.0.0.2", Many);
        Send("127.0.0.3", "127.0.0.1", 3);
        Send("127.0.0.3", "127.0.0.4", 5);
        Send("::1", "::1", 2);
        Assert.True(ConnectionTracking.HasConnections);
        Assert.Equal(Many + 10, Count());

        using RouteSocket filters = RouteSocket.OpenForFilters();
        Stopwatch watch = Stopwatch.StartNew();
        ConnectionTracking.Forget(filters, IPAddress.Parse("127.0.0.9").GetAddressBytes());
        TestContext.Current.SendDiagnosticMessage($"nothing to forget among {Many}: {watch.Elapsed.TotalMilliseconds:F1} ms");
        Assert.Equal(Many + 10, Count());
        watch.Restart();
        ConnectionTracking.Forget(filters, IPAddress.Parse("127.0.0.1").GetAddressBytes());
        TestContext.Current.SendDiagnosticMessage($"{Many} forgotten: {watch.Elapsed.TotalMilliseconds:F1} ms");
        Assert.Equal(7, Count());
        ConnectionTracking.Forget(filters, IPAddress.IPv6Loopback.GetAddressBytes());
        Assert.Equal(5, Count());
    });

    private static void Send(string from, string to, int count)
    {
        for (int number = 0; number < count; number++)
        {
            using Socket socket = new(IPAddress.Parse(from).AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 10000 + number));
            socket.SendTo("x"u8, new IPEndPoint(IPAddress.Parse(to), 9));
        }
    }

    private static int Count() => int.Parse(File.ReadAllText("/proc/sys/net/netfilter/nf_conntrack_count"), null);
}
