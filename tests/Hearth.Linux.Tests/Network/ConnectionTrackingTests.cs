using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Hearth.Linux.Network;

namespace Hearth.Linux.Tests.Network;

public sealed class ConnectionTrackingTests
{
    /// <summary>Few connections are all listed, and of many the kernel lists what matches.</summary>
    [Theory]
    [InlineData(100)]
    [InlineData(5000)]
    public void Only_the_connections_of_an_address_or_a_port_are_forgotten(int others) => OwnNamespace.Run(() =>
    {
        using RouteSocket links = RouteSocket.Open();
        Links.SetUp(links, Links.Find(links, "lo")!.Index);
        using (NfTables tables = NfTables.TryOpen()!)
        {
            Assert.Null(tables.Try("table inet tracked {\nchain output {\ntype filter hook output priority filter\nct state new counter\n}\n}"));
        }

        Assert.False(ConnectionTracking.HasConnections);
        Send("127.0.0.5", "127.0.0.6", others, 7);
        Send("127.0.0.1", "127.0.0.2", 4, 9);
        Send("127.0.0.3", "127.0.0.1", 3, 9);
        Send("127.0.0.3", "127.0.0.4", 5, 9);
        Send("::1", "::1", 2, 9);
        Assert.True(ConnectionTracking.HasConnections);
        Assert.Equal(others + 14, Count());

        using RouteSocket filters = RouteSocket.OpenForFilters();
        double least = double.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long start = Stopwatch.GetTimestamp();
            Forget("127.0.0.9", "::2");
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        TestContext.Current.SendDiagnosticMessage($"nothing to forget among {others}: {least:F1} ms, least of 5");
        Assert.Equal(others + 14, Count());
        Forget("127.0.0.1", "::2");
        Assert.Equal(others + 7, Count());
        Forget("127.0.0.1", "::1");
        Assert.Equal(others + 5, Count());
        Send("::1", "::1", 2, 9);
        ConnectionTracking.ForgetDatagrams(filters, [8, 10]);
        Assert.Equal(others + 7, Count());
        ConnectionTracking.ForgetDatagrams(filters, [8, 9]);
        Assert.Equal(others, Count());

        void Forget(string ipv4, string ipv6) => ConnectionTracking.Forget(filters, IPAddress.Parse(ipv4).GetAddressBytes(), IPAddress.Parse(ipv6).GetAddressBytes());
    });

    private static void Send(string from, string to, int count, int port)
    {
        for (int number = 0; number < count; number++)
        {
            using Socket socket = new(IPAddress.Parse(from).AddressFamily, SocketType.Dgram, ProtocolType.Udp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(from), 10000 + number));
            socket.SendTo("x"u8, new IPEndPoint(IPAddress.Parse(to), port));
        }
    }

    private static int Count() => int.Parse(File.ReadAllText("/proc/sys/net/netfilter/nf_conntrack_count"), null);
}
