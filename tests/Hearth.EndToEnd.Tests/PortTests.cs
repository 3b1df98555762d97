using System.Net;
using System.Net.Sockets;
using System.Text;
using Hearth.EndToEnd.Tests.Support;

namespace Hearth.EndToEnd.Tests;

/// <summary>Published ports, each on a host in a network namespace of its own with a machine outside.</summary>
public sealed class PortTests : IDisposable
{
    private const string Serve = "busybox httpd -f -p 80 -h /www";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_published_port_is_reached_from_everywhere() => NetworkHost.Run(outside =>
    {
        string tree = NetworkHost.MakeTree(sandbox);
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "web", "-p", "8080:80", "-p", "127.0.0.1:8081:80", tree, "sh", "-c", Serve);

        Assert.Equal("kindling\n", NetworkHost.Fetch("127.0.0.1", 8080));
        foreach (string address in (string[])["::1", OutsideHost.HostAddress, OutsideHost.HostAddress6, "172.29.0.1"])
        {
            Assert.Equal((address, "kindling\n"), (address, NetworkHost.TryFetch(address, 8080)));
        }

        Assert.Equal("kindling\n", outside.Run(() => NetworkHost.TryFetch(OutsideHost.HostAddress, 8080)));
        Assert.Equal("kindling\n", outside.Run(() => NetworkHost.TryFetch(OutsideHost.HostAddress6, 8080)));

        // One of the host's loopback address only is not reached from outside.
        Assert.Equal("kindling\n", NetworkHost.TryFetch("127.0.0.1", 8081));
        Assert.Equal("", outside.Run(() => NetworkHost.TryFetch(OutsideHost.HostAddress, 8081)));

        string client = sandbox.Hearth("run", "--rm", "--network", "nat", tree, "sh", "-c",
            $"for host in {OutsideHost.HostAddress} 172.29.0.1 [{OutsideHost.HostAddress6}]; do busybox wget -qO- http://$host:8080/page; done; busybox wget -qO- http://172.29.0.1:8081/page || echo refused");
        Assert.Equal("kindling\nkindling\nkindling\nrefused", client);

        Assert.Equal("80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080\n80/tcp -> 127.0.0.1:8081", sandbox.Hearth("port", "web"));
        Assert.Equal("0.0.0.0:8080\n[::]:8080\n127.0.0.1:8081", sandbox.Hearth("port", "web", "80"));
        Assert.Contains("port 81/tcp of 'web' is not published", sandbox.RunExpecting(1, "port", "web", "81").ErrorText, StringComparison.Ordinal);
        Assert.Contains("0.0.0.0:8080->80/tcp, [::]:8080->80/tcp, 127.0.0.1:8081->80/tcp", sandbox.Hearth("ps"), StringComparison.Ordinal);
        Assert.Equal("8081", sandbox.Inspect("web", "NetworkSettings.Ports.80/tcp.2.HostPort"));

        sandbox.Hearth("rm", "-f", "web");
        Assert.Equal("", NetworkHost.TryFetch("127.0.0.1", 8080));
    });

    [Fact]
    public void A_server_sees_the_clients_own_address() => NetworkHost.Run(outside =>
    {
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "echo", "-p", "9000:81", "-p", "9001:9001/udp", NetworkHost.MakeTree(sandbox), "sh", "-c", "server echo 9001 & server peer 81");
        Sandbox.WaitUntil(() => Ask("127.0.0.1", 9000).Length > 0, "the server");

        Assert.Equal(OutsideHost.Address + "\n", outside.Run(() => Ask(OutsideHost.HostAddress, 9000)));
        Assert.Equal(OutsideHost.Address6 + "\n", outside.Run(() => Ask(OutsideHost.HostAddress6, 9000)));
        Assert.Equal("ping", outside.Run(() => AskByDatagram(OutsideHost.HostAddress, 9001)));
        Assert.Equal("ping", outside.Run(() => AskByDatagram(OutsideHost.HostAddress6, 9001)));
        Assert.Equal("ping", AskByDatagram(OutsideHost.HostAddress6, 9001));
        sandbox.Hearth("rm", "-f", "echo");
    });

    [Fact]
    public void Datagrams_are_relayed_from_the_loopback_addresses() => NetworkHost.Run(_ =>
    {
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "echo", "-p", "9001:9001/udp", NetworkHost.MakeTree(sandbox), "server", "echo", "9001");

        string answer = "";
        Sandbox.WaitUntil(() => (answer = AskByDatagram("127.0.0.1", 9001)).Length > 0, "the server");
        Assert.Equal("ping", answer);
        Assert.Equal("ping", AskByDatagram("::1", 9001));
        sandbox.Hearth("rm", "-f", "echo");
    });

    [Fact]
    public void Published_ports_reach_servers_on_the_containers_loopback_too() => NetworkHost.Run(outside =>
    {
        string tree = NetworkHost.MakeTree(sandbox);
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "both", "--publish-loopback", "-p", "7000:7000", "-p", "8080:80", tree, "sh", "-c",
            $"server loopback 7000 & {Serve}");
        Sandbox.WaitUntil(() => Echo("127.0.0.1") == "ping", "the server");

        Assert.Equal("ping", Echo("::1"));
        Assert.Equal("ping", Echo(OutsideHost.HostAddress));
        Assert.Equal("ping", outside.Run(() => Echo(OutsideHost.HostAddress6)));
        Assert.Equal("kindling\n", outside.Run(() => NetworkHost.TryFetch(OutsideHost.HostAddress, 8080)));
        Assert.Equal("kindling", sandbox.Hearth("run", "--rm", "--network", "nat", tree, "busybox", "wget", "-qO-", "http://172.29.0.1:8080/page"));

        // Many bytes both ways, and nobody listening.
        Assert.Equal(1 << 20, Echo("127.0.0.1", new string('x', 1 << 20)).Length);
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "none", "--publish-loopback", "-p", "7001:7000", tree, "sleep", "100");
        Assert.Equal("", Ask("127.0.0.1", 7001));
        sandbox.Hearth("rm", "-f", "both", "none");
    });

    [Fact]
    public void Published_ports_reach_servers_of_datagrams_on_the_containers_loopback_too() => NetworkHost.Run(outside =>
    {
        const int clients = 300;
        string tree = NetworkHost.MakeTree(sandbox);
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "both", "--publish-loopback", "-p", "9001:9001/udp", "-p", "9002:9002/udp", "-p", "9003:9003/udp", tree, "sh", "-c",
            "server echo-loopback 9001 & server echo-loopback 9002 & server echo 9003");
        Sandbox.WaitUntil(() => AskByDatagram("127.0.0.1", 9001).Length > 0 && AskByDatagram("127.0.0.1", 9003).Length > 0, "the servers");

        foreach (int port in (int[])[9001, 9003])
        {
            Assert.All((string[])["127.0.0.1", "::1", OutsideHost.HostAddress], address => Assert.Equal("ping", AskByDatagram(address, port)));
            Assert.All((string[])[OutsideHost.HostAddress, OutsideHost.HostAddress6], address => Assert.Equal("ping", outside.Run(() => AskByDatagram(address, port))));
        }

        // More clients than there may be at once: the oldest are forgotten, and none is kept from being answered.
        Socket[] flood = [.. Enumerable.Range(0, clients).Select(_ => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp))];
        Array.ForEach(flood, client => client.SendTo("flood"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, 9002)));
        Assert.Equal("ping", AskByDatagram("127.0.0.1", 9001));
        Array.ForEach(flood, client => client.Dispose());
        Assert.Equal("ping", AskByDatagram("127.0.0.1", 9002));
        Assert.Equal("alive", sandbox.Hearth("exec", "both", "busybox", "echo", "alive"));

        // Nobody listens, until somebody does.
        sandbox.Hearth("rm", "-f", "both");
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "late", "--publish-loopback", "-p", "9001:9001/udp", tree, "sleep", "1000");
        Assert.Equal("", AskByDatagram("127.0.0.1", 9001));
        sandbox.Hearth("exec", "-d", "late", "server", "echo-loopback", "9001");
        Sandbox.WaitUntil(() => AskByDatagram("127.0.0.1", 9001) == "ping", "the late server");
        sandbox.Hearth("rm", "-f", "late");
    });

    private static string Echo(string address, string text = "ping")
    {
        try
        {
            using TcpClient client = new(address, 7000);
            using NetworkStream stream = client.GetStream();
            Task sending = Task.Run(() =>
            {
                stream.Write(Encoding.ASCII.GetBytes(text));
                client.Client.Shutdown(SocketShutdown.Send);
            });
            using StreamReader reader = new(stream, Encoding.ASCII);
            string answer = reader.ReadToEnd();
            sending.Wait();
            return answer;
        }
        catch (Exception failure) when (failure is SocketException or IOException or AggregateException or InvalidOperationException)
        {
            return "";
        }
    }

    [Fact]
    public void Free_ports_ranges_and_exposed_ports_are_published() => NetworkHost.Run(_ =>
    {
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "web", "-p", "80", "-p", "7000-7002:90-92", "--expose", "53/udp", "--expose", "80", "-P",
            NetworkHost.MakeTree(sandbox), "sh", "-c", Serve);

        int port = int.Parse(sandbox.Inspect("web", "NetworkSettings.Ports.80/tcp.0.HostPort"), null);
        Assert.Equal($"{port}", sandbox.Inspect("web", "NetworkSettings.Ports.80/tcp.1.HostPort"));
        Assert.Equal("kindling\n", NetworkHost.Fetch("127.0.0.1", port));
        Assert.Equal("kindling\n", NetworkHost.Fetch("::1", port));
        Assert.Equal("7002", sandbox.Inspect("web", "NetworkSettings.Ports.92/tcp.0.HostPort"));
        Assert.NotEqual("0", sandbox.Inspect("web", "NetworkSettings.Ports.53/udp.0.HostPort"));
        Assert.Contains("0.0.0.0:7000-7002->90-92/tcp", sandbox.Hearth("ps"), StringComparison.Ordinal);
        sandbox.Hearth("rm", "-f", "web");
    });

    [Theory]
    [InlineData("0.0.0.0", "8080:80", "cannot publish port 8080 (8080/tcp): the host uses it already")]
    [InlineData("127.0.0.1", "127.0.0.1:8080:80", "cannot publish port 8080 (127.0.0.1:8080/tcp): the host uses it already")]
    [InlineData("127.0.0.1", "8080:80", "cannot publish port 8080 (8080/tcp): the host uses it already")]
    [InlineData("::1", "[::1]:8080:80", "cannot publish port 8080 ([::1]:8080/tcp): the host uses it already")]
    [InlineData("127.0.0.1", "203.0.113.5:8080:80", "cannot publish port 8080 (203.0.113.5:8080/tcp): the host has no such address")]
    public void A_port_that_is_taken_is_refused_before_the_machine_boots(string listening, string port, string words) => NetworkHost.Run(_ =>
    {
        using TcpListener other = new(IPAddress.Parse(listening), 8080);
        other.Start();

        CommandResult refused = sandbox.RunExpecting(125, "run", "--network", "auto", "-p", port, NetworkHost.MakeTree(sandbox), "true");

        Assert.Contains(words, refused.ErrorText, StringComparison.Ordinal);
        Assert.Equal(["lo", "uplink"], NetworkHost.Links());
    });

    [Fact]
    public void Two_containers_cannot_have_one_port() => NetworkHost.Run(_ =>
    {
        string tree = NetworkHost.MakeTree(sandbox);
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "first", "-p", "8080:80", tree, "sh", "-c", Serve);

        Assert.Contains("the host uses it already", sandbox.RunExpecting(125, "run", "--network", "nat", "-p", "8080:81", tree, "true").ErrorText, StringComparison.Ordinal);
        sandbox.Hearth("run", "--rm", "--network", "nat", "-p", "8080:80/udp", tree, "true");
        Assert.Equal("kindling\n", NetworkHost.Fetch(OutsideHost.HostAddress, 8080));

        sandbox.Hearth("restart", "-t", "0", "first");
        Assert.Equal("kindling\n", NetworkHost.Fetch("127.0.0.1", 8080));
        sandbox.Hearth("rm", "-f", "first");
    });

    private static string Ask(string address, int port)
    {
        try
        {
            using TcpClient client = new(address, port);
            using StreamReader reader = new(client.GetStream(), Encoding.ASCII);
            return reader.ReadToEnd();
        }
        catch (Exception failure) when (failure is SocketException or IOException)
        {
            return "";
        }
    }

    private static string AskByDatagram(string address, int port)
    {
        using UdpClient client = new(address, port);
        client.Client.ReceiveTimeout = 1000;
        for (int attempt = 0; attempt < 20; attempt++)
        {
            try
            {
                client.Send("ping"u8);
                IPEndPoint? sender = null;
                return Encoding.ASCII.GetString(client.Receive(ref sender));
            }
            catch (SocketException)
            {
                // Nobody listens yet, or the datagram was lost.
            }
        }

        return "";
    }
}
