using System.Net.Sockets;
using Hearth.EndToEnd.Tests.Support;
using Hearth.Linux.Network;
using Hearth.Linux.Processes;
using Hearth.Linux.Tests.Network;

namespace Hearth.EndToEnd.Tests;

/// <summary><c>--network</c>, each on a host in a network namespace of its own with a machine outside.</summary>
public sealed class NetworkTests : IDisposable
{
    private const string ForwardingSwitch = "/proc/sys/net/ipv4/ip_forward";

    private readonly Sandbox sandbox = new();

    public void Dispose() => sandbox.Dispose();

    [Fact]
    public void A_container_reaches_the_outside_and_others_by_name() => OnHost(() =>
    {
        string tree = MakeTree();
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "web", tree, "busybox", "httpd", "-f", "-p", "80", "-h", "/www");
        string address = sandbox.Inspect("web", "NetworkSettings.Networks.nat.IPAddress");
        string address6 = sandbox.Inspect("web", "NetworkSettings.Networks.nat.GlobalIPv6Address");

        Assert.Equal("kindling\n", Fetch(address));
        CommandResult client = sandbox.RunExpecting(0, "run", "--network", "nat", tree, "sh", "-c",
            $"busybox nc {OutsideHost.Address} {OutsideHost.Port} </dev/null; busybox wget -qO- http://web/page; busybox wget -qO- http://{address}/page; busybox wget -qO- http://[{address6}]/page; busybox nslookup gone || true; cat /etc/resolv.conf; busybox ip -4 route");

        Assert.StartsWith($"{OutsideHost.HostAddress}\nkindling\nkindling\nkindling\n", client.OutputText, StringComparison.Ordinal);
        Assert.Contains("can't find gone", client.OutputText + client.ErrorText, StringComparison.Ordinal);
        Assert.Contains("nameserver 127.0.0.11\n", client.OutputText, StringComparison.Ordinal);
        Assert.Contains("default via 172.29.0.1 dev eth0", client.OutputText, StringComparison.Ordinal);
        Assert.Equal("web", sandbox.Hearth("exec", "web", "sh", "-c", "busybox wget -qO- http://web/name"));
        Assert.Contains($"{address}\t", sandbox.Hearth("exec", "web", "cat", "/etc/hosts"), StringComparison.Ordinal);

        sandbox.Hearth("rename", "web", "shop");
        Assert.Equal("kindling", sandbox.Hearth("exec", "shop", "sh", "-c", "busybox wget -qO- http://shop/page; busybox wget -qO- http://web/page 2>/dev/null || true"));
        sandbox.Hearth("rm", "-f", "shop");
    });

    [Fact]
    public void Nothing_is_left_when_the_keeper_is_killed() => OnHost(() =>
    {
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "box", MakeTree(), "sleep", "1000");
        Assert.Contains(LinksOfHost(), name => name == "hearth0");

        Signals.Send(sandbox.KeeperOf("box"), SignalNumber.Kill);
        Sandbox.WaitUntil(() => sandbox.MonitorProcesses().Count == 0, "the end of the machine");
        sandbox.Hearth("rm", "-f", "box");
        Sandbox.WaitUntil(FreesUsers, "the release of the machine's user", TimeSpan.FromSeconds(60));

        Assert.Equal(["lo", "uplink"], LinksOfHost());
        Assert.Equal("0", File.ReadAllText(ForwardingSwitch).Trim());
    });

    [Fact]
    public void A_host_that_cannot_have_a_network_runs_containers_without_one() => OnHost(() =>
    {
        // Somebody else's interface of the bridge's name: it is not touched.
        using (RouteSocket socket = RouteSocket.Open())
        {
            Links.CreatePair(socket, "hearth0", "other");
        }

        string tree = MakeTree();
        CommandResult automatic = sandbox.RunExpecting(0, "run", "--network", "auto", tree, "ls", "/sys/class/net");
        CommandResult required = sandbox.RunExpecting(125, "run", "--network", "nat", tree, "true");

        Assert.Equal("lo\n", automatic.OutputText);
        Assert.Contains("hearth: warning: the container has no network: cannot attach a machine to the network 'hearth0'", automatic.ErrorText, StringComparison.Ordinal);
        Assert.Contains("hearth: cannot attach a machine to the network 'hearth0'", required.ErrorText, StringComparison.Ordinal);
        Assert.Equal(["hearth0", "lo", "other", "uplink"], LinksOfHost());
    });

    [Fact]
    public void A_container_without_a_network_has_only_loopback() => OnHost(() =>
    {
        CommandResult result = sandbox.RunExpecting(0, "run", "--network", "none", MakeTree(), "ls", "/sys/class/net");

        Assert.Equal("lo\n", result.OutputText);
        Assert.Equal(["lo", "uplink"], LinksOfHost());
    });

    [Fact]
    public void A_confined_and_a_paused_container_keep_their_connections() => OnHost(() =>
    {
        sandbox.Hearth("run", "-d", "--network", "nat", "--name", "web", MakeTree(), "busybox", "httpd", "-f", "-p", "80", "-h", "/www");
        string address = sandbox.Inspect("web", "NetworkSettings.Networks.nat.IPAddress");
        sandbox.Hearth("pause", "web");
        sandbox.Hearth("unpause", "web");

        Assert.Equal("kindling\n", Fetch(address));
        sandbox.Hearth("restart", "-t", "0", "web");
        Assert.Equal(address, sandbox.Inspect("web", "NetworkSettings.Networks.nat.IPAddress"));
        sandbox.Hearth("rm", "-f", "web");
    });

    [Fact]
    public void A_policy_decides_where_a_container_connects_to() => OnHost(() =>
    {
        string tree = MakeTree();
        string ask = $"busybox nc -w 5 {OutsideHost.Address} {OutsideHost.Port} </dev/null || echo refused";

        string[] given = ["run", "--network", "nat", "--ip", "172.29.0.77", "--mac-address", "02:00:00:00:00:77", "--add-host", "outside:" + OutsideHost.Address, "--network-rate", "10m"];
        CommandResult allowed = sandbox.RunExpecting(0, [.. given, "--egress", "deny", "--allow", $"{OutsideHost.Address}:{OutsideHost.Port}", tree, "sh", "-c",
            $"{ask}; busybox nc -w 5 outside 81 </dev/null || echo refused; busybox ip -4 addr show eth0; cat /sys/class/net/eth0/address; busybox nslookup example.org || true"]);
        CommandResult denied = sandbox.RunExpecting(0, "run", "--network", "nat", "--deny", "192.0.2.0/24", tree, "sh", "-c", ask);

        Assert.StartsWith($"{OutsideHost.HostAddress}\nrefused\n", allowed.OutputText, StringComparison.Ordinal);
        Assert.Contains("172.29.0.77/16", allowed.OutputText, StringComparison.Ordinal);
        Assert.Contains("\n02:00:00:00:00:77\n", allowed.OutputText, StringComparison.Ordinal);
        Assert.Contains("NXDOMAIN", allowed.OutputText + allowed.ErrorText, StringComparison.Ordinal);
        Assert.Equal("refused\n", denied.OutputText);
    });

    [Theory]
    [InlineData("--ip", "10.0.0.1", "it is not one for guests of 172.29.0.0/16")]
    [InlineData("--ip", "nonsense", "'nonsense' is not an IP address")]
    [InlineData("--mac-address", "02:00", "'02:00' is not a MAC address")]
    [InlineData("--mac-address", "01:00:00:00:00:01", "it is not a unicast address")]
    [InlineData("--allow", "a b", "a b")]
    [InlineData("--add-host", "x:nonsense", "'nonsense' is not an IP address")]
    public void A_wrong_value_is_refused(string flag, string value, string words) => OnHost(() =>
    {
        CommandResult refused = sandbox.RunExpecting(125, "run", "--network", "nat", flag, value, MakeTree(), "true");

        Assert.Contains(words, refused.ErrorText, StringComparison.Ordinal);
        Assert.Equal(["lo", "uplink"], LinksOfHost());
    });

    private void OnHost(Action test) => OwnNamespace.Run(() =>
    {
        // A new namespace may inherit the machine's own switches.
        File.WriteAllText(ForwardingSwitch, "0");
        File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "0");
        using OutsideHost outside = new();
        test();
        Assert.DoesNotContain(LinksOfHost(), name => name.StartsWith("hearth-", StringComparison.Ordinal));
        Assert.Equal("0", File.ReadAllText(ForwardingSwitch).Trim());
    });

    /// <summary>A machine's user is free when the kernel has removed its last process; then a start releases it.</summary>
    private bool FreesUsers()
    {
        sandbox.Hearth("run", "--rm", "--network", "none", sandbox.PathOf("busybox"), "busybox", "true");
        return Directory.GetFiles(sandbox.PathOf("state/users")).Length == 0;
    }

    private string MakeTree()
    {
        string tree = BusyboxTree.Make(sandbox);
        Directory.CreateDirectory(Path.Combine(tree, "www"));
        File.WriteAllText(Path.Combine(tree, "www/page"), "kindling\n");
        File.WriteAllText(Path.Combine(tree, "www/name"), "web\n");
        return tree;
    }

    private static string[] LinksOfHost()
    {
        using RouteSocket socket = RouteSocket.Open();
        return [.. Links.List(socket).Select(link => link.Name).Order(StringComparer.Ordinal)];
    }

    /// <summary>Asks a web server, which may not listen yet.</summary>
    private static string Fetch(string address)
    {
        string answer = "";
        Sandbox.WaitUntil(() => (answer = TryFetch(address)).Length > 0, $"an answer of {address}", TimeSpan.FromSeconds(30));
        return answer;
    }

    private static string TryFetch(string address)
    {
        try
        {
            using TcpClient client = new(address, 80);
            client.GetStream().Write("GET /page HTTP/1.0\r\n\r\n"u8);
            using StreamReader reader = new(client.GetStream());
            return reader.ReadToEnd().Split("\r\n\r\n")[1];
        }
        catch (SocketException)
        {
            return "";
        }
    }
}
